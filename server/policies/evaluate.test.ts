import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { AccountId, Arn } from "../kernel/names.ts";
import { rootOf } from "../testing/call.ts";
import { type AccessRequest, evaluate, NO_POLICIES, type Statement } from "./evaluate.ts";

const own = "000000000000" as AccountId;
const other = "123456789012" as AccountId;
const asks = (resourceAccount: AccountId): AccessRequest => ({
  principal: rootOf(own),
  action: "ecr:PutImage",
  resource: `arn:aws:ecr:us-east-1:${resourceAccount}:repository/app` as Arn,
  resourceAccount,
});
const statement = (effect: Statement["effect"], matches = true): Statement => ({
  effect,
  name: `a statement that says ${effect}`,
  matches: () => matches,
});

test("root needs no policy at home, and one of the resource abroad", () => {
  assert.equal(evaluate(asks(own), NO_POLICIES).allowed, true);
  assert.equal(evaluate(asks(other), NO_POLICIES).allowed, false);
  assert.deepEqual(evaluate(asks(other), { identity: [], resource: [statement("Allow")] }), {
    allowed: true,
    because: "a statement that says Allow",
  });
  assert.equal(evaluate(asks(other), { identity: [statement("Allow")], resource: [statement("Allow", false)] }).allowed, false);
});

test("a matching Deny wins over everything, wherever it stands", () => {
  const statements = fc.array(fc.record({ effect: fc.constantFrom("Allow" as const, "Deny" as const), matches: fc.boolean() }), {
    maxLength: 6,
  });
  fc.assert(
    fc.property(statements, statements, fc.constantFrom(own, other), (identity, resource, account) => {
      const made = (list: readonly { effect: Statement["effect"]; matches: boolean }[]) =>
        list.map((it) => statement(it.effect, it.matches));
      const decision = evaluate(asks(account), { identity: made(identity), resource: made(resource) });
      const denies = [...identity, ...resource].some((it) => it.effect === "Deny" && it.matches);
      if (denies) {
        assert.equal(decision.allowed, false);
        assert.match(decision.because, /^with an explicit deny in an? (identity|resource)-based policy$/);
      }
    }),
  );
});

test("a resource that belongs to nobody is nobody's to use", () => {
  assert.equal(evaluate({ ...asks(own), resourceAccount: undefined }, NO_POLICIES).allowed, false);
});
