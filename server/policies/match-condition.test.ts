import assert from "node:assert/strict";
import { test } from "node:test";
import { contextOf } from "../testing/policies.ts";
import { parseConditions } from "./condition.ts";
import { compileCondition, type ConditionPlace } from "./match-condition.ts";

const KEY = "aws:Key";
type Values = string | readonly string[];

/** Does `operator` hold for the policy's values, when the request's are `given`? Undefined: it has no such key. */
function holds(operator: string, wanted: Values, given: Values | undefined, place: Partial<ConditionPlace> = {}): boolean {
  const [condition] = parseConditions({ [operator]: { [KEY]: wanted } }, "Condition");
  assert.ok(condition);
  const known = {
    "aws:username": "anna",
    "aws:principaltag/team": "a*b",
    "aws:tagkeys": ["x", "y"],
    "aws:secure": "true",
    "aws:long": "x".repeat(1025),
  };
  const context = contextOf(given === undefined ? known : { ...known, [KEY.toLowerCase()]: given });
  return compileCondition(condition, { version: "2012-10-17", effect: "Allow", ...place }).holds(context);
}

/** Of these pairs of a policy's value and a request's, the operator holds for all of the first and none of the second. */
function check(
  operator: string,
  equal: readonly (readonly [string, string])[],
  different: readonly (readonly [string, string])[],
): void {
  for (const [wanted, given] of equal) assert.ok(holds(operator, wanted, given), `${operator} ${wanted} for ${given}`);
  for (const [wanted, given] of different) assert.ok(!holds(operator, wanted, given), `not ${operator} ${wanted} for ${given}`);
}

/** As check, and the negated operator holds for just the other ones. */
function checkBoth(
  operator: string,
  negated: string,
  equal: readonly (readonly [string, string])[],
  different: readonly (readonly [string, string])[],
): void {
  check(operator, equal, different);
  check(negated, different, equal);
}

test("strings are equal as they are written, wildcards and all", () => {
  const same = [
    ["anna", "anna"],
    ["a*", "a*"],
    ["", ""],
  ] as const;
  const different = [
    ["anna", "Anna"],
    ["a*", "anna"],
    ["anna", "anna "],
    ["", "a"],
  ] as const;
  checkBoth("StringEquals", "StringNotEquals", same, different);
  const sameButCase = [
    ["anna", "ANNA"],
    ["ÄÖ", "äö"],
  ] as const;
  checkBoth("StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", sameButCase, [
    ["anna", "ann"],
    ["A*", "anna"],
  ]);
});

test("strings are like a pattern, case by case", () => {
  const like = [
    ["a*", "anna"],
    ["*", ""],
    ["*/dev/*", "x/dev/y"],
    ["b?b", "bob"],
    ["a.b", "a.b"],
    ["*a:b*", "arn:a:b:c"],
  ] as const;
  checkBoth("StringLike", "StringNotLike", like, [
    ["a*", "Anna"],
    ["b?b", "bb"],
    ["a.b", "axb"],
    ["", "a"],
    ["[ab]", "a"],
  ]);
});

test("numbers are compared as numbers", () => {
  checkBoth(
    "NumericEquals",
    "NumericNotEquals",
    [
      ["10", "10.0"],
      ["-1", "-1"],
      ["007", "7"],
    ],
    [
      ["10", "11"],
      ["1", "-1"],
    ],
  );
  check(
    "NumericLessThan",
    [
      ["10", "9.5"],
      ["10", "-20"],
    ],
    [
      ["10", "10"],
      ["10", "100"],
    ],
  );
  check(
    "NumericLessThanEquals",
    [
      ["10", "10"],
      ["10", "9"],
    ],
    [["10", "10.1"]],
  );
  check(
    "NumericGreaterThan",
    [["9", "10"]],
    [
      ["9", "9"],
      ["10", "9"],
    ],
  );
  check(
    "NumericGreaterThanEquals",
    [
      ["9", "9"],
      ["9", "10"],
    ],
    [["9", "8.9"]],
  );
});

test("points in time are the same in every way of writing them", () => {
  const noon = "2026-01-01T12:00:00Z";
  const same = [
    [noon, noon],
    [noon, "2026-01-01T12:00Z"],
    [noon, "2026-01-01T14:00:00+02:00"],
    [noon, "2026-01-01T12:00:00.999Z"],
    [noon, "1767268800"],
    ["2026", "2026-01-01T00:00:00Z"],
    ["2026-03", "2026-03-01"],
    ["2024-02-29", "2024-02-29T00:00:00Z"],
  ] as const;
  checkBoth("DateEquals", "DateNotEquals", same, [
    [noon, "2026-01-01T12:00:01Z"],
    ["2026", "2025-12-31T23:59:59Z"],
  ]);
  check(
    "DateLessThan",
    [[noon, "2026-01-01T11:59:59Z"]],
    [
      [noon, noon],
      [noon, "2026-01-02"],
    ],
  );
  check("DateLessThanEquals", [[noon, noon]], [[noon, "2026-01-01T12:00:01Z"]]);
  check("DateGreaterThan", [[noon, "2026-01-01T12:00:01Z"]], [[noon, noon]]);
  check("DateGreaterThanEquals", [[noon, noon]], [[noon, "2026-01-01T11:59:59Z"]]);
});

test("truth is written in any case", () => {
  check(
    "Bool",
    [
      ["true", "true"],
      ["False", "false"],
      ["TRUE", "True"],
      ["${aws:secure}", "true"],
    ],
    [
      ["true", "false"],
      ["${aws:none}", "true"],
    ],
  );
});

test("binary values are equal byte by byte", () => {
  check(
    "BinaryEquals",
    [
      ["QmluYXJ5", "QmluYXJ5"],
      ["", ""],
    ],
    [
      ["QmluYXJ5", "QmluYXJ6"],
      ["QmluYXJ5", "qmluYXJ5"],
    ],
  );
});

test("addresses are in ranges of their family", () => {
  const inside = [
    ["203.0.113.0/24", "203.0.113.7"],
    ["203.0.113.7", "203.0.113.7"],
    ["203.0.113.9/24", "203.0.113.7"],
    ["10.0.0.0/7", "11.255.255.255"],
    ["0.0.0.0/0", "255.1.2.3"],
    ["2001:db8:1234:5678::/64", "2001:DB8:1234:5678:0:0:0:1"],
    ["2001:db8::1", "2001:0db8:0::0001"],
    ["2001:db8::/33", "2001:db8:7fff::1"],
    ["::/0", "fe80::1"],
    ["::ffff:203.0.113.0/120", "203.0.113.7"],
    ["203.0.113.0/24", "::ffff:203.0.113.7"],
  ] as const;
  const outside = [
    ["203.0.113.0/24", "203.0.114.7"],
    ["203.0.113.6/31", "203.0.113.8"],
    ["10.0.0.0/7", "12.0.0.0"],
    ["2001:db8::/33", "2001:db8:8000::1"],
    ["0.0.0.0/0", "2001:db8::1"],
    ["::/0", "203.0.113.7"],
  ] as const;
  checkBoth("IpAddress", "NotIpAddress", inside, outside);
});

test("ARNs are compared part by part, and equal means like", () => {
  const same = [
    ["arn:aws:iam::111111111111:role/*", "arn:aws:iam::111111111111:role/ci/push"],
    ["arn:*:iam::*:user/anna", "arn:aws:iam::111111111111:user/anna"],
    ["arn:aws:sns:us-east-?:1:topic:*", "arn:aws:sns:us-east-1:1:topic:sub:scription"],
    ["arn:aws:iam::1:user/${aws:username}", "arn:aws:iam::1:user/anna"],
  ] as const;
  const different = [
    ["arn:aws:*:role/push", "arn:aws:iam::111111111111:role/push"],
    ["arn:aws:iam::*", "arn:aws:iam::111111111111:role/push"],
    ["arn:aws:iam::1:role/Push", "arn:aws:iam::1:role/push"],
    ["arn:aws:s3:::b/*", "arn:aws:s3:eu:1:b/x"],
    ["*", "arn:aws:iam::1:role/push"],
    ["arn:*:*:*:*:*", "push"],
    ["arn:aws:iam::1:user/${aws:none}", "arn:aws:iam::1:user/anna"],
  ] as const;
  checkBoth("ArnEquals", "ArnNotEquals", same, different);
  checkBoth("ArnLike", "ArnNotLike", same, different);
});

test("Null asks whether the key is there, whatever set it is said of", () => {
  for (const operator of ["Null", "ForAnyValue:Null", "ForAllValues:Null"]) {
    assert.ok(holds(operator, "true", undefined));
    assert.ok(holds(operator, "true", []));
    assert.ok(holds(operator, "False", "x"));
    assert.ok(holds(operator, "false", ["x", "y"]));
    assert.ok(!holds(operator, "true", "x"));
    assert.ok(!holds(operator, "false", undefined));
    assert.ok(holds(operator, ["true", "false"], "x"));
  }
});

test("without the key only what is negated holds, or says IfExists", () => {
  const positive = [
    "StringEquals",
    "StringLike",
    "NumericLessThan",
    "DateEquals",
    "Bool",
    "BinaryEquals",
    "IpAddress",
    "ArnLike",
  ];
  const negated = ["StringNotEquals", "StringNotLike", "NumericNotEquals", "DateNotEquals", "NotIpAddress", "ArnNotEquals"];
  for (const operator of [...positive, ...negated]) {
    assert.equal(holds(operator, "1", undefined), negated.includes(operator), operator);
    assert.equal(holds(operator, "1", []), negated.includes(operator), operator);
    assert.ok(holds(`${operator}IfExists`, "1", undefined), operator);
    assert.ok(holds(`ForAllValues:${operator}`, "1", undefined), operator);
    assert.ok(!holds(`ForAnyValue:${operator}`, "1", undefined), operator);
    assert.ok(holds(`ForAnyValue:${operator}IfExists`, "1", undefined), operator);
  }
  assert.ok(holds("StringEqualsIfExists", "x", "x"));
  assert.ok(!holds("StringEqualsIfExists", "x", "y"));
});

test("of many values, all or one must hold; what is negated holds where none of the policy's is met", () => {
  const wanted = ["team", "env"];
  for (const [operator, given, expected] of [
    ["ForAllValues:StringEquals", ["team", "env"], true],
    ["ForAllValues:StringEquals", ["team"], true],
    ["ForAllValues:StringEquals", ["team", "x"], false],
    ["ForAnyValue:StringEquals", ["team", "x"], true],
    ["ForAnyValue:StringEquals", ["x", "y"], false],
    ["ForAllValues:StringNotEquals", ["x", "y"], true],
    ["ForAllValues:StringNotEquals", ["team", "y"], false],
    ["ForAnyValue:StringNotEquals", ["team", "y"], true],
    ["ForAnyValue:StringNotEquals", ["team", "env"], false],
    ["ForAnyValue:StringEquals", "team", true],
    ["ForAllValues:StringEquals", "x", false],
    ["StringEquals", ["team"], true],
    ["StringEquals", ["env"], true],
    ["StringNotEquals", ["x"], true],
    ["StringNotEquals", ["env"], false],
  ] as const) {
    assert.equal(holds(operator, wanted, given), expected, `${operator} ${String(given)}`);
  }
});

test("a key with many values never holds without a set operator", () => {
  for (const effect of ["Allow", "Deny"] as const) {
    for (const operator of ["StringEquals", "StringNotEquals", "StringLikeIfExists"]) {
      assert.ok(!holds(operator, "team", ["team", "env"], { effect }));
    }
  }
});

test("where one side has not the operator's type, an Allow does not apply and a Deny does", () => {
  const cases: readonly (readonly [string, Values, Values])[] = [
    ["NumericEquals", "ten", "10"],
    ["NumericNotEquals", "10", "ten"],
    ["NumericLessThan", "1e3", "1"],
    ["NumericEquals", "99999999999999999", "99999999999999999"],
    ["DateLessThan", "tomorrow", "2026-01-01"],
    ["DateGreaterThan", "2026-02-30", "2026-03-05"],
    ["DateNotEquals", "2026-01-01T00:00:00", "2026-01-01"],
    ["DateEquals", "2026-13-01", "2026-01-01"],
    ["Bool", "yes", "true"],
    ["BinaryEquals", "a", "YQ=="],
    ["IpAddress", "10.0.0.0/33", "10.0.0.1"],
    ["IpAddress", "10.0.0.0/8", "10.0.0.0/24"],
    ["NotIpAddress", "10.0.0/8", "11.0.0.1"],
    ["NotIpAddress", "10.0.0.0/8", "unknown"],
    ["IpAddress", "fe80::1%eth0", "fe80::1"],
    ["Null", "maybe", "x"],
    ["ForAnyValue:NumericEquals", "1", ["2", "x"]],
    ["ForAllValues:NumericEquals", "1", ["1", "x"]],
    ["StringLike", "*", "x".repeat(1025)],
  ];
  for (const [operator, wanted, given] of cases) {
    const name = `${operator} ${String(wanted)} for ${String(given)}`;
    assert.equal(holds(operator, wanted, given, { effect: "Allow" }), false, name);
    assert.equal(holds(operator, wanted, given, { effect: "Deny" }), true, name);
  }
  // Another value of the policy has the answer already.
  assert.equal(holds("NotIpAddress", ["10.0.0.0/8", "ten"], "10.1.1.1", { effect: "Deny" }), false);
  assert.equal(holds("ForAllValues:NumericEquals", "1", ["2", "x"], { effect: "Deny" }), false);
});

test("variables bring the request's values, which are never wildcards", () => {
  check(
    "StringEquals",
    [
      ["${aws:username}", "anna"],
      ["${AWS:UserName}-x", "anna-x"],
      ["${aws:PrincipalTag/team}", "a*b"],
      ["${aws:none, 'nobody'}", "nobody"],
      ["${aws:username,'nobody'}", "anna"],
      ["${*}${?}${$}", "*?$"],
      ["$ {aws:username}", "$ {aws:username}"],
      ["${aws:username", "${aws:username"],
      ["${aws:none, nobody}", "${aws:none, nobody}"],
      ["${}", "${}"],
      ["${${aws:username}}", "${anna}"],
    ],
    [
      ["${aws:none}", ""],
      ["${aws:none}", "${aws:none}"],
      ["${aws:long}", "x".repeat(1025)],
      // Of many values, none is the one.
      ["${aws:TagKeys}", "x"],
      ["${aws:TagKeys, 'x'}", "x"],
    ],
  );
  check(
    "StringLike",
    [
      ["${aws:PrincipalTag/team}/*", "a*b/c"],
      ["x${*}", "x*"],
      ["*${aws:username}?", "-anna-"],
    ],
    [
      ["${aws:PrincipalTag/team}", "axb"],
      ["x${*}", "xy"],
    ],
  );
  checkBoth("StringEquals", "StringNotEquals", [["${aws:username}", "anna"]], [["${aws:none}", "anna"]]);
  check("NumericEquals", [], [["${aws:none, '1'}", "1"]]);
});

test("before 2012-10-17 a variable is the text that it is written with", () => {
  const place = { version: "2008-10-17" } as const;
  assert.ok(holds("StringEquals", "${aws:username}", "${aws:username}", place));
  assert.ok(!holds("StringEquals", "${aws:username}", "anna", place));
});

test("no values at all are equal to nothing", () => {
  assert.ok(!holds("StringEquals", [], "x"));
  assert.ok(holds("StringNotEquals", [], "x"));
});
