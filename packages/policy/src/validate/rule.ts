import type { Place } from "../parse/report.ts";
import type { Severity } from "./finding.ts";
import type { Subject } from "./subject.ts";

export const userGuide = "https://docs.aws.amazon.com/IAM/latest/UserGuide";
/** The checks of IAM Access Analyzer; the name of one follows. */
export const checks = `${userGuide}/access-analyzer-reference-policy-checks.html#access-analyzer-reference-policy-checks`;
/** The Service Authorization Reference. */
export const reference =
  "https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html";

/** What a rule says of one place in the document. */
export interface Remark {
  readonly place: Place;
  /** Lower case, names in backticks, no final stop. */
  readonly message: string;
  readonly help?: string;
}

export type Check = (subject: Subject) => readonly Remark[];

export interface Rule {
  readonly severity: Severity;
  /** One line: what a finding of this rule means. */
  readonly meaning: string;
  /** The documentation page the rule comes from. */
  readonly page: string;
  readonly check: Check;
}

/** The remark with its help, where there is one. */
export function remark(place: Place, message: string, help: string | undefined): Remark {
  return help === undefined ? { place, message } : { place, message, help };
}

/** `` `a`, `b` and `c` ``; of a long list the first three. */
export function listNames(names: readonly string[]): string {
  const quoted = names.slice(0, 3).map((name) => `\`${name}\``);
  if (names.length > 3) return `${quoted.join(", ")} and ${names.length - 3} more`;
  const last = quoted.pop() ?? "";
  return quoted.length === 0 ? last : `${quoted.join(", ")} and ${last}`;
}

export function didYouMean(near: string | undefined): string | undefined {
  return near === undefined ? undefined : `did you mean \`${near}\`?`;
}
