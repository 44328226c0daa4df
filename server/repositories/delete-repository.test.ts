import assert from "node:assert/strict";
import { test } from "node:test";
import { query } from "../platform/metadata/query.ts";
import { testRegistry } from "../testing/call.ts";
import { addLayers, image } from "../testing/image.ts";
import { arnOf, openTestRepositories } from "../testing/repositories.ts";
import { findRepository } from "./find-repository.ts";
import { repositoryJobs } from "./jobs.ts";

const insertManifest = query<{ repository_id: number }>()((db, p) =>
  db.insertInto("manifests").values({
    repository_id: p.repository_id,
    digest: "sha256:00",
    media_type: "",
    artifact_type: null,
    body: Buffer.from("{}"),
    body_size: 2,
    image_size: 0,
    subject: null,
    annotations: null,
    pushed_ms: 0,
    pulled_ms: null,
    status: "ACTIVE",
    tagged: 0,
  }),
);
const layerDigests = query()((db) => db.selectFrom("layers").select("digest"));
const manifestDigests = query()((db) => db.selectFrom("manifests").select("digest"));

test("a repository that holds images is deleted only with force, is gone at once, and what it held is swept away", async () => {
  await using it = await openTestRepositories({ undoWindow_s: 0 });
  const { metadata } = it.deps;
  const held = await it.run("CreateRepository", { repositoryName: "held" });
  await it.run("CreateRepository", { repositoryName: "kept" });
  const ids = await metadata.write(testRegistry, async (tx) => {
    const found: number[] = [];
    for (const name of ["held", "kept"] as const) {
      const { id } = await findRepository(tx, name as never);
      await tx.run(insertManifest, { repository_id: id });
      await addLayers(tx, id, image());
      found.push(id);
    }
    return found;
  });
  await assert.rejects(it.run("DeleteRepository", { repositoryName: "held" }), {
    code: "RepositoryNotEmptyException",
    message:
      "The repository with name 'held' in registry with id '000000000000' cannot be deleted because it still contains images",
  });
  assert.deepEqual(await it.run("DeleteRepository", { repositoryName: "held", force: true }), held);
  await assert.rejects(it.run("DeleteRepository", { repositoryName: "held", force: true }), {
    code: "RepositoryNotFoundException",
  });

  const [sweeper] = repositoryJobs(it.deps);
  for (const repository_id of ids) await sweeper!.run({ repository_id }, new AbortController().signal);
  const left = await metadata.readGlobal(async (tx) => [
    ...(await tx.all(layerDigests, {})),
    ...(await tx.all(manifestDigests, {})),
  ]);
  assert.equal(left.length, 3, "the other repository has its manifest and its two layers still, though a job named it");
});

test("a repository that is made again under its name has nothing of the one before", async () => {
  await using it = await openTestRepositories();
  await it.run("CreateRepository", { repositoryName: "app", tags: [{ Key: "a", Value: "1" }] });
  await it.run("DeleteRepository", { repositoryName: "app" });
  await it.run("CreateRepository", { repositoryName: "app" });
  assert.deepEqual((await it.run("ListTagsForResource", { resourceArn: arnOf("app") })).tags, []);
});
