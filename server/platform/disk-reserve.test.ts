import assert from "node:assert/strict";
import { test } from "node:test";
import { createDiskReserve, leftOf } from "./disk-reserve.ts";

const MIB = 1024 * 1024;
const full = { name: "RegistryError", code: "InsufficientStorageException" };

/** A disk on which a test says how much may be written, and how often it was looked at. */
function scene(left_bytes: number) {
  const disk = { left_bytes, looks: 0 };
  const reserve = createDiskReserve("/data", async (folder) => {
    assert.equal(folder, "/data");
    disk.looks++;
    return disk.left_bytes;
  });
  return { disk, reserve };
}

test("64 MiB of a large disk are kept, and an eighth of a small one", () => {
  const left = (size_mib: number, free_mib: number): number => leftOf({ bsize: MIB, blocks: size_mib, bavail: free_mib }) / MIB;
  assert.equal(left(100_000, 65), 1);
  assert.equal(left(100_000, 64), 0);
  assert.equal(left(80, 11), 1);
  assert.equal(left(80, 9), -1);
  assert.equal(left(0, 0), Number.POSITIVE_INFINITY, "a file system without an end");
});

test("what has room is let through, and what has not is refused", async () => {
  const { reserve } = scene(MIB);
  await reserve.check();
  await reserve.check(MIB - 1);
  await assert.rejects(reserve.check(MIB), full);
  await assert.rejects(scene(0).reserve.check(), full);
});

test("where much is left, the disk is not looked at each time; where little is, others write to it too", async () => {
  const much = scene(1_000 * MIB);
  for (let times = 0; times < 3; times++) await much.reserve.check(MIB);
  assert.equal(much.disk.looks, 1);
  const little = scene(500 * MIB);
  for (let times = 0; times < 3; times++) await little.reserve.check(MIB);
  assert.equal(little.disk.looks, 3);
});

test("space that has come back is seen at once", async () => {
  const { disk, reserve } = scene(0);
  await assert.rejects(reserve.check(), full);
  disk.left_bytes = 1_000 * MIB;
  await reserve.check();
});
