/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html */
import { checkOperatorValue, lookupOperator, operators, type OperatorUse } from "../condition/operators.ts";
import { parsePattern } from "../match/pattern.ts";
import type { JsonMember, JsonNode } from "./json.ts";
import type { Condition, PolicyVersion, TextPattern } from "../model/policy.ts";
import { placeOf, pointerTo, type Report } from "./report.ts";
import { nearestName } from "../match/nearest-name.ts";

type Scalar = string | number | boolean;

export function readConditions(
  node: JsonNode,
  pointer: string,
  version: PolicyVersion,
  report: Report,
): readonly Condition[] {
  if (node.kind !== "object") {
    report.error("wrong-type", placeOf(node, pointer), "must be an object of operators");
    return [];
  }
  return node.members.flatMap((member) => readOperator(member, pointerTo(pointer, member.key), version, report));
}

function readOperator(
  { key: written, keySpan, value }: JsonMember,
  pointer: string,
  version: PolicyVersion,
  report: Report,
): readonly Condition[] {
  const use = lookupOperator(written);
  if (use === undefined) {
    const near = nearestName(written, Object.keys(operators));
    const help = near === undefined ? undefined : `did you mean \`${near}\`?`;
    report.error("unknown-operator", { pointer, span: keySpan }, `\`${written}\` is not a condition operator`, help);
    return [];
  }
  if (value.kind !== "object") {
    report.error("wrong-type", placeOf(value, pointer), "must be an object of condition keys");
    return [];
  }
  // An operator without keys would hold for every request.
  if (value.members.length === 0)
    report.error("empty-condition", placeOf(value, pointer), `\`${written}\` has no condition key`);
  const conditions: Condition[] = [];
  for (const member of value.members) {
    const condition = readKey(written, use, member, pointerTo(pointer, member.key), version, report);
    if (condition !== undefined) conditions.push(condition);
  }
  return conditions;
}

function readKey(
  written: string,
  use: OperatorUse,
  { key, keySpan, value }: JsonMember,
  pointer: string,
  version: PolicyVersion,
  report: Report,
): Condition | undefined {
  if (!/^[^\s:]+:\S/.test(key)) {
    report.error(
      "invalid-condition-key",
      { pointer, span: keySpan },
      `\`${key}\` is not a condition key`,
      "keys have a prefix, for example `s3:prefix` or `aws:SourceIp`",
    );
    return undefined;
  }
  const items = value.kind === "array" ? value.items : [value];
  // No value matches nothing, and a negated operator would then hold for everything.
  if (items.length === 0) report.error("empty-list", placeOf(value, pointer), "must name at least one value");
  const values: TextPattern[] = [];
  const scalars: Scalar[] = [];
  for (const [index, item] of items.entries()) {
    const at = value.kind === "array" ? pointerTo(pointer, index) : pointer;
    const scalar = readScalar(item);
    if (scalar === undefined) {
      report.error("wrong-type", placeOf(item, at), "must be a string, a number or a boolean");
      continue;
    }
    const pattern = readValue(use, scalar, version);
    if ("error" in pattern)
      report.error("invalid-condition-value", placeOf(item, at), `\`${String(scalar)}\` ${pattern.error}`);
    else {
      values.push(pattern);
      scalars.push(scalar);
    }
  }
  const [first] = scalars;
  const { operator, set, ifExists } = use;
  const writtenValues = value.kind === "array" || first === undefined ? scalars : first;
  return { written, operator, ...(set === undefined ? {} : { set }), ifExists, key, values, writtenValues };
}

/** A number that JavaScript would print otherwise stays text; it is the text that is compared. */
function readScalar(node: JsonNode): Scalar | undefined {
  if (node.kind === "string" || node.kind === "boolean") return node.value;
  if (node.kind !== "number") return undefined;
  const number = Number(node.text);
  return String(number) === node.text ? number : node.text;
}

function readValue(use: OperatorUse, scalar: Scalar, version: PolicyVersion): TextPattern | { readonly error: string } {
  const text = String(scalar);
  const pattern = parsePattern(text, {
    wildcards: use.valueParts === "pattern",
    variables: use.variables && version === "2012-10-17",
  });
  if ("error" in pattern) return { error: `holds ${pattern.error}` };
  if (pattern.parts.some(({ kind }) => kind === "variable")) return pattern;
  const fault = checkOperatorValue(use.operator, text, version === "2012-10-17");
  return fault === undefined ? pattern : { error: fault };
}
