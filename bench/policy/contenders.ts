/** Who is measured: each is made ready once for a workload and then asked its requests. */
import {
  compilePolicy,
  decide,
  evaluate,
  isAllowed,
  type Layers,
  type NamedPolicy,
  type NamedProgram,
  type ProgramLayers,
} from "@s3-credentials/policy";
import type { Workload } from "./workload.ts";

/** Asks request `at` of the workload; whether it is allowed. */
export type Ask = (at: number) => boolean;

export interface Contender {
  readonly name: string;
  /** Undefined when the workload is beyond the contender (Cedar has no variables: not `decide-managed`). */
  readonly prepare: (workload: Workload) => Ask | undefined;
}

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

const compiled: Contender = {
  name: "compile/",
  prepare: ({ layers, requests }) => {
    const programs = compileLayers(layers);
    return (at) => {
      const request = requests[at];
      return request !== undefined && isAllowed(decide(programs, request));
    };
  },
};

const evaluated: Contender = {
  name: "evaluate/",
  prepare:
    ({ layers, requests }) =>
    (at) => {
      const request = requests[at];
      return request !== undefined && evaluate(layers, request).allowed;
    },
};

/** Ours first; the others are what it is held against. A contender for another engine is one more entry. */
export const contenders: readonly Contender[] = [compiled, evaluated];
