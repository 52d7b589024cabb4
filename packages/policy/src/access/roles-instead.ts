/** Roles that may do what somebody was refused, and whether that somebody may take them. */
import { decide } from "../engine/decide.ts";
import type { Layers } from "../engine/program.ts";
import { isAllowed, readRuling } from "../engine/ruling.ts";
import { describeDenial } from "../explain/denial-message.ts";
import { isPrincipalKey, principalContext } from "../model/principal-context.ts";
import type { AccessRequest } from "../model/request.ts";
import { type AccountDetails, accountPrincipals } from "./account-principals.ts";
import { plainRequest } from "./access-of.ts";
import type { PrincipalPolicies } from "./principal-policies.ts";
import { trustLayers } from "./who-can.ts";

export interface RoleInstead {
  readonly arn: string;
  readonly name: string;
  /** Why the caller may not take it, as a denial says it: `because no … policy allows …`; undefined when it may. */
  readonly refusal: string | undefined;
}

export interface RefusedRequest {
  readonly request: AccessRequest;
  readonly caller: PrincipalPolicies;
  /** What decides about the caller. Of a role that is taken instead, the guardrails and the policy of the resource count. */
  readonly layers: Layers;
  /** Condition keys of the request in which the role is taken, such as the time and the address. */
  readonly context: Readonly<Record<string, string | readonly string[]>>;
}

/** In the order of the account. The same request is asked as a session of each role, with all that it says beside who makes it. */
export function rolesInstead(details: AccountDetails, refused: RefusedRequest): readonly RoleInstead[] {
  const trusts = new Map(
    details.RoleDetailList.map(({ Arn, AssumeRolePolicyDocument = "" }) => [Arn, AssumeRolePolicyDocument]),
  );
  return accountPrincipals(details).flatMap((role): readonly RoleInstead[] => {
    const { principal, tags } = role;
    if (principal.kind !== "role-session") return [];
    const { request, layers } = refused;
    const own = principalContext(principal, { tags });
    const context = (key: string) =>
      own.get(key.toLowerCase()) ?? (isPrincipalKey(key) ? undefined : request.context(key));
    const asRole = { guardrails: layers.guardrails, ...role.layers, sessions: [], resource: layers.resource };
    if (!isAllowed(decide(asRole, { ...request, principal, context }))) return [];
    const { roleArn: arn, roleName: name } = principal;
    return [{ arn, name, refusal: refusalToTake(arn, trusts.get(arn) ?? "", refused) }];
  });
}

function refusalToTake(arn: string, trust: string, { caller, layers, context }: RefusedRequest): string | undefined {
  const asked = plainRequest(caller, { action: "sts:AssumeRole", resource: arn }, { account: undefined, context });
  const taking = { ...layers, resource: trustLayers(arn, trust).layer };
  const decision = readRuling(taking, decide(taking, asked));
  return decision.allowed ? undefined : (describeDenial(decision, asked)?.reason ?? "because it is denied");
}
