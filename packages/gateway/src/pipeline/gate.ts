import { type Answer, nothingKnown, type Progress } from "./answer.ts";
import { createBucketPolicies } from "../authz/bucket-policies.ts";
import type { GateParts, GateState } from "./gate-state.ts";
import { CallerLimits } from "./caller-limits.ts";
import { faultToRefusal } from "./faults.ts";
import type { Refusal } from "../operations/operation.ts";
import type { Call } from "../record/recorded-call.ts";
import { isJsonService } from "../operations/json/json-services.ts";
import { serveJson } from "./json-pipeline.ts";
import { createLargeBodies } from "./large-bodies.ts";
import { ObjectTurns } from "./object-turns.ts";
import { serveQuery } from "./query-pipeline.ts";
import { RateLimit } from "./rate-limit.ts";
import type { GatewayRequest, Route, Service } from "../authn/request.ts";
import { rolesForToken, type TokenQuestion } from "./roles-for-token.ts";
import { serveS3 } from "./s3-pipeline.ts";

/**
 * Authenticates a request, authorizes it by the demands of its operation, and runs it with a grant. Everything that a client can cause
 * comes back as an answer. Of an error that was thrown, only the kind is reported.
 */
export interface Gate {
  /**
   * `finish` sends the answer, and resolves when the client has taken it. Until then the request counts against its caller's limit,
   * because its answer is in memory; not with the content of an object.
   */
  serve(request: GatewayRequest, route: Route, finish: (answer: Answer) => Promise<void>): Promise<void>;
  /** Which roles a token may have, for whoever has to choose: see `rolesForToken`. */
  rolesForToken(request: GatewayRequest, question: TokenQuestion): Promise<readonly string[] | Refusal>;
  /** Callers with requests here, and requests that wait for others of their caller. */
  readonly load: { readonly callers: number; readonly waiting: number };
}

export function createGate(parts: GateParts): Gate {
  const state: GateState = {
    ...parts,
    authentication: {
      principals: parts.ports.principals,
      region: parts.ports.region,
      strictRegion: parts.strictRegion,
      usage: parts.usage,
    },
    policies: createBucketPolicies(),
    largeBodies: createLargeBodies(parts.workers),
    callers: new CallerLimits(parts.maxRequestsPerCaller),
    turns: new ObjectTurns(),
    rate: parts.maxRatePerCaller === undefined ? undefined : new RateLimit(parts.maxRatePerCaller),
  };
  return {
    get load() {
      return { callers: state.callers.callers, waiting: state.callers.waiting };
    },
    async serve(request, route, finish) {
      try {
        const answer = await answerOf(state, request, route);
        if (isStreamed(answer)) state.callers.leave(request);
        await finish(answer);
      } finally {
        state.callers.leave(request);
      }
    },
    async rolesForToken(request, question) {
      try {
        return await rolesForToken(state, request, question);
      } catch (error) {
        return refusalOf(state, request, "sts", error);
      } finally {
        state.callers.leave(request);
      }
    },
  };
}

async function answerOf(state: GateState, request: GatewayRequest, route: Route): Promise<Answer> {
  const progress = nothingKnown();
  const reached = await outcomeOf(state, request, route, progress);
  const outcome = await state.record.finish(callOf(route, request, progress), progress, reached);
  // Not a copy: to make one takes Node 20 some microseconds, and nobody else has this object.
  return Object.assign(progress, { outcome });
}

/** As the record has it: what a form asks for is in its fields. */
function callOf(route: Route, request: GatewayRequest, { form }: Progress): Call {
  const { bucket, key } = route.service === "s3" ? route : { bucket: undefined, key: undefined };
  return { service: route.service, request: form?.request ?? request, bucket, key: form?.key ?? key };
}

async function outcomeOf(
  state: GateState,
  request: GatewayRequest,
  route: Route,
  progress: Progress,
): Promise<Answer["outcome"]> {
  try {
    return route.service === "s3"
      ? await serveS3(state, request, route, progress)
      : isJsonService(route.service)
        ? await serveJson(state, request, route.service, progress)
        : await serveQuery(state, request, route.service, progress);
  } catch (error) {
    return refusalOf(state, request, route.service, error);
  }
}

function refusalOf(state: GateState, request: GatewayRequest, service: Service, error: unknown): Refusal {
  const { refusal, log } = faultToRefusal(error, service, request);
  if (log) state.log.fault(request.requestId, error);
  return refusal;
}

/** Sending the content of an object does not count against its caller: a client that is slow to take it must not keep the caller's other requests waiting. */
function isStreamed({ outcome }: Answer): boolean {
  return outcome.kind === "reply" && (outcome.body.kind === "stream" || outcome.body.kind === "bytes");
}
