import type { Span } from "../model/policy.ts";

/**
 * How much a finding weighs, as in IAM Access Analyzer policy validation: `error`: the policy cannot be used or a part of it
 * never works; `security-warning`: it may grant more than intended; `warning`: it may not do what it says; `suggestion`: it can be
 * written better.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-policy-validation.html
 */
export type Severity = "error" | "security-warning" | "warning" | "suggestion";

export const severities: readonly Severity[] = ["error", "security-warning", "warning", "suggestion"];

export interface Finding {
  /** A row of `rules` or of `grammarRules`. */
  readonly code: string;
  readonly severity: Severity;
  /** JSON pointer (RFC 6901) of the value concerned, `""` for the document. */
  readonly pointer: string;
  readonly span: Span;
  /** Lower case, names in backticks, no final stop. */
  readonly message: string;
  readonly help?: string;
}
