import assert from "node:assert/strict";
import { test } from "node:test";
import type { Finding } from "../layers/scrub/finding.ts";
import { count, isClean, jsonOf, type Tally, tallyText } from "./fsck-text.ts";
import { statusText } from "./scrub-text.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const pass = { started_ms: 0, ended_ms: 1_000, cursor: "sha256:ff", blobs: 1, bytes: 5, damaged: 0 };
const current = { ...pass, ended_ms: null, cursor: `sha256:40${"0".repeat(62)}`, damaged: 2 };

test("the status says within how many days everything was verified, and how far the next pass is", () => {
  const text = statusText({ current, last: pass, damaged: 2 }, 30 * 24 * 60 * 60, 3.5 * DAY_MS);
  for (const line of [
    "Every layer that is older was verified within the last 4 days.",
    "Each is verified again within 30 days (--scrub-within).",
    "The pass that is under way: begun 1970-01-01T00:00:00Z, 25 % done, 1 layer, 5 bytes, 2 damaged.",
    "The last full pass: from 1970-01-01T00:00:00Z to 1970-01-01T00:00:01Z, 1 layer, 5 bytes, none damaged.",
    "2 layers are damaged until a client pushes them again or longshore heal gets them; longshore fsck lists them.",
  ]) {
    assert.ok(text.split("\n").includes(line), `${line}\nis not in\n${text}`);
  }
  const first = statusText({ damaged: 0 }, undefined, 0);
  assert.match(
    first,
    /^Not all layers have been verified yet\.\n.*--scrub-within off.*\nNo pass is under way\.\nNo layer is known/,
  );
});

function tallyOf(findings: readonly Finding[], repaired?: boolean): Tally {
  const tally: Tally = { counts: new Map() };
  for (const finding of findings) count(tally, { finding, repaired, repository: "arn:repository/app" });
  return tally;
}

test("findings are counted, and listed in lines of which there are not too many", () => {
  const many = Array.from({ length: 30 }, (_, number): Finding => ({ kind: "stray-tag", what: `v${number}`, detail: "of none" }));
  const text = tallyText(tallyOf(many));
  assert.match(text, /^Something is wrong\.\n {7}30 {2}tags of images that are not there\n/);
  assert.ok(
    text.includes(
      "  v19  in arn:repository/app  of none\n  and 10 more; --json lists them all\n  Push the tag again, or delete it.\n",
    ),
  );
  assert.ok(!text.includes("v20"));
});

test("what was put right needs no advice, and what is harmless is nothing wrong", () => {
  const right = tallyOf([{ kind: "wrong-tagged", what: "sha256:00" }], true);
  assert.match(tallyText(right), /1 of them put right/);
  assert.doesNotMatch(tallyText(right), /Run longshore fsck/);
  assert.equal(isClean(right), false);
  const harmless = tallyOf([{ kind: "unnamed-bytes", what: "sha256:00" }]);
  assert.match(tallyText(harmless), /^Nothing is wrong\.\n/);
  assert.equal(isClean(tallyOf([])), true);
});

test("what clients have named cannot move the cursor or break the line, and a program is told all of it", () => {
  const finding: Finding = { kind: "stray-tag", what: "v1\u001b[2J\nNothing is wrong." };
  assert.ok(!tallyText(tallyOf([finding])).includes("\u001b"));
  assert.deepEqual(JSON.parse(jsonOf({ finding })), {
    kind: "stray-tag",
    what: finding.what,
    harmless: false,
    remedy: "Push the tag again, or delete it.",
  });
});
