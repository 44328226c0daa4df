import assert from "node:assert/strict";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { makeFolders } from "./make-folders.ts";

test("folders are made with those around them, and for their owner alone", async () => {
  const root = await mkdtemp(join(tmpdir(), "longshore-folders-"));
  const path = join(root, "a", "b", "c");
  await makeFolders(path);
  await makeFolders(path);
  assert.equal((await stat(path)).mode & 0o777, 0o700);
  assert.equal((await stat(join(root, "a"))).mode & 0o777, 0o700);
  await rm(root, { recursive: true });
});

test("where nothing can be made, that is an error and not a wait for ever", { skip: process.platform !== "linux" }, async () => {
  await assert.rejects(makeFolders("/proc/longshore/data"), { code: "ENOENT" });
});
