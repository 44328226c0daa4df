import assert from "node:assert/strict";
import { test } from "node:test";
import { openTestIam } from "../../testing/iam.ts";
import { stsOperations } from "./operations.ts";

test("GetCallerIdentity says who calls, and asks for no permission", async () => {
  await using iam = await openTestIam();
  assert.equal(stsOperations({} as never).find((it) => it.name === "GetCallerIdentity")?.asks, "none");
  assert.deepEqual(await iam.call("GetCallerIdentity"), {
    UserId: "000000000000",
    Account: "000000000000",
    Arn: "arn:aws:iam::000000000000:root",
  });
});
