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
import type { AlsoAsked, LoggedDecision } from "../ports/request-log.ts";
import type { QueryDemand, S3Demand } from "../operations/demand.ts";
import { type Refusal, refuse } from "../operations/operation.ts";
import type { RequestTime } from "../ports/time-budget.ts";
import type { Caller } from "../ports/principal-directory.ts";

/** One demand with all that decides it. */
export interface DemandCheck {
  readonly demand: Pick<S3Demand, "action"> | Pick<QueryDemand, "action" | "unlessDenied">;
  readonly resource: string;
  readonly resourceAccount: string | undefined;
  /** The account that has `layer` and `resourceControls`. For an object of another account than its bucket it is the bucket's; otherwise undefined. */
  readonly policyAccount?: string | undefined;
  readonly layer: Layers["resource"];
  /** Levels of resource control policies of the account that has the resource. */
  readonly resourceControls: Layers["guardrails"];
  readonly context: ContextLookup;
  /** Names of the condition keys of tags that the caller may know, for the log. */
  readonly tagKeys?: readonly string[];
}

/** A question with its caller, made ready: what `decide` takes, and what it may cost. */
export interface PreparedCheck {
  readonly caller: Caller;
  readonly check: DemandCheck;
  readonly layers: Layers;
  /** Of these layers, the guardrails that are the resource's. */
  readonly resourceControls: Layers["guardrails"];
  readonly request: AccessRequest;
  readonly cost: number;
}

export interface DemandResult {
  readonly allowed: boolean;
  readonly decision: Decision;
  readonly request: AccessRequest;
  readonly caller: Pick<Caller, "context" | "layers">;
  readonly tagKeys: readonly string[];
  readonly resourceLayer: Layers["resource"];
  readonly resourceControls: Layers["guardrails"];
  /** See `DemandCheck`. */
  readonly policyAccount: string | undefined;
}

export function accountOf(principal: Principal): string | undefined {
  return "accountId" in principal ? principal.accountId : undefined;
}

/** Services whose resources are limited. https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html#rcp-supported-services */
const limitedServices: ReadonlySet<string> = new Set(["s3", "sts"]);

/** The levels of resource control policies that count for an action. */
function controlsFor(action: string, levels: Layers["guardrails"]): Layers["guardrails"] {
  if (levels.length === 0) return levels;
  return limitedServices.has(action.slice(0, action.indexOf(":")).toLowerCase()) ? levels : [];
}

/** Written out, here and below: to copy an object's members by `...` takes longer than the decision. */
function allLayers({ layers }: Caller, resource: Layers["resource"], controls: Layers["guardrails"]): Layers {
  const { guardrails, identity, boundary, sessions } = layers;
  return {
    guardrails: controls.length === 0 ? guardrails : [...guardrails, ...controls],
    identity,
    boundary,
    sessions,
    resource,
  };
}

export function prepare(caller: Caller, check: DemandCheck): PreparedCheck {
  const request: AccessRequest = {
    principal: caller.principal,
    action: check.demand.action,
    resource: check.resource,
    resourceAccount: check.resourceAccount,
    context: check.context,
  };
  const resourceControls = controlsFor(check.demand.action, check.resourceControls);
  const layers = allLayers(caller, check.layer, resourceControls);
  return { caller, check, layers, resourceControls, request, cost: decisionCost(layers, request) };
}

export function evaluateDemand({ caller, check, layers, resourceControls, request }: PreparedCheck): DemandResult {
  const decision = readRuling(layers, decide(layers, request));
  const allowed =
    "unlessDenied" in check.demand && check.demand.unlessDenied
      ? decision.reason !== "explicit-deny"
      : decision.allowed;
  const { tagKeys = [], policyAccount } = check;
  const resourceLayer = layers.resource;
  return { allowed, decision, request, caller, tagKeys, resourceLayer, resourceControls, policyAccount };
}

/** Asks one question when it is its turn. */
export async function evaluateInTurn(time: RequestTime, prepared: PreparedCheck): Promise<DemandResult> {
  const [result] = await time.each([prepared.cost], () => evaluateDemand(prepared));
  if (result === undefined) throw new Error("authorization: no decision was made");
  return result;
}

/** Every demand of a call that was allowed: the decision on the first, with what the others asked. */
export function loggedDecisions(first: DemandResult, others: readonly AlsoAsked[]): LoggedDecision {
  const decision = loggedDecision(first);
  if (others.length > 0) decision.also = others;
  return decision;
}

/** For the log: the decision, and what was asked. */
export function loggedDecision(result: DemandResult): LoggedDecision {
  const { allowed, decision, request, caller, tagKeys, resourceLayer, resourceControls, policyAccount } = result;
  const { context, layers } = caller;
  const { reason, layer, statement, unreadable } = decision;
  return {
    allowed,
    reason,
    layer,
    statement,
    unreadable,
    asked: request,
    ownKeys: [...context.keys(), ...tagKeys],
    layers,
    resourceLayer,
    resourceControls,
    policyAccount: policyAccount ?? request.resourceAccount,
    question: undefined,
  };
}

/**
 * The 403 of a denial. Only callers of the resource's own account learn which kind of policy decided; the statement is
 * in the log, by request id. `crossAccount`: what a caller of another account gets to know. `resourceAsSent`: the resource as the caller wrote it, where its ARN
 * would say more, such as the path of a user.
 */
export function denial(
  { decision, request: asked, policyAccount = asked.resourceAccount }: DemandResult,
  crossAccount: "nothing" | "what they asked",
  resourceAsSent: string = asked.resource,
): Refusal {
  const request = { ...asked, resource: resourceAsSent };
  if (request.principal.kind === "web-identity")
    return refuse("AccessDenied", `Not authorized to perform ${request.action}`);
  const account = accountOf(request.principal);
  const sameAccount =
    account !== undefined &&
    [request.resourceAccount, policyAccount].every((one) => one === undefined || one === account);
  const message = describeDenial(decision, request);
  if (message === undefined || account === undefined) return refuse("AccessDenied");
  if (sameAccount) return refuse("AccessDenied", message.text);
  if (crossAccount === "nothing") return refuse("AccessDenied");
  return refuse(
    "AccessDenied",
    `User: ${message.principal} is not authorized to perform: ${message.action} on resource: ${request.resource}`,
  );
}
