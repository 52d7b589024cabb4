/** Who is measured: each is made ready once for a workload and then asked its requests. */
import {
  type AccessRequest,
  compileLayers,
  decide,
  type Decision,
  isAllowed,
  readRuling,
} from "@s3-credentials/policy";
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

/**
 * The policy of `decide-scoped` as a program that somebody would write by hand for it and nothing else: each statement is a closure,
 * grouped by action, and the first that applies is kept, as a log needs it. The least that such a decision can cost.
 */
const closures: Contender = {
  name: "closures",
  prepare: ({ name, requests, layers }) => {
    if (name !== "decide-scoped") return undefined;
    const policyName = layers.identity[0]?.name ?? "";
    return (at) => {
      const request = requests[at];
      return request !== undefined && decideByHand(request, policyName).allowed;
    };
  },
};

type Test = (request: AccessRequest) => boolean;

const ofBucket: Test = ({ resource }) => resource === "arn:aws:s3:::my-bucket";
const ofPrefix: Test = ({ resource }) => resource.startsWith("arn:aws:s3:::my-bucket/users/ann/");
const inListing: Test = (request) => {
  const prefix = request.context("s3:prefix");
  return ofBucket(request) && typeof prefix === "string" && prefix.startsWith("users/ann/");
};

/** Position of each statement and whether it applies. */
const byAction: ReadonlyMap<string, readonly (readonly [index: number, applies: Test])[]> = new Map([
  ["s3:ListBucket", [[0, inListing]]],
  ["s3:GetBucketLocation", [[1, ofBucket]]],
  ["s3:GetObject", [[2, ofPrefix]]],
  ["s3:PutObject", [[2, ofPrefix]]],
  ["s3:DeleteObject", [[2, ofPrefix]]],
]);

function decideByHand(request: AccessRequest, policyName: string): Decision {
  for (const [index, applies] of byAction.get(request.action) ?? []) {
    if (!applies(request)) continue;
    const statement = { policyName, index, sid: undefined };
    return { allowed: true, reason: "allow", layer: "identity", statement, unreadable: undefined };
  }
  return { allowed: false, reason: "implicit-deny", layer: "identity", statement: undefined, unreadable: undefined };
}

/** Ours first; the others are what it is held against. A contender for another engine is one more entry. */
export const contenders: readonly Contender[] = [engine, rulingOnly, closures, oracle];
