/** The rules beyond the grammar, by theme: what a finding of each means, how much it weighs and where it is documented. */
import { grammarRules } from "./grammar-rules.ts";
import type { Rule } from "./rule.ts";
import { accessRules } from "./rules/access-rules.ts";
import { actionRules } from "./rules/action-rules.ts";
import { conditionKeyRules } from "./rules/condition-key-rules.ts";
import { conditionSetRules } from "./rules/condition-set-rules.ts";
import { conditionValueRules } from "./rules/condition-value-rules.ts";
import { documentRules } from "./rules/document-rules.ts";
import { identifierRules } from "./rules/identifier-rules.ts";
import { principalRules } from "./rules/principal-rules.ts";
import { redundancyRules } from "./rules/redundancy-rules.ts";
import { resourceRules } from "./rules/resource-rules.ts";
import { trustRules } from "./rules/trust-rules.ts";

export const rules = {
  ...documentRules,
  ...accessRules,
  ...principalRules,
  ...trustRules,
  ...actionRules,
  ...resourceRules,
  ...identifierRules,
  ...conditionKeyRules,
  ...conditionValueRules,
  ...conditionSetRules,
  ...redundancyRules,
};

export type RuleCode = keyof typeof rules;

const table: ReadonlyMap<string, Rule> = new Map(Object.entries(rules));

/** What a finding of this code means, and its documentation page; undefined for a code no rule has. */
export function describeRule(code: string): { readonly meaning: string; readonly page: string } | undefined {
  return table.get(code) ?? grammarRules.get(code);
}
