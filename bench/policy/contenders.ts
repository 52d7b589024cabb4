/** Who is measured: each is made ready once for a workload and then asked its requests. */
import { compileLayers, decide, isAllowed, readRuling } from "@s3-credentials/policy";
import { evaluate } from "../../packages/policy/src/test/oracle/evaluate.ts";
import type { Workload } from "./workload.ts";

/** Asks request `at` of the workload; whether it is allowed. */
export type Ask = (at: number) => boolean;

export interface Contender {
  readonly name: string;
  /** Undefined when the workload is beyond the contender (Cedar has no variables: not `decide-managed`). */
  readonly prepare: (workload: Workload) => Ask | undefined;
}

/** The ruling is read as the gateway does: into a decision with its layer and statement. */
const engine: Contender = {
  name: "engine",
  prepare: ({ layers, requests }) => {
    const programs = compileLayers(layers);
    return (at) => {
      const request = requests[at];
      return request !== undefined && readRuling(programs, decide(programs, request)).allowed;
    };
  },
};

/** The same without reading the ruling. */
const rulingOnly: Contender = {
  name: "ruling alone",
  prepare: ({ layers, requests }) => {
    const programs = compileLayers(layers);
    return (at) => {
      const request = requests[at];
      return request !== undefined && isAllowed(decide(programs, request));
    };
  },
};

const oracle: Contender = {
  name: "interpreter",
  prepare:
    ({ layers, requests }) =>
    (at) => {
      const request = requests[at];
      return request !== undefined && evaluate(layers, request).allowed;
    },
};

/** Ours first; the others are what it is held against. A contender for another engine is one more entry. */
export const contenders: readonly Contender[] = [engine, rulingOnly, oracle];
