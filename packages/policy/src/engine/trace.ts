/** A decision with everything that led to it, for people: built only when it is asked for. */
import { evaluateCondition } from "../condition/evaluate-condition.ts";
import { applies } from "../condition/outcome.ts";
import type {
  AccessRequest,
  ContextLookup,
  Decision,
  LayerName,
  StatementElement,
  StatementPlace,
} from "../model/request.ts";
import type { PolicyOrigin } from "../model/policy-origin.ts";
import type { Condition, Effect, Statement } from "../model/policy.ts";
import { actionMatches } from "./action-index.ts";
import { type CompiledStatement, principalApplies, resourceApplies } from "./compile-statement.ts";
import { boundedRequest, decide, resourceText } from "./decide.ts";
import { visitLevels } from "./layer-order.ts";
import type { Layers, NamedProgram } from "./program.ts";
import {
  type LayerIndex,
  layerName,
  layerOf,
  policyIndexOf,
  readRuling,
  type Ruling,
  statementIndexOf,
  UNDECIDED,
} from "./ruling.ts";

/** One condition of a statement, held against the request. */
export interface ConditionTrace {
  /** As the policy writes it: `StringLike`, `ForAllValues:StringEqualsIfExists`. */
  readonly operator: string;
  readonly key: string;
  /** The policy's values, as written. */
  readonly expected: readonly string[];
  /** The request's values; undefined when the request does not have the key. */
  readonly actual: readonly string[] | undefined;
  /** Policy variables in `expected` that the request has no value for. */
  readonly missing: readonly string[];
  /** Whether the statement may apply as far as this condition goes. */
  readonly holds: boolean;
  /** The condition has no answer (a malformed value, several values without a set operator): an Allow fails, a Deny holds. */
  readonly indeterminate: boolean;
}

export interface StatementTrace {
  /** The statement itself, so that a change can be tried on it. */
  readonly source: Statement;
  /** Position in the document, from 0. */
  readonly index: number;
  readonly sid: string | undefined;
  readonly effect: Effect;
  readonly applies: boolean;
  /** The first element that did not hold; undefined when the statement applies. */
  readonly failedAt: StatementElement | undefined;
  /** The conditions that were reached, in the document's order; the last one is the one that failed, if one did. */
  readonly conditions: readonly ConditionTrace[];
  readonly decided: boolean;
}

export interface PolicyTrace {
  readonly name: string;
  readonly origin: PolicyOrigin | undefined;
  /** Undefined when the policy could not be read; its layer then denies. */
  readonly statements: readonly StatementTrace[] | undefined;
  readonly decided: boolean;
}

/** The policies of one layer; guardrails and sessions have one of these for each level or session. */
export interface LevelTrace {
  readonly layer: LayerName;
  /** `trust`: the layer of the resource is a role's trust policy. */
  readonly place: StatementPlace;
  readonly policies: readonly PolicyTrace[];
  /** One of its policies decided, or its lack of an Allow did. */
  readonly decided: boolean;
}

export interface DecisionTrace {
  readonly decision: Decision;
  /** In the order in which they are asked, as `visitLevels` says. */
  readonly levels: readonly LevelTrace[];
}

/** The same decision as `decide`, with the outcome of every statement of every layer. */
export function trace(layers: Layers, asked: AccessRequest): DecisionTrace {
  const ruling = decide(layers, asked);
  const request = boundedRequest(layers, asked);
  const text = resourceText(request);
  const levels: LevelTrace[] = [];
  const add = (layer: LayerIndex, place: StatementPlace, policies: readonly PolicyTrace[]): Ruling => {
    const name = layerName(layer);
    // A layer that lacks an Allow decides as a whole: only one of its sessions or levels is without one.
    const lacking = layerOf(ruling) === name && policyIndexOf(ruling) === undefined;
    const decided = policies.some((policy) => policy.decided) || (lacking && !policies.some(hasAllow));
    levels.push({ layer: name, place, policies, decided });
    return UNDECIDED;
  };
  const tracePolicy = (named: NamedProgram, layer: LayerIndex, at: number, place: StatementPlace): PolicyTrace => {
    const decided = layerOf(ruling) === layerName(layer) && policyIndexOf(ruling) === at;
    const { name, origin, program } = named;
    if (program === "unreadable") return { name, origin, statements: undefined, decided };
    const deciding = decided ? statementIndexOf(ruling) : undefined;
    const statements = program.statements.map((statement) =>
      traceStatement(statement, text, request, place, statement.index === deciding),
    );
    return { name, origin, statements, decided };
  };
  visitLevels(layers, request, text, {
    list: (policies, layer, before) =>
      add(
        layer,
        "attached",
        policies.map((policy, at) => tracePolicy(policy, layer, before + at, "attached")),
      ),
    one: (policy, layer, place) => add(layer, place, [tracePolicy(policy, layer, 0, place)]),
  });
  return { decision: readRuling(layers, ruling), levels };
}

function hasAllow({ statements = [] }: PolicyTrace): boolean {
  return statements.some(({ effect, applies: does }) => effect === "Allow" && does);
}

function traceStatement(
  statement: CompiledStatement,
  text: string,
  request: AccessRequest,
  place: StatementPlace,
  decided: boolean,
): StatementTrace {
  const { source, index } = statement;
  const { effect, sid } = source;
  const failedBefore = failingElement(statement, text, request, place);
  const conditions = failedBefore === undefined ? traceConditions(source, request.context) : [];
  const failedAt = failedBefore ?? (conditions.every(({ holds }) => holds) ? undefined : "condition");
  return { source, index, sid, effect, applies: failedAt === undefined, failedAt, conditions, decided };
}

/** The first element before the conditions that does not hold. */
function failingElement(
  statement: CompiledStatement,
  text: string,
  request: AccessRequest,
  place: StatementPlace,
): StatementElement | undefined {
  if (!principalApplies(statement.source, request, place)) return "principal";
  if (!actionMatches(statement.source, request.action)) return "action";
  return resourceApplies(statement, text, request.context, place) ? undefined : "resource";
}

/** All conditions must hold, so those after the first that does not are not asked. */
function traceConditions({ conditions, effect }: Statement, context: ContextLookup): readonly ConditionTrace[] {
  const traced: ConditionTrace[] = [];
  for (const condition of conditions) {
    const one = traceCondition(condition, effect, context);
    traced.push(one);
    if (!one.holds) break;
  }
  return traced;
}

function traceCondition(condition: Condition, effect: Effect, context: ContextLookup): ConditionTrace {
  const { written, key, values } = condition;
  const outcome = evaluateCondition(condition, context);
  const found = context(key);
  return {
    operator: written,
    key,
    expected: values.map(({ text }) => text),
    actual: typeof found === "string" ? [found] : found,
    missing: values.flatMap(({ parts }) => missingVariables(parts, context)),
    holds: applies(outcome, effect),
    indeterminate: outcome === "indeterminate",
  };
}

function missingVariables(parts: Condition["values"][number]["parts"], context: ContextLookup): readonly string[] {
  return parts.flatMap((part) =>
    part.kind === "variable" && part.fallback === undefined && typeof context(part.key) !== "string" ? [part.key] : [],
  );
}
