import assert from "node:assert/strict";
import { test } from "node:test";
import { accessRequest, documentOf, own, principals, pushRole } from "../testing/policies.ts";
import { compilePolicy } from "./compile.ts";
import { evaluate } from "./evaluate.ts";
import { holdPrincipals } from "./hold-principals.ts";
import { NO_POLICIES } from "./policy-sets.ts";
import type { RequestPrincipal } from "./request.ts";

const { anna, session } = principals;
const ids = new Map<string, string>([
  [anna.arn, anna.userId],
  [session.arn, session.userId],
  [pushRole.arn, pushRole.id],
]);

/** May this principal, under a policy of its repository that names an ARN, which was resolved when it was stored? */
function may(principal: RequestPrincipal, named: string): boolean {
  const document = holdPrincipals(documentOf([{ Principal: { AWS: named } }, { Action: "ecr:No" }]), (arn) => ids.get(arn));
  const resource = [compilePolicy(document, { type: "resource", name: "shared" })];
  return evaluate(accessRequest({ principal }), { ...NO_POLICIES, resource }).allowed;
}

test("a grant is of the one who had the ARN, not of who has it now", () => {
  assert.ok(may(anna, anna.arn));
  assert.ok(!may({ ...anna, userId: "AIDAOTHER", entityId: "AIDAOTHER" }, anna.arn));
  assert.ok(may(session, pushRole.arn));
  assert.ok(!may({ ...session, entityId: "AROAOTHER" }, pushRole.arn));
  assert.ok(may(session, session.arn));
  assert.ok(!may({ ...session, userId: "AROAOTHER:build" }, session.arn));
});

test("the ARN decides where nobody was found under it", () => {
  const arn = `arn:aws:iam::${own}:user/late` as typeof anna.arn;
  assert.ok(may({ ...anna, arn, userId: "AIDALATE", entityId: "AIDALATE" }, arn));
});

test("whom a statement means by its account or by a star needs no id", () => {
  const document = documentOf([{ Principal: { AWS: [own, "*"], Service: "ecs.amazonaws.com" } }]);
  assert.deepEqual(
    holdPrincipals(document, () => "AIDAOTHER"),
    document,
  );
});
