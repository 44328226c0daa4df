import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { openPageToken, sealPageToken } from "./page-token.ts";
import { fromSealedText, toSealedText } from "./sealed-text.ts";
import { createSealer } from "./sealer.ts";

test("a seal has one text, and no other is read as it", () => {
  for (const length of [29, 30, 31]) {
    const sealed = randomBytes(length);
    const text = toSealedText(sealed);
    assert.deepEqual(fromSealedText(text), sealed);
    for (const other of [`${text}=`, `${text}x`, ` ${text}`, `${text}\n`, text.slice(0, -1), `${text}==`]) {
      assert.notDeepEqual(fromSealedText(other), sealed);
    }
  }
});

test("a page token opens for its own request, unaltered", () => {
  const sealer = createSealer(randomBytes(32));
  const token = sealPageToken(sealer, "ListImages", "v1") ?? "";
  assert.equal(openPageToken(sealer, "ListImages", token), "v1");
  for (const [scope, text] of [
    ["DescribeImages", token],
    ["ListImages", `${token}=`],
    ["ListImages", ""],
  ] as const) {
    assert.throws(() => openPageToken(sealer, scope, text), { code: "InvalidParameterException" });
  }
  assert.equal(sealPageToken(sealer, "ListImages", undefined), undefined);
});
