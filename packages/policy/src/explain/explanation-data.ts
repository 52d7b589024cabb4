/** An explanation as data: what `--json` prints, without the parsed statements that a trace refers to. */
import type { ConditionTrace, LevelTrace, StatementTrace } from "../engine/trace.ts";
import type { PolicyOrigin } from "../model/policy-origin.ts";
import type { Decision } from "../model/request.ts";
import type { Changes } from "./changes.ts";
import type { Explanation } from "./explain.ts";

export interface ExplainedStatement extends Omit<StatementTrace, "source"> {
  readonly conditions: readonly ConditionTrace[];
}

export interface ExplainedPolicy {
  readonly name: string;
  readonly origin: PolicyOrigin | undefined;
  readonly decided: boolean;
  /** Undefined when the policy could not be read, which denies. */
  readonly statements: readonly ExplainedStatement[] | undefined;
}

export interface ExplainedLevel extends Omit<LevelTrace, "policies" | "place"> {
  readonly policies: readonly ExplainedPolicy[];
}

export interface ExplanationData extends Changes {
  readonly decision: Decision;
  readonly message: string | undefined;
  readonly layers: readonly ExplainedLevel[];
}

export function explanationData({ decision, message, levels, changes, pairs }: Explanation): ExplanationData {
  const layers = levels.map(({ layer, decided, policies }) => ({
    layer,
    decided,
    policies: policies.map((policy) => ({
      name: policy.name,
      origin: policy.origin,
      decided: policy.decided,
      statements: policy.statements?.map(({ source: _source, ...statement }) => statement),
    })),
  }));
  return { decision, message, layers, changes, pairs };
}
