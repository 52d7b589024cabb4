/** The outcome of every statement of every layer: for people, built only when asked for. */
import type { Condition, Statement } from "../syntax/policy.ts";
import type { AccessRequest, LayerName, Layers, NamedPolicy, TraceEntry } from "./request.ts";
import { refer } from "./scan.ts";
import { failingCondition, failingElement, type StatementPlace } from "./statement.ts";

export function traceOf(layers: Layers, request: AccessRequest): TraceEntry[] {
  const { guardrails, resource, identity, boundary, sessions } = layers;
  const hasAccount = request.principal.kind !== "anonymous" && request.principal.kind !== "service";
  return [
    ...(hasAccount ? guardrails.flatMap((level) => traceLayer("guardrail", level, request, "attached")) : []),
    ...(resource === "none" ? [] : traceLayer("resource", [resource.policy], request, resource.kind)),
    ...traceLayer("identity", identity, request, "attached"),
    ...(boundary === "none" ? [] : traceLayer("boundary", [boundary], request, "attached")),
    ...sessions.flatMap((policies) => traceLayer("session", policies, request, "attached")),
  ];
}

function traceLayer(
  layer: LayerName,
  policies: readonly NamedPolicy[],
  request: AccessRequest,
  place: StatementPlace,
): TraceEntry[] {
  return policies.flatMap(({ name, policy }) => {
    if (policy === "damaged") return [];
    return policy.statements.map((statement, index) => ({
      layer,
      statement: refer(name, index, statement),
      effect: statement.effect,
      ...outcome(statement, request, place),
    }));
  });
}

function outcome(
  statement: Statement,
  request: AccessRequest,
  place: StatementPlace,
): Pick<TraceEntry, "matched" | "failedAt" | "detail"> {
  const failedAt = failingElement(statement, request, place);
  if (failedAt === undefined) return { matched: true };
  const condition = failedAt === "condition" ? failingCondition(statement, request) : undefined;
  return { matched: false, failedAt, ...(condition === undefined ? {} : { detail: describe(condition) }) };
}

function describe({ written, key }: Condition): string {
  return `${written} ${key}`;
}
