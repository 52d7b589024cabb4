import { parsePolicy } from "../parse/parse.ts";
import { policySize } from "../parse/print.ts";
import { type Finding, severities, type Severity } from "./finding.ts";
import { type PolicyUse, policyUses } from "./policy-uses.ts";
import type { Remark, Rule } from "./rule.ts";
import { rules } from "./rules.ts";
import { locateStatements, type Subject } from "./subject.ts";

export interface ValidationOptions {
  /** What the document is used as. */
  readonly kind: PolicyUse;
  /** The bucket whose policy it is; without it, which bucket the resources name is not checked. */
  readonly bucket?: string;
}

/** Characters. Beyond twice the largest policy only the size is reported: other rules compare everything with everything. */
const comparable = 40_960;

/**
 * What is wrong with a policy, dangerous in it or could be better: errors in the grammar, and of a document without them what the
 * rules of `rules.ts` find. Never throws, whatever the text. Sorted by place; at one place the heaviest first.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-policy-validation.html
 */
export function validatePolicy(text: string, { kind, bucket }: ValidationOptions): readonly Finding[] {
  const use: (typeof policyUses)[PolicyUse] = policyUses[kind];
  const { policy, diagnostics } = parsePolicy(text, use.kind);
  const grammar: readonly Finding[] = diagnostics;
  if (policy === undefined) return inOrder(grammar);
  const subject: Subject = {
    text,
    kind: use.kind,
    policy,
    statements: locateStatements(text, policy),
    document: { pointer: "", span: { start: 0, end: text.length } },
    ...("limit" in use ? { limit: use.limit } : {}),
    ...(bucket === undefined ? {} : { bucket }),
  };
  const applied: readonly (readonly [string, Rule])[] =
    policySize(text) > comparable ? [["policy-too-large", rules["policy-too-large"]]] : Object.entries(rules);
  return inOrder([...grammar, ...applied.flatMap(([code, rule]) => apply(code, rule, subject))]);
}

function apply(code: string, { severity, check }: Rule, subject: Subject): readonly Finding[] {
  return check(subject).map((remark) => findingOf(code, severity, remark));
}

function findingOf(code: string, severity: Severity, { place: { pointer, span }, message, help }: Remark): Finding {
  return { code, severity, pointer, span, message, ...(help === undefined ? {} : { help }) };
}

function inOrder(findings: readonly Finding[]): readonly Finding[] {
  const weight = ({ severity }: Finding): number => severities.indexOf(severity);
  return findings.toSorted((left, right) => left.span.start - right.span.start || weight(left) - weight(right));
}
