/** One statement without its action: what is left to ask once the index has led to it. */
import { hasMissingVariable } from "../condition/missing-variable.ts";
import { matchPrincipal } from "../evaluate/principal-match.ts";
import type { AccessRequest, ContextLookup } from "../evaluate/request.ts";
import type { StatementPlace } from "../evaluate/statement.ts";
import type { Effect, Statement } from "../syntax/policy.ts";
import { type CompiledCondition, compileCondition } from "./compile-condition.ts";
import { compileResourcePattern, matchesResource, type ResourcePattern } from "../names/resource.ts";

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
 * Whether a statement that holds for the action applies, once the index has led to it: all elements together.
 * `matched`: one of its patterns has matched the resource; else it is asked here.
 */
export function statementApplies(
  statement: CompiledStatement,
  matched: boolean,
  text: string,
  request: AccessRequest,
  place: StatementPlace,
): boolean {
  const { source, conditions } = statement;
  if (!matched && !appliesToEvery(statement, text, request.context, place)) return false;
  // As in `evaluate`: a principal where none may stand, or none where one must, grants nothing and denies everybody.
  if ((source.principal === undefined) !== (place === "attached")) {
    if (source.effect !== "Deny") return false;
  } else if (source.principal !== undefined) {
    if (matchPrincipal(source.principal, source.effect, request.principal, request.bounded === true) === "none")
      return false;
  }
  for (const condition of conditions) if (!condition(request.context)) return false;
  return true;
}

/** `NotResource`, or no resource element at all, which only a trust policy may have. */
function appliesToEvery(
  { source, resources }: CompiledStatement,
  text: string,
  context: ContextLookup,
  place: StatementPlace,
): boolean {
  if (source.resource === undefined) return place === "trust" || source.effect === "Deny";
  for (const pattern of resources) {
    if (matchesResource(pattern, text, context)) return false;
    if (isUnsure(pattern, source.effect) && hasMissingVariable(pattern.pattern, context)) return false;
  }
  return true;
}

/** All but a place nobody knows: an Allow does not apply, a Deny does. */
function isUnsure({ shape }: ResourcePattern, effect: Effect): boolean {
  return effect === "Allow" && shape !== "exact" && shape !== "prefix";
}
