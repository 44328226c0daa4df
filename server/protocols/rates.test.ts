import assert from "node:assert/strict";
import { test } from "node:test";
import type { AccountId, Region } from "../kernel/names.ts";
import { operation } from "../kernel/operation.ts";
import { structure } from "../kernel/shape.ts";
import type { Authorizer } from "../policies/authorizer.ts";
import { rootOf, testCall, testRegistry } from "../testing/call.ts";
import { fakeClock } from "../testing/fake-clock.ts";
import { startOciServer } from "../testing/oci-server.ts";
import { type Invocation, invoke } from "./invoke.ts";
import { createRates, type Rates } from "./rates.ts";

const throttled = (retryAfterSeconds: number) => ({
  code: "ThrottlingException",
  message: "Rate exceeded",
  detail: { retryAfterSeconds },
});

/** How many calls pass before one is refused. */
function callsLeft(rates: Rates, operation = "PutImage", call = testCall()): number {
  for (let passed = 0; passed < 1000; passed++) {
    try {
      rates.take(call, operation);
    } catch {
      return passed;
    }
  }
  return Number.POSITIVE_INFINITY;
}

test("an operation may be called as often as its rate says, at once or over a second", () => {
  const clock = fakeClock();
  const rates = createRates({ rates: new Map([["PutImage", 10]]), processes: 1, clock });
  assert.equal(callsLeft(rates), 10);
  assert.throws(() => rates.take(testCall(), "PutImage"), throttled(1));
  clock.advance(300);
  assert.equal(callsLeft(rates), 3);
  clock.advance(60_000);
  assert.equal(callsLeft(rates), 10, "what nobody used is not saved up");
});

test("operations without a rate are not counted", () => {
  const rates = createRates({ rates: new Map([["PutImage", 1]]), processes: 1, clock: fakeClock() });
  assert.equal(callsLeft(rates, "BatchGetImage"), Number.POSITIVE_INFINITY);
});

test("each account has a rate of its own in each region, whosever registry it calls", () => {
  const rates = createRates({ rates: new Map([["PutImage", 2]]), processes: 1, clock: fakeClock() });
  const elsewhere = { ...testRegistry, region: "eu-west-1" as Region };
  const other = { ...testRegistry, account: "111111111111" as AccountId };
  assert.equal(callsLeft(rates), 2);
  assert.equal(callsLeft(rates, "PutImage", testCall({ registry: elsewhere })), 2);
  assert.equal(callsLeft(rates, "PutImage", testCall({ registry: other, principal: rootOf("000000000000") })), 0);
  assert.equal(callsLeft(rates, "PutImage", testCall({ registry: other })), 2);
});

test("processes share a rate, and each lets at least one call through in its time", () => {
  const clock = fakeClock();
  const rates = createRates({ rates: new Map([["PutImage", 1]]), processes: 4, clock });
  assert.equal(callsLeft(rates), 1);
  assert.throws(() => rates.take(testCall(), "PutImage"), throttled(4));
  clock.advance(4000);
  assert.equal(callsLeft(rates), 1);
});

test("a clock that goes back takes nothing away", () => {
  const clock = fakeClock();
  const rates = createRates({ rates: new Map([["PutImage", 5]]), processes: 1, clock });
  rates.take(testCall(), "PutImage");
  clock.advance(-10_000);
  assert.equal(callsLeft(rates), 4);
  clock.advance(-10_000);
  assert.equal(callsLeft(rates), 0);
  clock.advance(1000);
  assert.equal(callsLeft(rates), 5);
});

test("on /v2/ a request counts as the operations whose permissions it needs, and is told when to come again", async () => {
  const rates = createRates({ rates: new Map([["BatchGetImage", 2]]), processes: 1, clock: fakeClock() });
  await using server = await startOciServer({ rates });
  await server.createRepository("app");
  for (const method of ["GET", "HEAD"]) assert.equal((await server.send(method, "/v2/app/manifests/v1")).status, 404);
  const refused = await server.send("GET", "/v2/app/manifests/v1");
  assert.equal(refused.status, 429);
  assert.equal(refused.headers["retry-after"], "1");
  assert.deepEqual(refused.json().errors[0], {
    code: "TOOMANYREQUESTS",
    message: "Rate exceeded",
    detail: { retryAfterSeconds: 1 },
  });
  assert.equal((await server.send("GET", "/v2/app/tags/list")).status, 200);
  assert.equal((await server.send("GET", "/v2/app/manifests/v1", { password: "" })).status, 401);
});

test("an operation of the AWS protocols counts by its name, before anybody is asked whether it is allowed", async () => {
  const rates = createRates({ rates: new Map([["ListImages", 1]]), processes: 1, clock: fakeClock() });
  const listImages = operation<object>({
    name: "ListImages",
    errors: [],
    input: structure({}),
    asks: () => [{ action: "ecr:ListImages", resource: "*" }],
    handle: async () => ({ imageIds: [] }),
  });
  const { principal, registry, naming } = testCall();
  const claim = { principal, region: registry.region, service: "ecr", verify: () => {} };
  const exchange = { requestId: "", remoteAddress: "", request: { headers: {} } };
  const invocation = { exchange, host: { naming }, claim, operation: listImages, input: {} } as unknown as Invocation;
  let decisions = 0;
  const authorizer = { require: async () => void decisions++ } as unknown as Authorizer;
  assert.deepEqual(await invoke({ authorizer, rates }, invocation), { imageIds: [] });
  await assert.rejects(invoke({ authorizer, rates }, invocation), { code: "ThrottlingException" });
  assert.equal(decisions, 1);
  assert.deepEqual(await invoke({ authorizer }, invocation), { imageIds: [] });
});
