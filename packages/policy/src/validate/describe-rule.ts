import { grammarRules } from "./grammar-rules.ts";
import type { Rule } from "./rule.ts";
import { rules } from "./rules.ts";

const table: ReadonlyMap<string, Rule> = new Map(Object.entries(rules));

/** What a finding of this code means, and its documentation page; undefined for a code no rule has. */
export function describeRule(code: string): { readonly meaning: string; readonly page: string } | undefined {
  return table.get(code) ?? grammarRules.get(code);
}
