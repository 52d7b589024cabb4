/** Both evaluators on the same question. */
import { evaluate } from "../../evaluate/evaluate.ts";
import type { AccessRequest, Decision, Layers, NamedPolicy } from "../../evaluate/request.ts";
import { compilePolicy } from "../compile-policy.ts";
import { decide } from "../decide.ts";
import type { NamedProgram, ProgramLayers } from "../program.ts";
import { readRuling } from "../ruling.ts";

export function compileNamed({ name, policy }: NamedPolicy): NamedProgram {
  return { name, program: policy === "damaged" ? "damaged" : compilePolicy(policy) };
}

export function compileLayers({ guardrails, identity, boundary, sessions, resource }: Layers): ProgramLayers {
  return {
    guardrails: guardrails.map((level) => level.map(compileNamed)),
    identity: identity.map(compileNamed),
    boundary: boundary === "none" ? "none" : compileNamed(boundary),
    sessions: sessions.map((policies) => policies.map(compileNamed)),
    resource: resource === "none" ? "none" : { kind: resource.kind, policy: compileNamed(resource.policy) },
  };
}

export interface Answers {
  readonly evaluated: Omit<Decision, "trace">;
  readonly decided: Omit<Decision, "trace">;
  /** Same decision, reason, layer, statement and damaged policy. */
  readonly equal: boolean;
}

export function bothAnswers(layers: Layers, programs: ProgramLayers, request: AccessRequest): Answers {
  const { trace: _trace, ...evaluated } = evaluate(layers, request);
  const decided = readRuling(programs, decide(programs, request));
  return { evaluated, decided, equal: isSame(evaluated, decided) };
}

function isSame(left: Omit<Decision, "trace">, right: Omit<Decision, "trace">): boolean {
  return (
    left.allowed === right.allowed &&
    left.reason === right.reason &&
    left.layer === right.layer &&
    left.damaged === right.damaged &&
    left.statement?.policyName === right.statement?.policyName &&
    left.statement?.index === right.statement?.index &&
    left.statement?.sid === right.statement?.sid
  );
}
