import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { CreateRepositoryCommand, PutLifecyclePolicyCommand } from "@aws-sdk/client-ecr";
import { install, runLongshore } from "../installation.ts";
import { startLongshore } from "../longshore.ts";
import { sleep } from "../patience.ts";

const IMAGES = 3_000;
const KILLS = 3;
const skip = process.env["LONGSHORE_TEST_POSTGRES"] ? "looks into SQLite's file" : false;

const selection = { tagStatus: "any", countType: "imageCountMoreThan", countNumber: 1 };
const POLICY = JSON.stringify({
  rules: [{ rulePriority: 1, description: "only the newest image stays", selection, action: { type: "expire" } }],
});

/** Writes images that are older and older, each with a tag. */
function fill(db: DatabaseSync): void {
  const { id } = db.prepare("select id from repositories").get() as { id: number };
  const image = db.prepare(
    `insert into manifests (repository_id, digest, media_type, body, body_size, image_size, pushed_ms, status, tagged)
     values (?, ?, 'x', ?, 1, 1, ?, 'ACTIVE', 1)`,
  );
  const tag = db.prepare("insert into tags (repository_id, tag, manifest, moved_ms) values (?, ?, ?, 0)");
  db.exec("begin");
  for (let i = 0; i < IMAGES; i++) {
    const digest = `sha256:${createHash("sha256").update(String(i)).digest("hex")}`;
    image.run(id, digest, Buffer.alloc(1), IMAGES - i);
    tag.run(id, `v${i}`, digest);
  }
  db.exec("commit");
}

test("a run of a lifecycle policy that is killed again and again goes on as the same, and takes each image once", {
  skip,
}, async () => {
  await using installation = await install();
  const first = await startLongshore(installation);
  await first.ecr.send(new CreateRepositoryCommand({ repositoryName: "app" }));
  await first.ecr.send(new PutLifecyclePolicyCommand({ repositoryName: "app", lifecyclePolicyText: POLICY }));
  await first.stop();
  using db = new DatabaseSync(join(installation.data, "longshore.db"));
  fill(db);
  const count = (of: string): number => (db.prepare(`select count(*) as n from ${of}`).get() as { n: number }).n;

  const asking: Promise<string>[] = [];
  for (let kill = 0; kill < KILLS; kill++) {
    await using server = await startLongshore(installation, { workers: 2 });
    asking.push(runLongshore(installation, ["lifecycle", "run", "app"]));
    const before = count("manifests");
    while (count("manifests") > before - 300) await sleep(5);
    await server.kill();
    assert.equal(count("manifests") + count("deletions"), IMAGES);
    assert.equal(count("tags"), count("manifests"));
    // Else the next one would wait for a minute, until the dead one's lease has run out.
    db.exec("update jobs set lease_owner = null, lease_until_ms = null");
  }
  await using last = await startLongshore(installation);
  for (const it of asking)
    assert.equal(
      await it,
      `app:  ${IMAGES - 1} of ${IMAGES} images expired.
`,
    );
  await last.stop();
  assert.deepEqual(
    { ...db.prepare("select digest from manifests").get() },
    { digest: `sha256:${createHash("sha256").update("0").digest("hex")}` },
  );
  assert.equal(count("(select distinct digest from deletions)"), IMAGES - 1);
  assert.deepEqual(
    db
      .prepare("select status, images, expired from lifecycle_runs")
      .all()
      .map((it) => ({ ...it })),
    [{ status: "COMPLETE", images: IMAGES, expired: IMAGES - 1 }],
  );
});
