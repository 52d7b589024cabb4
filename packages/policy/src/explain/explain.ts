/** Why a request is allowed or denied, for people: every statement's outcome, and what single change would allow it. */
import { evaluate } from "../evaluate/evaluate.ts";
import type { AccessRequest, Decision, LayerName, Layers, StatementRef, TraceEntry } from "../evaluate/request.ts";
import { type Change, changesThatAllow } from "./changes.ts";
import { describeDenial } from "./denial-message.ts";
import { levelsOf } from "./levels.ts";

export interface ExplainedStatement extends Pick<StatementRef, "index" | "sid"> {
  readonly effect: "Allow" | "Deny";
  readonly matched: boolean;
  /** The first element that did not match. */
  readonly failedAt?: NonNullable<TraceEntry["failedAt"]>;
  /** For a condition: operator and key. */
  readonly detail?: string;
  /** For a condition: the request has no such key. */
  readonly keyAbsent?: true;
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
  const entries = trace();
  const message = describeDenial(decision, request)?.text;
  return {
    decision,
    ...(message === undefined ? {} : { message }),
    layers: explainLayers(layers, request, decision, entries),
    changes: decision.allowed ? [] : changesThatAllow(layers, request, entries),
  };
}

/** A trace has the statements of `levelsOf` in order, so the entries of a policy are the next ones. */
function explainLayers(
  layers: Layers,
  request: AccessRequest,
  decision: Omit<Decision, "trace">,
  trace: readonly TraceEntry[],
): readonly ExplainedLayer[] {
  const rest = [...trace];
  let told = false;
  const decides = ({ layer, statement, effect, matched }: TraceEntry): boolean => {
    const decider = decision.layer === layer ? decision.statement : undefined;
    const found =
      !told &&
      matched &&
      effect === (decision.allowed ? "Allow" : "Deny") &&
      decider?.policyName === statement.policyName &&
      decider.index === statement.index;
    told ||= found;
    return found;
  };
  return levelsOf(layers, request.principal).map(({ layer, policies }) => ({
    layer,
    decided: decision.layer === layer,
    policies: policies.map(({ name, policy }) => ({
      name,
      statements:
        policy === "damaged"
          ? undefined
          : rest.splice(0, policy.statements.length).map((entry) => explainStatement(entry, request, decides(entry))),
    })),
  }));
}

function explainStatement(
  { statement: { index, sid }, effect, matched, failedAt, detail }: TraceEntry,
  { context }: AccessRequest,
  decided: boolean,
): ExplainedStatement {
  const key = failedAt === "condition" ? detail?.slice(detail.indexOf(" ") + 1) : undefined;
  return {
    index,
    ...(sid === undefined ? {} : { sid }),
    effect,
    matched,
    ...(failedAt === undefined ? {} : { failedAt }),
    ...(detail === undefined ? {} : { detail }),
    ...(key !== undefined && context(key) === undefined ? { keyAbsent: true } : {}),
    decided,
  };
}
