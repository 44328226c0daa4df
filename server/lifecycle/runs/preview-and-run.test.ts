import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { RegistryError } from "../../kernel/errors.ts";
import { query } from "../../platform/metadata/query.ts";
import { testRegistry } from "../../testing/call.ts";
import { openTestEcr, type TestEcr } from "../../testing/ecr.ts";
import { addImages, DAY_MS, idOf, preview, run } from "../../testing/lifecycle.ts";
import { anyImages, anyPolicy, decideNaively, policyText } from "../../testing/naive-lifecycle.ts";
import type { ImageFacts } from "../evaluate.ts";
import { checkLifecyclePolicy, parseLifecyclePolicy } from "../parse-policy.ts";

const NOW_MS = Date.UTC(2026, 0, 1);
const manifests = query<{ repository: number }>()((db, p) =>
  db.selectFrom("manifests").select(["digest", "status"]).where("repository_id", "=", p.repository).orderBy("digest"),
);

/** The images as the database has them: a tag is one image's, and an index is used with what it lists. */
function asStored(images: readonly ImageFacts[]): readonly ImageFacts[] {
  const owners = new Map(images.flatMap(({ digest, tags }) => tags.map((tag) => [tag, digest] as const)));
  const byDigest = new Map(images.map((it) => [it.digest, it]));
  const isUsed = (it: ImageFacts): boolean => it.used_ms !== null || it.children.some((child) => isUsed(byDigest.get(child)!));
  return images.map((it) => ({
    ...it,
    tags: it.tags.filter((tag) => owners.get(tag) === it.digest),
    used_ms: isUsed(it) ? NOW_MS : null,
  }));
}

function isAccepted(text: string): boolean {
  try {
    checkLifecyclePolicy(text);
    return true;
  } catch (error) {
    assert.ok(error instanceof RegistryError);
    return false;
  }
}

async function statusesOf(ecr: TestEcr, name: string): Promise<ReadonlyMap<string, string>> {
  const repository = await idOf(ecr, name);
  const rows = await ecr.metadata.readGlobal((tx) => tx.all(manifests, { repository }));
  return new Map(rows.map((it) => [it.digest, it.status]));
}

/** What became of each image. */
function difference(images: readonly ImageFacts[], after: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const became = images.map(({ digest, status }) => {
    if (!after.has(digest)) return [digest, "EXPIRE"] as const;
    return [digest, after.get(digest) === status ? undefined : "TRANSITION"] as const;
  });
  return new Map(became.filter((it): it is readonly [string, "EXPIRE" | "TRANSITION"] => it[1] !== undefined));
}

test("a run does what the preview has shown, and what a second evaluator says, to any repository", async () => {
  await using ecr = await openTestEcr();
  ecr.clock.advance(-DAY_MS);
  let count = 0;
  const policies = anyPolicy.map(policyText).filter(isAccepted);
  const cases = fc.asyncProperty(policies, anyImages(NOW_MS), async (text, images) => {
    const repositoryName = `case-${count++}`;
    await ecr.call("CreateRepository", { repositoryName });
    await ecr.call("PutLifecyclePolicy", { repositoryName, lifecyclePolicyText: text.padEnd(100) });
    ecr.clock.advance(NOW_MS - ecr.clock.now());
    const id = await idOf(ecr, repositoryName);
    await ecr.metadata.write(testRegistry, (tx) => addImages(tx, id, images));
    const stored = asStored(images);
    const shown = await preview(ecr, repositoryName);
    assert.deepEqual(shown, decideNaively(parseLifecyclePolicy(text), stored, NOW_MS));
    await run(ecr, repositoryName);
    assert.deepEqual(difference(stored, await statusesOf(ecr, repositoryName)), shown);
    ecr.clock.advance(-DAY_MS);
  });
  await fc.assert(cases, { numRuns: 200 });
});
