/** Why a request is allowed or denied, for people: every statement's outcome, and what single change would allow it. */
import { evaluate } from "../evaluate/evaluate.ts";
import type { AccessRequest, Decision, LayerName, Layers, StatementRef, TraceEntry } from "../evaluate/request.ts";
import { type Change, changesThatAllow } from "./changes.ts";
import { describeDenial } from "./denial-message.ts";

export interface ExplainedStatement extends Pick<StatementRef, "index" | "sid"> {
  readonly effect: "Allow" | "Deny";
  readonly matched: boolean;
  /** The first element that did not match. */
  readonly failedAt?: NonNullable<TraceEntry["failedAt"]>;
  /** For a condition: operator and key. */
  readonly detail?: string;
  /** It decided. */
  readonly decided: boolean;
}

export interface ExplainedPolicy {
  readonly name: string;
  /** Undefined when it could not be read, which denies. */
  readonly statements: readonly ExplainedStatement[] | undefined;
}

export interface ExplainedLayer {
  readonly layer: LayerName;
  /** It decided. */
  readonly decided: boolean;
  readonly policies: readonly ExplainedPolicy[];
}

export interface Explanation {
  readonly decision: Omit<Decision, "trace">;
  /** `… because no identity-based policy allows the s3:GetObject action`; absent for an allow. */
  readonly message?: string;
  readonly layers: readonly ExplainedLayer[];
  /** For a denial: each alone would allow the request, found by deciding again with it. */
  readonly changes: readonly Change[];
}

export function explain(layers: Layers, request: AccessRequest): Explanation {
  const { trace, ...decision } = evaluate(layers, request);
  const message = describeDenial({ ...decision, trace }, request)?.text;
  return {
    decision,
    ...(message === undefined ? {} : { message }),
    layers: explainLayers(layers, decision, trace()),
    changes: decision.allowed ? [] : changesThatAllow(layers, request, trace()),
  };
}

function explainLayers(
  layers: Layers,
  decision: Omit<Decision, "trace">,
  trace: readonly TraceEntry[],
): readonly ExplainedLayer[] {
  const { guardrails, resource, identity, boundary, sessions } = layers;
  const named = (
    [
      ...guardrails.map((level) => ["guardrail", level] as const),
      ["resource", resource === "none" ? [] : [resource.policy]],
      ["identity", identity],
      ["boundary", boundary === "none" ? [] : [boundary]],
      ...sessions.map((policies) => ["session", policies] as const),
    ] as const
  ).filter(([layer, policies]) => layer === "identity" || policies.length > 0);
  return named.map(([layer, policies]) => ({
    layer,
    decided: decision.layer === layer,
    policies: policies.map(({ name, policy }) => ({
      name,
      statements: policy === "damaged" ? undefined : statementsOf(trace, layer, name, decision),
    })),
  }));
}

function statementsOf(
  trace: readonly TraceEntry[],
  layer: LayerName,
  policyName: string,
  decision: Omit<Decision, "trace">,
): readonly ExplainedStatement[] {
  const decider = decision.layer === layer ? decision.statement : undefined;
  return trace
    .filter((entry) => entry.layer === layer && entry.statement.policyName === policyName)
    .map(({ statement: { index, sid }, effect, matched, failedAt, detail }) => ({
      index,
      ...(sid === undefined ? {} : { sid }),
      effect,
      matched,
      ...(failedAt === undefined ? {} : { failedAt }),
      ...(detail === undefined ? {} : { detail }),
      decided: decider?.policyName === policyName && decider.index === index,
    }));
}
