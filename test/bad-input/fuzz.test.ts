import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { ERRORS, type ErrorCode, wireName } from "../../server/kernel/errors.ts";
import type { Answer } from "../../server/testing/aws-server.ts";
import { type EcrServer, startEcrServer } from "../../server/testing/ecr-server.ts";
import { assertOutput } from "../../server/testing/model.ts";
import { operations } from "../parity/page.ts";
import { bodiesFor } from "./bodies.ts";
import { furnish } from "./scene.ts";
import { PATIENCE_MS } from "../patience.ts";

/** Of each operation. */
const RUNS = 150;
const RUNS_FOR_HEAP = 20;
/** What all those requests may leave on the heap, of the ten megabytes or so that they bring. */
const HEAP_GROWTH_BYTES_MAX = 1024 * 1024;
const NAMES = new Set(Object.keys(ERRORS).map((code) => wireName(code as ErrorCode)));

let server: EcrServer;
before(async () => {
  server = await startEcrServer();
  await furnish(operations, server.call);
});
after(() => server[Symbol.asyncDispose]());

describe("whatever is sent, the answer is in ECR's form and never a 5xx", () => {
  for (const operation of operations) {
    test(operation.name, { timeout: PATIENCE_MS }, async () => {
      await fc.assert(
        fc.asyncProperty(bodiesFor(operation), async (body) =>
          assertForm(operation.name, await server.post(operation.name, body)),
        ),
        { numRuns: RUNS },
      );
    });
  }
});

test("nothing of what was sent is kept in memory", async () => {
  const send = async (seed: number): Promise<void> => {
    for (const operation of operations)
      for (const body of fc.sample(bodiesFor(operation), { numRuns: RUNS_FOR_HEAP, seed }))
        await server.post(operation.name, body);
  };
  await send(1);
  const before_bytes = heapSize();
  await send(2);
  const growth_bytes = heapSize() - before_bytes;
  assert.ok(growth_bytes < HEAP_GROWTH_BYTES_MAX, `the heap has grown by ${growth_bytes} bytes`);
});

function assertForm(operation: string, { status, headers, text }: Answer): void {
  assert.match(headers["x-amzn-requestid"] as string, /^[0-9a-f-]{36}$/);
  assert.equal(headers["content-type"], "application/x-amz-json-1.1");
  const body = JSON.parse(text);
  if (status === 200) return assertOutput(operation, body);
  assert.ok(status >= 400 && status < 500, `${status}: ${text}\n${JSON.stringify(server.lines.slice(-2), null, 1)}`);
  assert.equal(headers["x-amzn-errortype"], body.__type);
  assert.ok(NAMES.has(body.__type), `an error of a name that nobody knows: ${text}`);
  assert.ok(typeof body.message === "string" && body.message.length > 0);
}

/** What the heap holds once nothing is left on it that nobody needs. */
function heapSize(): number {
  (server.lines as unknown[]).length = 0;
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
  return process.memoryUsage().heapUsed;
}
