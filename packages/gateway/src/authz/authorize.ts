import {
  type AccessRequest,
  type ContextLookup,
  decide,
  decisionCost,
  type Decision,
  describeDenial,
  type Principal,
  type Layers,
  readRuling,
} from "@s3-credentials/policy";
import type { LoggedDecision } from "../server/request-log.ts";
import type { QueryDemand, S3Demand } from "../operations/demand.ts";
import { type Refusal, refuse } from "../operations/operation.ts";
import type { RequestTime } from "../ports/time-budget.ts";
import type { Caller } from "../ports/principal-directory.ts";

/** One demand with all that decides it. */
export interface Question {
  readonly demand: Pick<S3Demand, "action"> | Pick<QueryDemand, "action" | "unlessDenied">;
  readonly resource: string;
  readonly resourceAccount: string | undefined;
  readonly layer: Layers["resource"];
  readonly context: ContextLookup;
}

/** A question with its caller, made ready: what `decide` takes, and what it may cost. */
export interface Prepared {
  readonly caller: Caller;
  readonly question: Question;
  readonly layers: Layers;
  readonly request: AccessRequest;
  readonly cost: number;
}

export interface Answered {
  readonly allowed: boolean;
  readonly decision: Omit<Decision, "trace">;
  readonly request: AccessRequest;
  readonly caller: Pick<Caller, "context">;
}

export function accountOf(principal: Principal): string | undefined {
  return "accountId" in principal ? principal.accountId : undefined;
}

export function prepare(caller: Caller, question: Question): Prepared {
  const { principal } = caller;
  const request: AccessRequest = {
    principal,
    action: question.demand.action,
    resource: question.resource,
    resourceAccount: question.resourceAccount,
    context: question.context,
  };
  const layers: Layers = { ...caller.layers, resource: question.layer };
  return { caller, question, layers, request, cost: decisionCost(layers, request) };
}

export function ask({ caller, question, layers, request }: Prepared): Answered {
  const decision = readRuling(layers, decide(layers, request));
  const allowed =
    "unlessDenied" in question.demand && question.demand.unlessDenied
      ? decision.reason !== "explicit-deny"
      : decision.allowed;
  return { allowed, decision, request, caller };
}

/** Asks one question when it is its turn. */
export async function askInTurn(time: RequestTime, prepared: Prepared): Promise<Answered> {
  const [answered] = await time.each([prepared.cost], () => ask(prepared));
  if (answered === undefined) throw new Error("authorization: no decision was made");
  return answered;
}

/** For the log: which layer and statement decided, and what was asked. */
export function loggedDecision({ allowed, decision, request, caller }: Answered): LoggedDecision {
  const { layer, statement } = decision;
  const about = { allowed, layer, asked: request, principalKeys: caller.context.keys() };
  if (statement === undefined) return about;
  return {
    ...about,
    statement: `${statement.policyName}, ${statement.sid ?? `statement ${statement.index + 1}`}`,
  };
}

/**
 * The 403 of a denial. Only callers of the resource's own account learn which kind of policy decided; the statement stands
 * in the log, by request id. `strangers`: what one from elsewhere is told. `resourceAsSent`: the resource as the caller wrote it, where its ARN
 * would say more, such as the path of a user.
 */
export function denial(
  { decision, request: asked }: Answered,
  strangers: "nothing" | "what they asked",
  resourceAsSent: string = asked.resource,
): Refusal {
  const request = { ...asked, resource: resourceAsSent };
  const account = accountOf(request.principal);
  const sameAccount =
    account !== undefined && (request.resourceAccount === undefined || request.resourceAccount === account);
  const message = describeDenial(decision, request);
  if (message === undefined || account === undefined) return refuse("AccessDenied");
  if (sameAccount) return refuse("AccessDenied", message.text);
  if (strangers === "nothing") return refuse("AccessDenied");
  return refuse(
    "AccessDenied",
    `User: ${message.principal} is not authorized to perform: ${message.action} on resource: ${request.resource}`,
  );
}
