import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { test } from "node:test";
import { createDiskReserve, type DiskSpace } from "./disk-reserve.ts";

const MIB = 1024 * 1024;
const full = { name: "RegistryError", code: "InsufficientStorageException" };

/** A disk on which a test says what is free, and how often it was looked at. */
function scene(size_bytes: number) {
  const disk = { free_bytes: size_bytes, looks: 0, isBroken: false };
  const reserve = createDiskReserve("/data", async (folder): Promise<DiskSpace> => {
    assert.equal(folder, "/data");
    disk.looks++;
    if (disk.isBroken) throw Object.assign(new Error("EIO"), { code: "EIO" });
    return { free_bytes: disk.free_bytes, size_bytes };
  });
  return { disk, reserve };
}

test("64 MiB of a large disk are kept, and an eighth of a small one", async () => {
  const check = (size_bytes: number, free_bytes: number): Promise<void> => {
    const { disk, reserve } = scene(size_bytes);
    disk.free_bytes = free_bytes;
    return reserve.check();
  };
  await check(100_000 * MIB, 65 * MIB);
  await assert.rejects(check(100_000 * MIB, 64 * MIB), full);
  await check(80 * MIB, 11 * MIB);
  await assert.rejects(check(80 * MIB, 10 * MIB), full);
});

test("what is written counts before the disk is looked at again", async () => {
  const { disk, reserve } = scene(100_000 * MIB);
  disk.free_bytes = 64 * MIB + 200_000;
  await reserve.check();
  reserve.take(100_000);
  assert.throws(() => reserve.take(100_000), full);
  assert.equal(disk.looks, 1);
});

test("the disk is looked at again after some bytes, and a large body that fills it is stopped", async () => {
  const { disk, reserve } = scene(100_000 * MIB);
  await reserve.check();
  await reserve.check();
  assert.equal(disk.looks, 1);
  disk.free_bytes = 64 * MIB;
  reserve.take(8 * MIB);
  await setImmediate();
  assert.equal(disk.looks, 2);
  assert.throws(() => reserve.take(1), full);
});

test("where little is left, the disk is looked at each time: others write to it too", async () => {
  const { disk, reserve } = scene(100_000 * MIB);
  disk.free_bytes = 300 * MIB;
  await reserve.check();
  await reserve.check();
  assert.equal(disk.looks, 2);
  reserve.take(MIB);
  await setImmediate();
  assert.equal(disk.looks, 3);
});

test("space that has come back is seen at once by whoever asks next", async () => {
  const { disk, reserve } = scene(100_000 * MIB);
  disk.free_bytes = MIB;
  await assert.rejects(reserve.check(), full);
  disk.free_bytes = 1_000 * MIB;
  await reserve.check();
  reserve.take(MIB);
});

test("a disk that does not say what is free is written to", async () => {
  const { disk, reserve } = scene(100_000 * MIB);
  disk.isBroken = true;
  await reserve.check();
  reserve.take(MIB);
});
