import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openFile } from "./open-blob.ts";
import { createPieces } from "./pieces.ts";

const SIZE_BYTES = 3 * 1024 * 1024;

test("a sink that never says that it is done keeps no piece from the others, and gives none back twice when it does", async () => {
  await using opened = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "longshore-send-"));
  opened.defer(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, "blob"), Buffer.alloc(SIZE_BYTES));
  const pieces = createPieces();
  const blob = opened.use(openFile(pieces, await open(join(folder, "blob")), SIZE_BYTES));
  const gone = new AbortController();
  const late: (() => void)[] = [];
  const sink = {
    write(_bytes: Uint8Array, done: () => void) {
      late.push(done);
      setImmediate(() => gone.abort(new Error("the client has gone")));
      return false;
    },
  };
  await assert.rejects(blob.sendTo(sink, { first: 0, last: SIZE_BYTES - 1 }, gone.signal), /the client has gone/);
  assert.equal(pieces.taken(), 0);
  for (const done of late) done();
  assert.equal(pieces.taken(), 0);
});

test("a sink that takes everything at once gets every byte in order, and keeps nobody from their turns", async () => {
  await using opened = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "longshore-send-"));
  opened.defer(() => rm(folder, { recursive: true, force: true }));
  const bytes = randomBytes(8 * SIZE_BYTES + 5);
  await writeFile(join(folder, "blob"), bytes);
  const pieces = createPieces();
  const blob = opened.use(openFile(pieces, await open(join(folder, "blob")), bytes.length));
  const received: Buffer[] = [];
  let turns = 0;
  const timer = setInterval(() => turns++, 0);
  opened.defer(() => clearInterval(timer));
  const sink = {
    write(piece: Uint8Array, done: () => void) {
      received.push(Buffer.from(piece));
      done();
      return true;
    },
  };
  await blob.sendTo(sink, { first: 1, last: bytes.length - 1 }, new AbortController().signal);
  assert.ok(Buffer.concat(received).equals(bytes.subarray(1)));
  assert.ok(turns > 0);
  assert.equal(pieces.taken(), 0);
});
