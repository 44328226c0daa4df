import assert from "node:assert/strict";
import { test } from "node:test";
import { UNDO_WINDOW_S } from "../../kernel/limits.ts";
import { collectGarbage } from "../../layers/collect/collect-garbage.ts";
import { query } from "../../platform/metadata/query.ts";
import { repositoryName as nameOf, testRegistry } from "../../testing/call.ts";
import { dump } from "../../testing/dump.ts";
import { openTestEcr, pushImage, type TestEcr } from "../../testing/ecr.ts";
import { image } from "../../testing/image.ts";
import { purgeDeletions } from "./purge-deletions.ts";

const app = { repositoryName: "app" };
const leasedAfter = query<{ time_ms: number }>()((db, p) =>
  db.selectFrom("layers").select("digest").where("leased_until_ms", ">", p.time_ms),
);
const sweepers = query<{ now_ms: number }>()((db, p) =>
  db.selectFrom("jobs").select("key").where("kind", "=", "sweep-repository").where("due_ms", "<=", p.now_ms),
);

async function pushAndDelete(ecr: TestEcr, name: string, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    await pushImage(ecr, name, image(), `v${i}`);
    await ecr.call("BatchDeleteImage", { repositoryName: name, imageIds: [{ imageTag: `v${i}` }] });
    ecr.clock.advance(1_000);
  }
}
const keptRows = async (ecr: TestEcr) => (await dump(ecr.metadata)).filter((it) => /^deleted_(manifests|repositories) /.test(it));

test("a purge ends the leases that the deletions of a repository gave, and what went stays on record", async () => {
  await using ecr = await openTestEcr();
  for (const repositoryName of ["app", "other"]) await ecr.call("CreateRepository", { repositoryName });
  const kept = image();
  await pushImage(ecr, "app", kept, "kept");
  await pushAndDelete(ecr, "app", 45);
  await pushAndDelete(ecr, "other", 1);
  const leased = async () => (await ecr.metadata.readGlobal((tx) => tx.all(leasedAfter, { time_ms: ecr.clock.now() }))).length;
  assert.equal(await leased(), 46 * 2);
  assert.deepEqual(await purgeDeletions(ecr, testRegistry, nameOf("app")), { images: 45, repositories: 0 });
  assert.equal(await leased(), 2, "those of the other repository");
  ecr.clock.advance(1);
  await collectGarbage(ecr, new AbortController().signal);
  const layers = await ecr.metadata.readGlobal((tx) => tx.all(leasedAfter, { time_ms: -1 }));
  assert.equal(layers.length, 2 + 2, "of the image that was not deleted, and of the other repository");
  const { deletions } = await ecr.call("ListDeletions", app);
  assert.equal(deletions.length, 45);
  assert.ok(deletions.every((it: any) => it.deletionStatus === "FINAL"));
  const { failures } = await ecr.call("RestoreImages", { ...app, imageIds: [{ imageTag: "v0" }] });
  assert.equal(failures[0].failureCode, "ImageNotFound");
  assert.deepEqual(await purgeDeletions(ecr, testRegistry, nameOf("app")), { images: 0, repositories: 0 });
});

test("a lease that several deletions have lengthened ends with the last of them", async () => {
  await using ecr = await openTestEcr();
  await ecr.call("CreateRepository", app);
  const of = image();
  await pushImage(ecr, "app", of, "v1");
  await ecr.call("BatchDeleteImage", { ...app, imageIds: [{ imageTag: "v1" }] });
  ecr.clock.advance(1_000);
  const until_ms = ecr.clock.now() + UNDO_WINDOW_S * 1000;
  await ecr.call("RestoreImages", { ...app, imageIds: [{ imageTag: "v1" }] });
  await ecr.call("BatchDeleteImage", { ...app, imageIds: [{ imageTag: "v1" }] });
  const leased = (time_ms: number) => ecr.metadata.readGlobal((tx) => tx.all(leasedAfter, { time_ms }));
  assert.equal((await leased(until_ms - 1)).length, 2);
  await purgeDeletions(ecr, testRegistry);
  assert.equal((await leased(ecr.clock.now())).length, 0);
});

test("a purge of all takes deleted repositories too, and their sweepers are due at once", async () => {
  await using ecr = await openTestEcr();
  const other = { ...testRegistry, account: "999999999999" as never };
  for (const repositoryName of ["app", "gone", "gone-too"]) await ecr.call("CreateRepository", { repositoryName });
  await ecr.call("CreateRepository", app, { registry: other });
  await pushAndDelete(ecr, "app", 1);
  for (const repositoryName of ["gone", "gone-too"]) await ecr.call("DeleteRepository", { repositoryName });
  await ecr.call("DeleteRepository", app, { registry: other });
  assert.deepEqual(await purgeDeletions(ecr, testRegistry), { images: 1, repositories: 2 });
  assert.equal((await keptRows(ecr)).length, 1, "the other account's");
  assert.equal((await ecr.refusal("RestoreRepository", { repositoryName: "gone" })).name, "RepositoryNotFoundException");
  const due = await ecr.metadata.readGlobal((tx) => tx.all(sweepers, { now_ms: ecr.clock.now() }));
  assert.equal(due.length, 2);
});
