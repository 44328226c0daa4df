import { PATTERN_TEXT_LENGTH_MAX } from "../kernel/limits.ts";
import { compileArn, matchesArn, splitArn } from "./arn-pattern.ts";
import type { ConditionOperator } from "./condition.ts";
import { contains, parseIpAddress, parseIpRange } from "./ip-range.ts";
import { parseBoolean, parseBytes, parseNumber, parseSeconds } from "./condition-value.ts";
import { compilePattern, matches } from "./pattern.ts";
import type { RequestContext } from "./request.ts";
import type { Signs } from "./signs.ts";
import { expandSigns, expandText, fixedText, type Template } from "./template.ts";

/** One value of a policy, ready to be compared with one of a request. Undefined: they cannot be compared, for one has not the type. */
export type Comparison = (value: string, context: RequestContext) => boolean | undefined;

/** How an operator compares, and whether it holds where nothing is found equal. */
export interface Operation {
  readonly isNegated: boolean;
  readonly compile: (written: Template, text: string) => Comparison;
}

type Compile = Operation["compile"];

const equals: Compile = textual((value, wanted) => value === wanted);
const equalsIgnoreCase: Compile = textual((value, wanted) => value.toLowerCase() === wanted.toLowerCase());
const like = patterned(compilePattern, matches);
const arnLike = patterned(compileArn, (pattern, value) => {
  const parts = splitArn(value);
  return pattern !== undefined && parts !== undefined && matchesArn(pattern, parts);
});
const bool: Compile = textual((value, wanted) => equalOrUnclear(parseBoolean(value), parseBoolean(wanted)));
const binary: Compile = typed(parseBytes, (value, wanted) => value === wanted);
const inRange: Compile = typed(parseIpRange, (value, wanted) => contains(wanted, value), parseIpAddress);

const holds = (compile: Compile): Operation => ({ isNegated: false, compile });
const holdsNot = (compile: Compile): Operation => ({ isNegated: true, compile });
const numeric = (compare: Order): Operation => holds(typed(parseNumber, compare));
const date = (compare: Order): Operation => holds(typed(parseSeconds, compare));

type Order = (value: number, wanted: number) => boolean;
const isEqual: Order = (value, wanted) => value === wanted;
const isLess: Order = (value, wanted) => value < wanted;
const isLessOrEqual: Order = (value, wanted) => value <= wanted;
const isGreater: Order = (value, wanted) => value > wanted;
const isGreaterOrEqual: Order = (value, wanted) => value >= wanted;

/** Every operator but `Null`, which compares nothing. (IAM User Guide, condition operators) */
export const OPERATIONS: Readonly<Record<Exclude<ConditionOperator, "Null">, Operation>> = {
  StringEquals: holds(equals),
  StringNotEquals: holdsNot(equals),
  StringEqualsIgnoreCase: holds(equalsIgnoreCase),
  StringNotEqualsIgnoreCase: holdsNot(equalsIgnoreCase),
  StringLike: holds(like),
  StringNotLike: holdsNot(like),
  NumericEquals: numeric(isEqual),
  NumericNotEquals: holdsNot(typed(parseNumber, isEqual)),
  NumericLessThan: numeric(isLess),
  NumericLessThanEquals: numeric(isLessOrEqual),
  NumericGreaterThan: numeric(isGreater),
  NumericGreaterThanEquals: numeric(isGreaterOrEqual),
  DateEquals: date(isEqual),
  DateNotEquals: holdsNot(typed(parseSeconds, isEqual)),
  DateLessThan: date(isLess),
  DateLessThanEquals: date(isLessOrEqual),
  DateGreaterThan: date(isGreater),
  DateGreaterThanEquals: date(isGreaterOrEqual),
  Bool: holds(bool),
  BinaryEquals: holds(binary),
  IpAddress: holds(inRange),
  NotIpAddress: holdsNot(inRange),
  // IAM: of ARNs, "equals" and "like" are the same. (IAM User Guide, ARN condition operators)
  ArnEquals: holds(arnLike),
  ArnLike: holds(arnLike),
  ArnNotEquals: holdsNot(arnLike),
  ArnNotLike: holdsNot(arnLike),
};

/** Compares texts, with variables in the policy's. IAM: a variable that the request does not have makes it equal to nothing. */
function textual(compare: (value: string, wanted: string) => boolean | undefined): Compile {
  return (written) => {
    const fixed = fixedText(written);
    if (fixed !== undefined) return (value) => compare(value, fixed);
    return (value, context) => {
      const wanted = expandText(written, context);
      return wanted === undefined ? false : compare(value, wanted);
    };
  };
}

/** As `textual`, for patterns. What is too long to be compared in good time is not compared. */
function patterned<Compiled>(
  compile: (signs: Signs) => Compiled,
  compare: (pattern: Compiled, value: string) => boolean,
): Compile {
  return (written) => {
    const fixedSigns = fixedText(written) === undefined ? undefined : expandSigns(written, () => undefined);
    const fixed = fixedSigns === undefined ? undefined : { pattern: compile(fixedSigns) };
    return (value, context) => {
      if (value.length > PATTERN_TEXT_LENGTH_MAX) return undefined;
      if (fixed !== undefined) return compare(fixed.pattern, value);
      const signs = expandSigns(written, context);
      return signs === undefined ? false : compare(compile(signs), value);
    };
  };
}

/** Compares values that are not texts; those have no variables. A request's value may be of a narrower form than a policy's. */
function typed<Value>(
  parse: (text: string) => Value | undefined,
  compare: (value: Value, wanted: Value) => boolean,
  parseGiven = parse,
): Compile {
  return (_, text) => {
    const wanted = parse(text);
    if (wanted === undefined) return () => undefined;
    return (value) => {
      const given = parseGiven(value);
      return given === undefined ? undefined : compare(given, wanted);
    };
  };
}

function equalOrUnclear<Value>(value: Value | undefined, wanted: Value | undefined): boolean | undefined {
  return value === undefined || wanted === undefined ? undefined : value === wanted;
}
