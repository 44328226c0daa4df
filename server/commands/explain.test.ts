import assert from "node:assert/strict";
import { test } from "node:test";
import type { AccountId, Arn } from "../kernel/names.ts";
import type { DecisionReport } from "../policies/decision-report.ts";
import { takeContext } from "./explain.ts";
import { reportText } from "./report-text.ts";

const account = "000000000000" as AccountId;
const report: DecisionReport = {
  requestId: "id-1",
  decided_ms: 0,
  principal: "arn:aws:iam::000000000000:user/ann",
  principalAccount: account,
  action: "ecr:PutImage",
  resource: "arn:aws:ecr:us-east-1:000000000000:repository/app" as Arn,
  resourceAccount: account,
  outcome: "implicitDeny",
  decision: { allowed: false, because: "because no identity-based policy allows the ecr:PutImage action" },
  statements: [
    {
      type: "identity",
      policy: "own",
      sid: "Office",
      index: 0,
      effect: "Allow",
      applies: false,
      matches: { principal: true, action: true, resource: true },
      conditions: [
        { operator: "IpAddress", key: "aws:sourceip", wanted: ["10.0.0.0/8"], given: ["192.0.2.1"], holds: false },
        { operator: "Bool", key: "aws:securetransport", wanted: ["true"], given: ["true"], holds: true },
      ],
    },
    {
      type: "identity",
      policy: "own",
      sid: undefined,
      index: 1,
      effect: "Deny",
      applies: false,
      matches: { principal: true, action: false, resource: false },
      conditions: [],
    },
  ],
  context: { "aws:sourceip": ["192.0.2.1"], "aws:username": [] },
  leftOut: { principal: 2, resource: 0 },
};

test("a report says what was asked, what was decided, and what decided it", () => {
  const text = reportText(report);
  for (const line of [
    "Denied, because nothing allows it.",
    `User: ${report.principal} is not authorized to perform: ecr:PutImage on resource: ${report.resource} because no identity-based policy allows the ecr:PutImage action.`,
    "  request       id-1",
    "  aws:username  (not there)",
    '  Allow "Office" (statement 0) of own (identity) does not apply: a condition does not hold',
    "      IpAddress aws:sourceip [10.0.0.0/8] does not hold: the request has 192.0.2.1",
    "  Deny statement 1 of own (identity) does not apply: it is not about the action and the resource",
    "  2 more are left out.",
  ]) {
    assert.ok(text.split("\n").includes(line), `${line}\nis not in\n${text}`);
  }
  assert.doesNotMatch(text, /securetransport \[/);
});

test("what others have written cannot move the cursor, nor add a line", () => {
  const {
    statements: [first],
  } = report;
  const text = reportText({
    ...report,
    resource: "x\u001b[2J\nAllowed." as Arn,
    statements: first === undefined ? [] : [{ ...first, sid: "\u202ea\u009b" }],
  });
  for (const character of ["\u001b", "\u009b", "\u202e"]) assert.ok(!text.includes(character));
  assert.doesNotMatch(text, /^Allowed/m);
});

test("a condition key that is said twice has both values", () => {
  const { values, rest } = takeContext([
    "--context",
    "aws:SourceIp=10.0.0.1",
    "a",
    "--context=aws:TagKeys=x",
    "--context",
    "aws:tagkeys=y=z",
  ]);
  assert.deepEqual(
    [...values],
    [
      ["aws:sourceip", ["10.0.0.1"]],
      ["aws:tagkeys", ["x", "y=z"]],
    ],
  );
  assert.deepEqual(rest, ["a"]);
  assert.throws(() => takeContext(["--context", "key"]), /--context needs a key and a value/);
});
