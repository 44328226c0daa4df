import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { isSameFolder } from "./same-folder.ts";

const root = await mkdtemp(join(tmpdir(), "longshore-same-folder-"));
after(() => rm(root, { recursive: true }));

describe("isSameFolder", () => {
  test("knows a folder by any path that leads to it", async () => {
    const data = join(root, "data");
    await mkdir(join(data, "blobs", "sha256"), { recursive: true });
    await symlink(data, join(root, "link"));
    assert.equal(await isSameFolder(data, data), true);
    assert.equal(await isSameFolder(data, `${data}/../data/`), true);
    assert.equal(await isSameFolder(data, join(root, "link")), true);
  });

  test("knows a folder whose blobs lie in another", async () => {
    const [one, two] = [join(root, "one"), join(root, "two")];
    await mkdir(join(one, "blobs", "sha256"), { recursive: true });
    await mkdir(two);
    await symlink(join(one, "blobs"), join(two, "blobs"));
    assert.equal(await isSameFolder(one, two), true);
  });

  test("takes two folders for two, one within the other and one that is not there yet too", async () => {
    const data = join(root, "outer");
    await mkdir(join(data, "archive"), { recursive: true });
    assert.equal(await isSameFolder(data, join(data, "archive")), false);
    assert.equal(await isSameFolder(data, join(root, "later")), false);
  });
});
