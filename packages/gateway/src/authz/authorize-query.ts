import { compilePolicy, type NamedProgram, recordedName } from "@s3-credentials/policy";
import type { AlsoAsked, LoggedDecision } from "../ports/request-log.ts";
import type { SealedTexts } from "../ports/sealed-texts.ts";
import {
  type QueryOperation,
  type Refusal,
  refuse,
  type Resolution,
  type ResolvedResource,
} from "../operations/operation.ts";
import type { PrincipalDirectory } from "../ports/principal-directory.ts";
import type { ActionName } from "../ports/operation-name.ts";
import type { Caller } from "../ports/principal-directory.ts";
import type { RequestTime } from "../ports/time-budget.ts";
import type { PolicyPrograms } from "./policy-programs.ts";
import { accountOf, type DemandResult, evaluateInTurn, denial, loggedDecision, prepare } from "./authorize.ts";
import type { Authorized } from "./authorize-s3.ts";
import { withEncodedMessage } from "./encoded-denial.ts";
import { makeGrant } from "./make-grant.ts";
import { type ContextFacts, globalKeys, requestContext } from "./request-context.ts";

/** For IAM, STS and the JSON services. */
export interface QueryAuthorizationInput {
  readonly operation: ActionName;
  readonly row: Pick<QueryOperation, "demands" | "conditionKeys">;
  readonly resolution: Resolution;
  readonly facts: ContextFacts;
  readonly programs: PolicyPrograms;
  readonly principals: Pick<PrincipalDirectory, "resourceAccount">;
  /** Undefined: denials carry no encoded message. */
  readonly messages?: SealedTexts;
  readonly time: RequestTime;
  readonly requestId: string;
}

function resourceOf(
  { operation, resolution, facts }: QueryAuthorizationInput,
  name: string,
): ResolvedResource | "not-asked" {
  if (name === "none") return { arn: "*", accountId: accountOf(facts.caller.principal) ?? "" };
  const resource = Object.hasOwn(resolution.resources, name) ? resolution.resources[name] : undefined;
  // INVARIANT: a name that does not resolve is a fault, never a demand left out.
  if (resource === undefined) throw new Error(`authorization: ${operation} did not resolve ${name}`);
  return resource;
}

/** The trust policy that a missing role is given: the answer is then the same as for a role that trusts nobody. */
const trustsNobody = compilePolicy({
  version: "2012-10-17",
  explicitVersion: true,
  statementList: true,
  statements: [],
});

function trustPolicy(
  { programs }: QueryAuthorizationInput,
  { arn, trust }: ResolvedResource,
): NamedProgram | undefined {
  if (trust === undefined) return undefined;
  const name = recordedName({ kind: "trust", roleArn: arn });
  return trust.document === undefined ? { name, program: trustsNobody } : programs.named(name, trust.document, "trust");
}

/**
 * INVARIANT: a row lists every key that its operation fills, or it is a fault. An entry that ends in `/` stands for all keys that begin
 * with it.
 */
function checkKeys({ operation, row: { conditionKeys }, resolution }: QueryAuthorizationInput): void {
  for (const key of resolution.context.keys()) {
    const isListed = conditionKeys.some((one) => (one.endsWith("/") ? key.startsWith(one) : key === one));
    if (!isListed) throw new Error(`authorization: ${operation} fills ${key}, which its row does not list`);
  }
}

async function denialOf(
  { facts, resolution, messages }: QueryAuthorizationInput,
  result: DemandResult,
  { resourceAsSent }: ResolvedResource,
): Promise<Refusal> {
  const refusal = denial(result, "what they asked", resourceAsSent);
  if (messages === undefined) return refusal;
  const keys = [...Object.keys(globalKeys), ...facts.caller.context.keys(), ...resolution.context.keys()];
  return withEncodedMessage(refusal, result, { keys, resourceAsSent }, messages);
}

const selfService = JSON.stringify({
  Version: "2012-10-17",
  Statement: { Effect: "Allow", Action: ["iam:ChangePassword", "iam:GetAccountPasswordPolicy"], Resource: "*" },
});

/** INVARIANT: what the password policy allows stays inside boundary, session policies and guardrails, and under every Deny. */
function withSelfService({ facts: { caller }, resolution, programs }: QueryAuthorizationInput): Caller {
  if (resolution.selfService !== true) return caller;
  const allowed = programs.named("account password policy", selfService, "identity");
  return { ...caller, layers: { ...caller.layers, identity: [...caller.layers.identity, allowed] } };
}

/** GetCallerIdentity and its kin demand nothing: "No permissions are required". Anonymous callers do not get here. */
export async function authorizeQuery(input: QueryAuthorizationInput): Promise<Authorized> {
  const { row, facts, operation, requestId } = input;
  const { principal } = facts.caller;
  const caller = withSelfService(input);
  if (principal.kind === "anonymous") throw new Error("authorization: an anonymous caller of a Query service");
  checkKeys(input);
  const resources: string[] = [];
  let decision: LoggedDecision | undefined;
  const also: AlsoAsked[] = [];
  for (const demand of row.demands) {
    const resource = resourceOf(input, demand.resource);
    if (resource === "not-asked") continue;
    const account = await input.principals.resourceAccount(resource.accountId);
    // Roles of a closed account, and whatever else it has, are nobody's to use.
    if (account?.closed === true) return { outcome: refuse("AccessDenied"), decision };
    const trust = trustPolicy(input, resource);
    const accounts = account === undefined ? facts.accounts : new Map([[resource.accountId, account]]);
    const check = prepare(caller, {
      demand,
      resource: resource.arn,
      resourceAccount: resource.accountId,
      layer: trust === undefined ? "none" : { kind: "trust", policy: trust },
      resourceControls: account?.resourceControls ?? [],
      context: requestContext(
        { ...facts, accounts },
        { resourceAccount: resource.accountId, subject: undefined, versionId: undefined },
        undefined,
        input.resolution.context,
      ),
    });
    const result = await evaluateInTurn(input.time, check);
    if (!result.allowed) return { outcome: await denialOf(input, result, resource), decision: loggedDecision(result) };
    if (decision === undefined) decision = loggedDecision(result);
    else also.push({ action: result.request.action, resource: result.request.resource });
    resources.push(resource.arn);
  }
  if (decision !== undefined && also.length > 0) decision.also = also;
  return { outcome: makeGrant({ operation, principal, resources, requestId }), decision };
}
