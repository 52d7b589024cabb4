import type { RequestLog } from "../server/request-log.ts";
import type { IamOperationName, S3OperationName, StsOperationName } from "../operations/operation-name.ts";
import type { QueryRow, S3Row } from "../operations/table.ts";
import type { Ports } from "../ports/ports.ts";
import type { TimeBudget } from "../ports/time-budget.ts";
import type { PolicyPrograms } from "../authz/policy-programs.ts";
import type { Answer, Progress } from "./answer.ts";
import { type BucketPolicies, createBucketPolicies } from "../authz/bucket-policies.ts";
import { CallerLimits } from "./caller-limits.ts";
import { toldFault } from "./faults.ts";
import { createLargeBodies, type LargeBodies } from "./large-bodies.ts";
import { serveQuery } from "./query-pipeline.ts";
import type { GatewayRequest, Route } from "../authn/request.ts";
import { serveS3 } from "./s3-pipeline.ts";

export interface Tables {
  readonly s3: Readonly<Record<S3OperationName, S3Row>>;
  readonly iam: Readonly<Record<IamOperationName, QueryRow>>;
  readonly sts: Readonly<Record<StsOperationName, QueryRow>>;
}

export interface GateParts {
  readonly ports: Ports;
  readonly programs: PolicyPrograms;
  readonly time: TimeBudget;
  readonly tables: Tables;
  /** Only signatures for the gateway's own region. */
  readonly strictRegion: boolean;
  /** How many requests of one caller run at a time. */
  readonly maxRequestsPerCaller: number;
  readonly log: Pick<RequestLog, "fault">;
}

/** What every request of a gateway shares. */
export interface GateState extends GateParts {
  readonly policies: BucketPolicies;
  readonly largeBodies: LargeBodies;
  readonly callers: CallerLimits;
}

/**
 * Where a request is let in: authenticated, authorized by its operation's demands, run with a grant. Everything a client
 * can cause comes back as an answer; what was thrown is told by its kind alone.
 */
export interface Gate {
  /**
   * `finish` sends the answer, and resolves when the client has taken it. Until then the request counts against its caller's limit,
   * because its answer is in memory; an object that is streamed is not.
   */
  serve(request: GatewayRequest, route: Route, finish: (answer: Answer) => Promise<void>): Promise<void>;
}

export function createGate(parts: GateParts): Gate {
  const state: GateState = {
    ...parts,
    policies: createBucketPolicies(),
    largeBodies: createLargeBodies(),
    callers: new CallerLimits(parts.maxRequestsPerCaller),
  };
  return {
    async serve(request, route, finish) {
      try {
        const answer = await answerOf(state, request, route);
        if (isStreamed(answer)) state.callers.leave(request);
        await finish(answer);
      } finally {
        state.callers.leave(request);
      }
    },
  };
}

async function answerOf(state: GateState, request: GatewayRequest, route: Route): Promise<Answer> {
  const progress: Progress = { operation: undefined, caller: undefined, decision: undefined, time: undefined };
  try {
    const outcome =
      route.service === "s3"
        ? await serveS3(state, request, route, progress)
        : await serveQuery(state, request, route.service, progress);
    return { ...progress, outcome };
  } catch (error) {
    const { refusal, log } = toldFault(error, route.service);
    if (log) state.log.fault(request.requestId, error);
    return { ...progress, outcome: refusal };
  }
}

function isStreamed({ outcome }: Answer): boolean {
  return outcome.kind === "reply" && outcome.body.kind === "stream";
}
