import type { LoggedDecision } from "../observe/request-log.ts";
import type { QueryOperation, Resolution, ResolvedResource } from "../operations/operation.ts";
import type { IamOperationName, StsOperationName } from "../operations/operation-name.ts";
import { accountOf, type Answered, ask, denial, loggedDecision } from "./authorize.ts";
import type { Authorized } from "./authorize-s3.ts";
import { makeGrant } from "./make-grant.ts";
import { type ContextFacts, requestContext } from "./request-context.ts";

export interface QueryCase {
  readonly operation: IamOperationName | StsOperationName;
  readonly row: Pick<QueryOperation, "demands">;
  readonly resolution: Resolution;
  readonly facts: ContextFacts;
  readonly requestId: string;
}

function resourceOf({ operation, resolution, facts }: QueryCase, name: string): ResolvedResource | "not-asked" {
  if (name === "none") return { arn: "*", accountId: accountOf(facts.caller.principal) ?? "" };
  const resource = Object.hasOwn(resolution.resources, name) ? resolution.resources[name] : undefined;
  // INVARIANT: a name that does not resolve is a fault, never a demand left out.
  if (resource === undefined) throw new Error(`authorization: ${operation} did not resolve ${name}`);
  return resource;
}

/** GetCallerIdentity and its kin demand nothing: "No permissions are required". Anonymous callers do not get here. */
export function authorizeQuery(test: QueryCase): Authorized {
  const { row, resolution, facts, operation, requestId } = test;
  const { principal } = facts.caller;
  if (principal.kind === "anonymous") throw new Error("authorization: an anonymous caller of a Query service");
  const resources: string[] = [];
  let decision: LoggedDecision | undefined;
  for (const demand of row.demands) {
    const resource = resourceOf(test, demand.resource);
    if (resource === "not-asked") continue;
    const answered: Answered = ask(facts.caller, {
      demand,
      resource: resource.arn,
      resourceAccount: resource.accountId,
      layer: resource.trust === undefined ? "none" : { kind: "trust", policy: resource.trust },
      context: requestContext(
        facts,
        { resourceAccount: resource.accountId, subject: undefined, versionId: undefined },
        undefined,
        resolution.context,
      ),
    });
    decision ??= loggedDecision(answered);
    if (!answered.allowed) return { outcome: denial(answered, "what they asked"), decision: loggedDecision(answered) };
    resources.push(resource.arn);
  }
  return { outcome: makeGrant({ operation, principal, resources, requestId }), decision };
}
