import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Arn } from "../kernel/names.ts";
import { evaluateNaively, type NaiveAnswer, type NaivePolicies } from "../testing/naive-evaluator.ts";
import { contextOf, documentOf, other, own, principals, pushRole, repository } from "../testing/policies.ts";
import { compilePolicy, type PolicyType } from "./compile.ts";
import type { Decision } from "./decision.ts";
import type { PolicyDocument } from "./document.ts";
import { evaluate } from "./evaluate.ts";
import { explain } from "./explain.ts";
import { holdPrincipals } from "./hold-principals.ts";
import type { PolicySets } from "./policy-sets.ts";
import type { AccessRequest } from "./request.ts";

// Documents and requests from few words, so that they meet often.

const anyOf = <Item>(...items: readonly Item[]) => fc.constantFrom(...items);
const someOf = <Item>(items: readonly Item[]) => fc.array(fc.constantFrom(...items), { minLength: 1, maxLength: 3 });

const KEYS = ["aws:username", "aws:SourceIp", "aws:CurrentTime", "aws:TagKeys", "aws:PrincipalArn", "ecr:size", "aws:Secure"];
const TEXTS = [
  ["anna", "ANNA", "b?b", "*", "a*", "t?st", "${aws:username}", "${aws:TagKeys}", "${aws:Nothing, 'anna'}", "${*}", "x${?}y"],
  ["true", "False", "${aws:Secure}", "10", "10.0", "-3", "9.5", "10.1.2.3", "10.0.0.0/8", "10.1.2.3/31", "0.0.0.0/0"],
  ["2001:db8::1", "2001:db8::/32", "::/0", "2026-01-01", "2026-01-01T00:00:00Z", "2026-01-01T01:00+01:00", "2026"],
  ["1767225600", "2026-01-01T00:00:01Z", "YW5uYQ==", "YW5u", "a=", ""],
  [`arn:aws:iam::${own}:role/*`, `arn:aws:iam::${own}:role/ci/push`, "arn:*:iam::*:*", "arn:aws:*:role/push", "arn:aws"],
  ["arn:aws:iam::${aws:Account}:user/${aws:username}", `arn:aws:iam::${own}:user/anna`],
].flat();
const EQUALITIES = "StringEquals StringEqualsIgnoreCase StringLike NumericEquals DateEquals ArnEquals ArnLike IpAddress";
const NEGATIONS =
  "StringNotEquals StringNotEqualsIgnoreCase StringNotLike NumericNotEquals DateNotEquals ArnNotEquals ArnNotLike";
const ORDERS = ["LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"];
const OPERATORS = [
  ...`${EQUALITIES} ${NEGATIONS} NotIpAddress Bool BinaryEquals`.split(" "),
  ...ORDERS.flatMap((it) => [`Numeric${it}`, `Date${it}`]),
];

const operator = fc.oneof(
  {
    weight: 9,
    arbitrary: fc
      .tuple(anyOf("", "", "ForAllValues:", "ForAnyValue:"), fc.constantFrom(...OPERATORS), anyOf("", "", "IfExists"))
      .map((it) => it.join("")),
  },
  { weight: 1, arbitrary: anyOf("Null", "ForAnyValue:Null") },
);
const condition = fc.dictionary(operator, fc.dictionary(fc.constantFrom(...KEYS), someOf(TEXTS), { minKeys: 1, maxKeys: 1 }), {
  maxKeys: 2,
});
const actions = someOf(["ecr:PutImage", "ecr:*", "ECR:put*", "*", "ecr:?utImage", "ecr:BatchGetImage", "s3:*"]);
const resources = someOf(
  [
    ["*", repository(own), repository(other), "arn:aws:ecr:*:*:repository/*", `arn:aws:*:*:${own}:repository/app`],
    ["arn:aws:ecr:us-east-1:*:repository/${aws:username}", "arn:aws:ecr:us-east-1:*:repository/${aws:username}/*"],
    ["arn:aws:ecr:us-east-?:*:repository/a*p", "arn:aws:ecr:us-east-1:*:*/${aws:Nothing, 'app'}"],
  ].flat(),
);
const principal = fc.oneof(
  anyOf("*" as const),
  fc.record({
    AWS: someOf([
      own,
      other,
      "*",
      `arn:aws:iam::${own}:root`,
      principals.anna.arn,
      principals.session.arn,
      pushRole.arn,
      principals.federatedUser.arn,
    ]),
  }),
  anyOf({ Service: principals.service.name }, { Federated: principals.federated.name }),
);

const not = <Item>(name: string, element: fc.Arbitrary<Item>) =>
  fc.tuple(anyOf("", "", "", "Not"), element).map(([prefix, value]) => ({ [prefix + name]: value }));
const effect = anyOf("Allow", "Allow", "Allow", "Allow", "Allow", "Deny").map((Effect) => ({ Effect }));
const noCondition = { weight: 2, arbitrary: fc.constant({}) };
const withCondition = { weight: 3, arbitrary: condition.map((Condition) => ({ Condition })) };
const parts = [not("Action", actions), not("Resource", resources), fc.oneof(noCondition, withCondition)] as const;
const merged = (all: readonly object[]): object => Object.assign({}, ...all) as object;
const statement = fc.tuple(effect, ...parts).map(merged);
const resourceStatement = fc.tuple(effect, not("Principal", principal), ...parts).map(merged);

interface Given {
  readonly version: string;
  readonly identity: readonly object[];
  readonly boundary: readonly object[] | undefined;
  readonly session: readonly object[] | undefined;
  readonly tokenScope: readonly object[] | undefined;
  readonly resource: readonly object[];
  readonly resourceMustAllow: boolean;
  readonly serviceControl: readonly (readonly object[])[] | undefined;
  readonly resourceControl: readonly (readonly object[])[] | undefined;
  readonly isManagementAccount: boolean;
  readonly areHeld: boolean;
}

const list = <Item>(one: fc.Arbitrary<Item>, minLength = 1, maxLength = 3) => fc.array(one, { minLength, maxLength });
const seldom = <Item>(it: fc.Arbitrary<Item>) =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: it });
const given: fc.Arbitrary<Given> = fc.record({
  version: anyOf("2012-10-17", "2012-10-17", "2008-10-17"),
  identity: list(statement, 0),
  boundary: seldom(list(statement)),
  session: seldom(list(statement)),
  tokenScope: seldom(list(statement)),
  resource: list(resourceStatement, 0),
  resourceMustAllow: anyOf(false, false, true),
  serviceControl: seldom(list(list(statement), 1, 2)),
  resourceControl: seldom(list(list(resourceStatement), 1, 2)),
  isManagementAccount: anyOf(false, false, false, true),
  areHeld: fc.boolean(),
});

const contextKeys = fc.dictionary(
  fc.constantFrom(...KEYS.map((it) => it.toLowerCase()), "aws:account"),
  fc.array(fc.constantFrom(...TEXTS, "anna", "anna", "app", own), { minLength: 0, maxLength: 2 }),
);
const recreated = { ...principals.anna, userId: "AIDAOTHER", entityId: "AIDAOTHER" };
const request: fc.Arbitrary<AccessRequest> = fc
  .record({
    principal: fc.constantFrom(...Object.values(principals), recreated),
    action: anyOf("ecr:PutImage", "ecr:BatchGetImage", "ecr:GetAuthorizationToken"),
    resource: anyOf<Arn | "*">(repository(own), repository(other), repository(own, "anna/x"), "*"),
    isOthers: anyOf(false, false, true),
    isNobodys: anyOf(...Array.from({ length: 19 }, () => false), true),
    keys: contextKeys,
  })
  .map(({ isOthers, isNobodys, keys, ...it }) => ({
    ...it,
    resourceAccount: isNobodys ? undefined : isOthers ? other : own,
    context: contextOf(keys),
  }));

/** The same policies for both evaluators: documents, and what is compiled from them. */
function policiesOf(from: Given): { documents: NaivePolicies; compiled: PolicySets } {
  const ids = new Map<Arn, string>(
    Object.values(principals).flatMap((it) => ("arn" in it ? [[it.arn, it.userId] as const] : [])),
  );
  ids.set(pushRole.arn, pushRole.id);
  const read = (statements: readonly object[]): PolicyDocument => {
    const document = documentOf(statements, from.version);
    return from.areHeld ? holdPrincipals(document, (arn) => ids.get(arn)) : document;
  };
  const one = (statements: readonly object[]): readonly PolicyDocument[] => (statements.length === 0 ? [] : [read(statements)]);
  const control = (levels: readonly (readonly object[])[] | undefined) =>
    levels && { isManagementAccount: from.isManagementAccount, levels: levels.map(one) };
  const documents = {
    identity: one(from.identity),
    boundary: from.boundary && read(from.boundary),
    session: from.session && one(from.session),
    tokenScope: from.tokenScope && one(from.tokenScope),
    resource: one(from.resource),
    resourceMustAllow: from.resourceMustAllow,
    serviceControl: control(from.serviceControl),
    resourceControl: control(from.resourceControl),
  };
  const as = (type: PolicyType) => (it: PolicyDocument) => compilePolicy(it, { type, name: type });
  const levels = (type: PolicyType, it: typeof documents.serviceControl) =>
    it && { ...it, levels: it.levels.map((level) => level.map(as(type))) };
  const compiled = {
    ...documents,
    identity: documents.identity.map(as("identity")),
    boundary: documents.boundary && as("permissions-boundary")(documents.boundary),
    session: documents.session?.map(as("session")),
    tokenScope: documents.tokenScope?.map(as("session")),
    resource: documents.resource.map(as("resource")),
    serviceControl: levels("service-control", documents.serviceControl),
    resourceControl: levels("resource-control", documents.resourceControl),
  };
  return { documents, compiled };
}

function answerOf({ allowed, because }: Decision): NaiveAnswer {
  if (allowed) return "allowed";
  return because.startsWith("with an explicit deny in ") ? "explicitly denied" : "not allowed";
}

const REQUESTS = 40;
const requests = fc.array(request, { minLength: REQUESTS, maxLength: REQUESTS });

test("a hundred thousand random cases have the same answer from an evaluator that was written naively", () => {
  const seen: Record<NaiveAnswer, number> = { allowed: 0, "explicitly denied": 0, "not allowed": 0 };
  fc.assert(
    fc.property(given, requests, (from, asked) => {
      const { documents, compiled } = policiesOf(from);
      for (const one of asked) {
        const answer = evaluateNaively(one, documents);
        assert.equal(answerOf(evaluate(one, compiled)), answer, JSON.stringify(one));
        seen[answer]++;
      }
    }),
    { numRuns: 100_000 / REQUESTS },
  );
  // All of them were met, and often.
  for (const count of Object.values(seen)) assert.ok(count > 5_000, JSON.stringify(seen));
});

/** The places of a set of policies where statements stand. */
const PLACES = ["identity", "boundary", "session", "tokenScope", "resource"] as const;
const isAllowed = (from: Given, one: AccessRequest): boolean => evaluate(one, policiesOf(from).compiled).allowed;

/** The same policies with one statement more, in a place where there are some. */
function withStatement(from: Given, place: (typeof PLACES)[number], added: object, at: number): Given {
  const statements = from[place];
  const named = place === "resource" ? { Principal: "*", ...added } : added;
  return statements === undefined ? from : { ...from, [place]: statements.toSpliced(at, 0, named) };
}

const place = fc.constantFrom(...PLACES);

test("one more Deny never allows anything, and one that matches denies", () => {
  const deny = statement.map((it) => ({ ...it, Effect: "Deny" }));
  fc.assert(
    fc.property(given, request, place, deny, fc.nat(3), (from, one, where, added, at) => {
      const denied = withStatement(from, where, added, at);
      if (isAllowed(denied, one)) assert.ok(isAllowed(from, one));
      const all = withStatement(from, where, { Effect: "Deny", Action: "*", Resource: "*" }, at);
      if (from[where] !== undefined) assert.equal(isAllowed(all, one), false);
    }),
    { numRuns: 3_000 },
  );
});

test("one more Allow never denies anything, whatever it is about", () => {
  const allow = fc.tuple(statement, fc.option(principal)).map(([it, Principal]) => ({ ...it, Effect: "Allow", Principal }));
  fc.assert(
    fc.property(given, request, place, allow, fc.nat(3), (from, one, where, { Principal, ...added }, at) => {
      const grant = where === "resource" && Principal !== null ? { Principal, ...added } : added;
      if (isAllowed(from, one)) assert.ok(isAllowed(withStatement(from, where, grant, at), one));
    }),
    { numRuns: 3_000 },
  );
});

test("the order of statements does not matter, nor into how many policies they are divided", () => {
  fc.assert(
    fc.property(given, request, place, (from, one, where) => {
      const { compiled } = policiesOf(from);
      const policies = compiled[where];
      if (policies === undefined || !("length" in policies)) return;
      const reversed = policies.map((it) => ({ ...it, statements: it.statements.toReversed() }));
      const divided = policies.flatMap((it) => it.statements.map((only) => ({ ...it, statements: [only] })));
      for (const changed of [reversed, divided]) {
        assert.equal(evaluate(one, { ...compiled, [where]: changed }).allowed, evaluate(one, compiled).allowed);
      }
    }),
    { numRuns: 3_000 },
  );
});

test("an explanation comes to the same decision, and its statements say why", () => {
  fc.assert(
    fc.property(given, request, (from, one) => {
      const { compiled } = policiesOf(from);
      const { decision, statements } = explain(one, compiled);
      assert.deepEqual(decision, evaluate(one, compiled));
      const denies = statements.some((it) => it.applies && it.effect === "Deny");
      assert.equal(answerOf(decision) === "explicitly denied", denies);
      for (const { applies, matches, conditions } of statements) {
        assert.equal(applies, matches.principal && matches.action && matches.resource && conditions.every(({ holds }) => holds));
      }
      const { by } = decision;
      if (by === undefined) return;
      const effects = statements.filter((it) => it.applies && it.policy === by.policy && it.index === by.index);
      assert.ok(effects.some((it) => it.effect === (decision.allowed ? "Allow" : "Deny")));
    }),
    { numRuns: 3_000 },
  );
});
