import assert from "node:assert/strict";
import { test } from "node:test";
import { testCall, testRegistry } from "../../testing/call.ts";
import { openTestEcr, type TestEcr } from "../../testing/ecr.ts";
import { addImages, DAY_MS, idOf, preview, run } from "../../testing/lifecycle.ts";
import type { ImageFacts } from "../evaluate.ts";
import type { InRepository } from "../shapes.ts";
import { explainPolicy, type ExplainPolicyInput } from "./explain-policy.ts";
import { createJudge } from "./judge.ts";

const repositoryName = "app" as InRepository["repositoryName"];
const NOW_MS = Date.UTC(2026, 0, 1);
const digestOf = (letter: string): string => `sha256:${letter.repeat(64)}`;

function image(letter: string, tags: readonly string[], pushedDaysAgo: number, more: Partial<ImageFacts> = {}): ImageFacts {
  const times = { pushed_ms: NOW_MS - pushedDaysAgo * DAY_MS, pulled_ms: null, archived_ms: null, activated_ms: null };
  const rest = { status: "ACTIVE", children: [], subject: null, lock: null, used_ms: null };
  return { digest: digestOf(letter), tags, ...times, ...rest, ...more };
}

const POLICY = JSON.stringify({
  rules: [
    {
      rulePriority: 1,
      selection: { tagStatus: "untagged", countType: "sinceImagePushed", countUnit: "days", countNumber: 5 },
      action: { type: "expire" },
    },
    {
      rulePriority: 2,
      selection: { tagStatus: "tagged", tagPrefixList: ["v"], countType: "imageCountMoreThan", countNumber: 2 },
      action: { type: "expire" },
    },
  ],
});

async function openWith(images: readonly ImageFacts[]): Promise<TestEcr> {
  const ecr = await openTestEcr();
  await ecr.call("CreateRepository", { repositoryName });
  await ecr.call("PutLifecyclePolicy", { repositoryName, lifecyclePolicyText: POLICY });
  const id = await idOf(ecr, repositoryName);
  await ecr.metadata.write(testRegistry, (tx) => addImages(tx, id, images));
  return ecr;
}

const never = new AbortController().signal;

function explain(ecr: TestEcr, input: Partial<ExplainPolicyInput> = {}) {
  return explainPolicy({ ...ecr, judge: createJudge(ecr, never) }, testCall(), { repositoryName, size: 100, ...input });
}

test("each image is told what will happen to it, by which rule and when, or why it stays", async () => {
  const lock = "longshore:lock-image:" + digestOf("3");
  await using ecr = await openWith([
    image("0", [], 6),
    image("1", [], 3),
    image("2", ["x"], 9),
    image("3", [], 9, { lock }),
    image("4", [], 9, { used_ms: NOW_MS - DAY_MS }),
    image("5", [], 9),
    image("6", ["v1"], 8, { children: [digestOf("5")] }),
    image("7", ["v2"], 7),
    image("8", [], 1, { subject: digestOf("0") }),
    image("9", [], 9, { subject: digestOf("7") }),
  ]);
  const { images, deletions, lifecyclePolicyText } = await explain(ecr);
  assert.deepEqual([lifecyclePolicyText, deletions], [POLICY, []]);
  const first = "Rule 1 expires untagged images that were pushed more than 5 days ago.";
  const second = "Rule 2 expires images with tags v* but for the newest 2.";
  assert.deepEqual(
    images.map((it) => [it.imageDigest.at(-1), it.action, it.because, it.appliedRulePriority, it.explanation]),
    [
      ["0", "EXPIRE", "DUE", 1, `Expires with the next run. ${first}`],
      ["1", "NONE", "KEPT", 1, `Stays until 2026-01-03T00:00Z. ${first}`],
      ["2", "NONE", "UNSELECTED", undefined, "Stays: no rule selects it."],
      ["3", "NONE", "LOCKED", 1, `Stays: the resource tag ${lock} locks it. Else it would go. ${first}`],
      ["4", "NONE", "IN_USE", 1, `Stays: it is in use, last seen on 2025-12-31. Else it would go. ${first}`],
      ["5", "NONE", "HELD", 1, `Stays while ${digestOf("6")} does, which needs it. By itself it would go. ${first}`],
      ["6", "NONE", "KEPT", 2, `Stays until one newer image comes. ${second}`],
      ["7", "NONE", "KEPT", 2, `Stays until 2 newer images come. ${second}`],
      ["8", "EXPIRE", "FOLLOWS", 1, `Goes with ${digestOf("0")}, which it refers to. ${first}`],
      ["9", "NONE", "FOLLOWS", 2, `Stays with ${digestOf("7")}, which it refers to.`],
    ],
  );
  const [due, kept] = images;
  assert.deepEqual([due?.dueAt, kept?.dueAt], [NOW_MS / 1000 - 86_400, NOW_MS / 1000 + 2 * 86_400]);
  assert.deepEqual([images[6]?.newerImagesUntilDue, images[7]?.newerImagesUntilDue], [1, 2]);
  assert.equal(images[4]?.lastInUseAt, NOW_MS / 1000 - 86_400);
});

test("it says what the preview says, and afterwards why each image went, when and by whom", async () => {
  await using ecr = await openWith([image("0", [], 6), image("1", [], 3), image("2", ["v1"], 9)]);
  ecr.clock.advance(DAY_MS / 24);
  const { images } = await explain(ecr);
  const going = images.filter((it) => it.action !== "NONE").map((it) => [it.imageDigest, it.action] as const);
  assert.deepEqual(new Map(going), await preview(ecr, repositoryName));
  await run(ecr, repositoryName);
  await ecr.call("BatchDeleteImage", { repositoryName, imageIds: [{ imageTag: "v1" }] });
  const first = await explain(ecr);
  assert.deepEqual([first.images.map((it) => it.imageDigest), first.deletions], [[digestOf("1")], []]);
  const { deletions, next } = await explain(ecr, { after: first.next });
  assert.equal(next, undefined);
  assert.deepEqual(
    new Map(deletions.map((it) => [it.imageDigest, [it.deletedBy, it.deletionReason?.because]])),
    new Map([
      [digestOf("0"), ["lifecycle", "Rule 1 expires untagged images that were pushed more than 5 days ago."]],
      [digestOf("2"), ["arn:aws:iam::000000000000:root", undefined]],
    ]),
  );
  const one = await explain(ecr, {
    imageIds: [{ imageDigest: digestOf("0") }, { imageDigest: digestOf("1") }],
  });
  assert.deepEqual([one.images.length, one.deletions.length, one.next], [1, 1, undefined]);
});

test("an image that its rule lets live longer than calendars go stays", async () => {
  await using ecr = await openWith([image("0", [], 6)]);
  const { images } = await explain(ecr, { lifecyclePolicyText: POLICY.replace('"countNumber":5', '"countNumber":2147483647') });
  assert.match(
    images[0]?.explanation ?? "",
    /^Stays\. Rule 1 expires untagged images that were pushed more than 2147483647 days ago\.$/,
  );
  assert.equal(images[0]?.dueAt, undefined);
});

test("a tag that names nothing any more tells of the image that had it last", async () => {
  await using ecr = await openWith([image("0", ["v0"], 6), image("1", ["v1"], 3), image("2", ["v2", "x"], 2)]);
  ecr.clock.advance(DAY_MS / 24);
  await run(ecr, repositoryName);
  await ecr.call("BatchDeleteImage", { repositoryName, imageIds: [{ imageTag: "x" }] });
  const gone = await explain(ecr, { imageIds: [{ imageTag: "v0" }] });
  assert.deepEqual(
    [gone.images, gone.deletions.map((it) => [it.imageDigest, it.imageTags, it.deletedBy])],
    [[], [[digestOf("0"), ["v0"], "lifecycle"]]],
  );
  const taken = await explain(ecr, { imageIds: [{ imageTag: "x" }] });
  assert.deepEqual(
    [taken.images.map((it) => it.imageDigest), taken.deletions.map((it) => [it.deletionKind, it.imageTags])],
    [[digestOf("2")], [["TAG", ["x"]]]],
  );
  const never = await explain(ecr, { imageIds: [{ imageTag: "y" }] });
  assert.deepEqual([never.images, never.deletions], [[], []]);
});

test("it is told in pages that are of one evaluation", async () => {
  const images = Array.from("0123456", (it) => image(it, [`v${it}`], 9));
  await using ecr = await openWith(images);
  const deps = { ...ecr, judge: createJudge(ecr, never) };
  const found: string[] = [];
  for (let after: string | undefined = ""; after !== undefined && !after.startsWith("x"); ) {
    const page = await explainPolicy(deps, testCall(), { repositoryName, size: 3, after });
    found.push(...page.images.map((it) => `${it.imageDigest.at(-1)} ${it.because}`));
    after = page.next;
  }
  assert.deepEqual(found, ["0 KEPT", "1 KEPT", "2 DUE", "3 DUE", "4 DUE", "5 DUE", "6 DUE"]);
});

test("another policy can be asked about, and without any everything stays", async () => {
  await using ecr = await openWith([image("0", [], 6)]);
  await ecr.call("DeleteLifecyclePolicy", { repositoryName });
  const { images } = await explain(ecr);
  assert.deepEqual([images[0]?.because, images[0]?.action], ["UNSELECTED", "NONE"]);
  assert.equal((await explain(ecr, { lifecyclePolicyText: POLICY })).images[0]?.action, "EXPIRE");
});

test("evaluations take turns, and too many that wait are refused", async () => {
  await using ecr = await openWith([image("0", [], 6)]);
  const judge = createJudge(ecr, never);
  const id = await idOf(ecr, repositoryName);
  const asked = await Promise.allSettled(Array.from({ length: 20 }, () => judge(id, POLICY, true)));
  const refused = asked.filter((it) => it.status === "rejected");
  assert.deepEqual([asked.length - refused.length, refused.length], [16, 4]);
  assert.match(String(refused[0]?.reason), /Rate exceeded/);
  assert.equal((await judge(id, POLICY, true)).length, 1);
});
