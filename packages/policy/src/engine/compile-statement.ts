/** One statement without its action: what is left to ask once the index has led to it. */
import { matchPrincipal } from "../match/principal-match.ts";
import type { AccessRequest, ContextLookup, StatementPlace } from "../model/request.ts";
import type { Statement } from "../model/policy.ts";
import { type CompiledCondition, compileCondition } from "./compile-condition.ts";
import { compileResourcePattern, matchesResource, type ResourcePattern } from "../match/resource.ts";

export interface CompiledStatement {
  /** Position in the document. */
  readonly index: number;
  readonly source: Statement;
  /** The patterns of `Resource` or `NotResource`. */
  readonly resources: readonly ResourcePattern[];
  readonly conditions: readonly CompiledCondition[];
  /**
   * The walk (see `scan-program.ts`) that asked this statement last. Another of its patterns may lead the same walk to it again,
   * and the answer would be the same.
   */
  metIn: number;
}

export function compileStatement(source: Statement, index: number): CompiledStatement {
  const { resource, conditions, effect } = source;
  return {
    index,
    source,
    resources: resource === undefined ? [] : resource.patterns.map(compileResourcePattern),
    conditions: conditions.map((condition) => compileCondition(condition, effect)),
    metIn: 0,
  };
}

/**
 * Whether a statement that holds for the action applies, once the index has led to it: all other elements together.
 * `matched`: one of its patterns has matched the resource already; otherwise that is asked here.
 */
export function statementApplies(
  statement: CompiledStatement,
  matched: boolean,
  text: string,
  request: AccessRequest,
  place: StatementPlace,
): boolean {
  if (!matched && !appliesToEvery(statement, text, request.context, place)) return false;
  if (!principalApplies(statement.source, request, place)) return false;
  for (const condition of statement.conditions) if (!condition(request.context)) return false;
  return true;
}

export function principalApplies(
  { principal, effect }: Statement,
  request: AccessRequest,
  place: StatementPlace,
): boolean {
  // INVARIANT: the parser refuses a principal in an attached policy, and a resource's policy without one. A statement that has it
  // all the same grants nothing and denies everybody.
  if ((principal === undefined) !== (place === "attached")) return effect === "Deny";
  if (principal === undefined) return true;
  return matchPrincipal(principal, effect, request.principal, request.bounded === true) !== "none";
}

/** Whether `Resource` or `NotResource` holds, for a statement that the resource index did not lead to. */
export function resourceApplies(
  statement: CompiledStatement,
  text: string,
  context: ContextLookup,
  place: StatementPlace,
): boolean {
  const { resource } = statement.source;
  if (resource === undefined || resource.negated) return appliesToEvery(statement, text, context, place);
  return statement.resources.some((pattern) => matchesResource(pattern, text, context));
}

/**
 * `NotResource`, or no resource element at all, which only a trust policy may have. A pattern with a variable that the request has
 * no value for matches nothing, so `NotResource` holds for it.
 */
function appliesToEvery(
  { source, resources }: CompiledStatement,
  text: string,
  context: ContextLookup,
  place: StatementPlace,
): boolean {
  if (source.resource === undefined) return place === "trust" || source.effect === "Deny";
  for (const pattern of resources) if (matchesResource(pattern, text, context)) return false;
  return true;
}
