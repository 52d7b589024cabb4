/** Boolean formulas over sets of values. Each literal is about one dimension: the action, the resource, or one condition key. */
import type { ActionPattern, Condition, Effect, PatternPart } from "../model/policy.ts";

/** What a literal asks of the value of its dimension. */
export type ValueSet =
  /** The text matches one of the patterns. */
  | { readonly id: number; readonly kind: "action"; readonly patterns: readonly ActionPattern[] }
  | { readonly id: number; readonly kind: "resource"; readonly patterns: readonly (readonly PatternPart[])[] }
  /** The text is one of these. */
  | { readonly id: number; readonly kind: "texts"; readonly texts: readonly string[] }
  | ConditionSet;

/** The condition lets a statement of this effect apply. */
export interface ConditionSet {
  readonly id: number;
  readonly kind: "condition";
  readonly condition: Condition;
  readonly effect: Effect;
}

export interface Literal {
  readonly dimension: string;
  readonly set: ValueSet;
  /** Whether the value has to be in the set, or must not be. */
  readonly wanted: boolean;
}

export type Formula =
  | { readonly kind: "literal"; readonly literal: Literal }
  | { readonly kind: "all"; readonly parts: readonly Formula[] }
  | { readonly kind: "any"; readonly parts: readonly Formula[] };

export const always: Formula = { kind: "all", parts: [] };
export const never: Formula = { kind: "any", parts: [] };

export function allOf(parts: readonly Formula[]): Formula {
  const flat = parts.flatMap((part) => (part.kind === "all" ? part.parts : [part]));
  if (flat.some((part) => part.kind === "any" && part.parts.length === 0)) return never;
  const [only] = flat;
  return flat.length === 1 && only !== undefined ? only : { kind: "all", parts: flat };
}

export function anyOf(parts: readonly Formula[]): Formula {
  const flat = parts.flatMap((part) => (part.kind === "any" ? part.parts : [part]));
  if (flat.some((part) => part.kind === "all" && part.parts.length === 0)) return always;
  const [only] = flat;
  return flat.length === 1 && only !== undefined ? only : { kind: "any", parts: flat };
}

export function not(formula: Formula): Formula {
  if (formula.kind === "literal")
    return { kind: "literal", literal: { ...formula.literal, wanted: !formula.literal.wanted } };
  return formula.kind === "all" ? anyOf(formula.parts.map(not)) : allOf(formula.parts.map(not));
}

export function literal(dimension: string, set: ValueSet, wanted = true): Formula {
  return { kind: "literal", literal: { dimension, set, wanted } };
}
