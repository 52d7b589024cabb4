/**
 * The operator table: what the parser accepts and what every evaluator uses.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 */
import type { ContextLookup } from "../model/request.ts";
import type { TextPattern } from "../model/policy.ts";
import { parsePattern } from "../match/pattern.ts";
import { checkArnConstant, testArn } from "./arn.ts";
import { parseBool, testBool } from "./bool.ts";
import { decodeBase64, testBinary } from "./binary.ts";
import { comparisons, type ConstantParser } from "./comparison.ts";
import { compareDates, parseDate } from "./date.ts";
import { parseIpRange, testIpAddress } from "./ip-address.ts";
import { compareNumbers, parseDecimal } from "./numeric.ts";
import { testString } from "./string.ts";

export type OperatorFamily = "string" | "numeric" | "date" | "bool" | "binary" | "ip-address" | "arn" | "null";

/** Tests one value of the request; undefined when the value is malformed for the operator. */
export type PreparedTest = (value: string, context: ContextLookup) => boolean | undefined;

export interface OperatorRow {
  readonly family: OperatorFamily;
  /** The operator is the negation of its test: true for a missing key, and several policy values mean "none of them". */
  readonly negated: boolean;
  readonly wildcards: boolean;
  readonly variables: boolean;
  /** Error text for a constant the operator cannot use. `variables`: whether the policy's version has them. */
  readonly check: (constant: string, variables: boolean) => string | undefined;
  /** The (positive) test for one constant of the policy; undefined for a constant `check` refuses. */
  readonly prepare: (constant: TextPattern) => PreparedTest | undefined;
}

function stringRow(negated: boolean, wildcards: boolean, ignoreCase: boolean): OperatorRow {
  return {
    family: "string",
    negated,
    wildcards,
    variables: true,
    check: () => undefined,
    prepare: testString({ ignoreCase }),
  };
}

/** Rows of the families whose constants are parsed as a whole: "you cannot use a policy variable" with them. */
function literalRow(
  family: OperatorFamily,
  negated: boolean,
  parse: ConstantParser,
  check: (constant: string) => string | undefined,
): OperatorRow {
  return { family, negated, wildcards: false, variables: false, check, prepare: (constant) => parse(constant.text) };
}

function numericRow(negated: boolean, parse: ConstantParser): OperatorRow {
  return literalRow("numeric", negated, parse, (constant) =>
    parseDecimal(constant) === undefined ? "must be a number" : undefined,
  );
}

function dateRow(negated: boolean, parse: ConstantParser): OperatorRow {
  return literalRow("date", negated, parse, (constant) =>
    parseDate(constant) === undefined
      ? "must be a date such as `2026-01-31T12:00:00Z` or a number of seconds since 1970"
      : undefined,
  );
}

function ipRow(negated: boolean): OperatorRow {
  return literalRow("ip-address", negated, testIpAddress, (constant) =>
    parseIpRange(constant) === undefined
      ? "must be an IP address or a range such as `203.0.113.0/24` or `2001:db8::/32`"
      : undefined,
  );
}

function arnRow(negated: boolean): OperatorRow {
  return { family: "arn", negated, wildcards: true, variables: true, check: checkArnConstant, prepare: testArn };
}

function holdsVariable(constant: string): boolean {
  const pattern = parsePattern(constant, { wildcards: false, variables: true });
  return "parts" in pattern && pattern.parts.some(({ kind }) => kind === "variable");
}

function checkBool(constant: string): string | undefined {
  return parseBool(constant) === undefined ? "must be `true` or `false`" : undefined;
}

export const operators = {
  StringEquals: stringRow(false, false, false),
  StringNotEquals: stringRow(true, false, false),
  StringEqualsIgnoreCase: stringRow(false, false, true),
  StringNotEqualsIgnoreCase: stringRow(true, false, true),
  StringLike: stringRow(false, true, false),
  StringNotLike: stringRow(true, true, false),
  NumericEquals: numericRow(false, compareNumbers(comparisons.equal)),
  NumericNotEquals: numericRow(true, compareNumbers(comparisons.equal)),
  NumericLessThan: numericRow(false, compareNumbers(comparisons.less)),
  NumericLessThanEquals: numericRow(false, compareNumbers(comparisons.lessOrEqual)),
  NumericGreaterThan: numericRow(false, compareNumbers(comparisons.greater)),
  NumericGreaterThanEquals: numericRow(false, compareNumbers(comparisons.greaterOrEqual)),
  DateEquals: dateRow(false, compareDates(comparisons.equal)),
  DateNotEquals: dateRow(true, compareDates(comparisons.equal)),
  DateLessThan: dateRow(false, compareDates(comparisons.less)),
  DateLessThanEquals: dateRow(false, compareDates(comparisons.lessOrEqual)),
  DateGreaterThan: dateRow(false, compareDates(comparisons.greater)),
  DateGreaterThanEquals: dateRow(false, compareDates(comparisons.greaterOrEqual)),
  // The one literal family whose documentation section allows variables.
  Bool: {
    family: "bool",
    negated: false,
    wildcards: false,
    variables: true,
    check: (constant, variables) => (variables && holdsVariable(constant) ? undefined : checkBool(constant)),
    prepare: testBool,
  },
  BinaryEquals: literalRow("binary", false, testBinary, (constant) =>
    decodeBase64(constant) === undefined ? "must be base64" : undefined,
  ),
  IpAddress: ipRow(false),
  NotIpAddress: ipRow(true),
  // "The ArnEquals and ArnLike condition operators behave identically", the negated ones too.
  ArnEquals: arnRow(false),
  ArnLike: arnRow(false),
  ArnNotEquals: arnRow(true),
  ArnNotLike: arnRow(true),
  // Asks whether the key is there, so `evaluateCondition` never tests a value of the request with it.
  Null: literalRow("null", false, () => undefined, checkBool),
} as const satisfies Record<string, OperatorRow>;

export type OperatorName = keyof typeof operators;

export function isOperatorName(name: string): name is OperatorName {
  return Object.hasOwn(operators, name);
}

export interface OperatorUse {
  readonly operator: OperatorName;
  readonly set?: "ForAllValues" | "ForAnyValue";
  readonly ifExists: boolean;
  /** `pattern`: `*` and `?` in values are wildcards; `literal`: they are plain characters. */
  readonly valueParts: "pattern" | "literal";
  /** Whether `${…}` in values is a variable (in version 2012-10-17). */
  readonly variables: boolean;
}

const WRITTEN = /^(?:(ForAllValues|ForAnyValue):)?([A-Za-z]+?)(IfExists)?$/;

/**
 * Reads an operator as a policy writes it: `ForAnyValue:StringLikeIfExists`. Exact documented spelling; undefined for
 * anything else, also for `Null` with `IfExists` or a set qualifier: it asks for the key, not for values.
 */
export function lookupOperator(written: string): OperatorUse | undefined {
  const found = WRITTEN.exec(written);
  if (found === null) return undefined;
  const [, set, operator, suffix] = found;
  if (operator === undefined || !isOperatorName(operator)) return undefined;
  const ifExists = suffix !== undefined;
  if (operator === "Null" && (ifExists || set !== undefined)) return undefined;
  const row = operators[operator];
  return {
    operator,
    ...(set === "ForAllValues" || set === "ForAnyValue" ? { set } : {}),
    ifExists,
    valueParts: row.wildcards ? "pattern" : "literal",
    variables: row.variables,
  };
}

/**
 * Why `value` cannot be a constant of `operator` (a base name from `lookupOperator`); undefined when it can. `variables`: false
 * for the version 2008-10-17, in which `${…}` is plain text.
 */
export function checkOperatorValue(operator: string, value: string, variables = true): string | undefined {
  if (!isOperatorName(operator)) return `\`${operator}\` is not a condition operator`;
  return operators[operator].check(value, variables);
}
