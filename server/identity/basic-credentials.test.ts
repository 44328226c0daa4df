import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseBasicCredentials } from "./basic-credentials.ts";

const encode = (text: string): string => Buffer.from(text).toString("base64");

test("a user name ends at the first colon, and whatever follows is the password", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme" }).filter((it) => !it.includes(":")),
      fc.string({ unit: "grapheme" }),
      (username, password) => {
        assert.deepEqual(parseBasicCredentials(`Basic ${encode(`${username}:${password}`)}`), { username, password });
      },
    ),
  );
});

test("the scheme is read in any case", () => {
  assert.deepEqual(parseBasicCredentials(`bAsIc  ${encode("AWS:x")}`), { username: "AWS", password: "x" });
});

test("another scheme, no colon, other characters than base64 and endless headers are nothing", () => {
  const headers = [
    undefined,
    "",
    "Basic",
    "Basic ",
    `Bearer ${encode("a:b")}`,
    `Basic ${encode("ab")}`,
    `Basic ${encode("a:b")} x`,
    "Basic a:b",
  ];
  for (const header of headers) assert.equal(parseBasicCredentials(header), undefined);
  assert.equal(parseBasicCredentials(`Basic ${encode(`a:${"b".repeat(1_000_000)}`)}`), undefined);
});

test("no text makes the parser throw", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      parseBasicCredentials(text);
      parseBasicCredentials(`Basic ${text}`);
    }),
  );
});
