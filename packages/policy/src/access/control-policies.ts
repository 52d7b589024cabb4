/** The policies of an organization that limit one of its accounts. */
import type { Layers } from "../engine/program.ts";
import type { AccessRequest } from "../model/request.ts";

/** Levels from the root of the organization to the account. Empty: nothing limits it, as in a management account. */
export interface ControlPolicies {
  readonly account: string;
  /** Service control policies, which limit the users and roles of the account. */
  readonly service: Layers["guardrails"];
  /** Resource control policies, which limit whoever asks for something of the account. */
  readonly resource: Layers["guardrails"];
}

/** Of the services whose resources they limit, those that can be asked about here. */
const limitedServices = /^(s3|sts):/i;

/** What limits a request. `resourceAccount` undefined: the caller's. */
export function guardrailsOn(
  { account, service, resource }: ControlPolicies,
  { principal, action, resourceAccount }: Pick<AccessRequest, "principal" | "action" | "resourceAccount">,
): Layers["guardrails"] {
  // "SCPs do not affect any service-linked role", and resource control policies do not either.
  if (principal.kind === "role-session" && principal.roleArn.includes(":role/aws-service-role/")) return [];
  const callers = "accountId" in principal ? principal.accountId : undefined;
  return [
    ...(callers === account ? service : []),
    ...((resourceAccount ?? callers) === account && limitedServices.test(action) ? resource : []),
  ];
}
