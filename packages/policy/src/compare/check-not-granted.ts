/** Whether a policy grants nothing of what somebody names. */
import type { Policy } from "../model/policy.ts";
import { parsePolicy } from "../parse/parse.ts";
import type { Answer } from "./answer.ts";
import { type CompareOptions, isInside } from "./compare-policies.ts";
import { providersIn } from "./policy-callers.ts";

export interface NamedAccess {
  /** Patterns of actions; none: any action. */
  readonly actions: readonly string[];
  /** Patterns of ARNs; none: any resource. */
  readonly resources: readonly string[];
}

/**
 * Whether no request for one of the actions on one of the resources is granted: the policy is then inside one that allows everything else.
 * @returns `no` with the statements that grant such a request; `unknown` also when the names are not patterns of actions and resources.
 */
export function checkNotGranted(policy: Policy, access: NamedAccess, options: CompareOptions = {}): Answer {
  const { statements } = policy;
  const isOfResource = statements.some(({ principal }) => principal !== undefined);
  const isTrust = isOfResource && statements.every(({ resource }) => resource === undefined);
  if (isTrust && access.resources.length > 0)
    return { answer: "unknown", construct: "resources that are asked of a trust policy, which names none" };
  // Everyone is nobody whom a token names: see `tokenCallers`.
  const Federated = providersIn([policy]);
  const whom = isOfResource ? { Principal: { AWS: "*", ...(Federated.length === 0 ? {} : { Federated }) } } : {};
  const others = { Version: "2012-10-17", Statement: allButThese(access, whom) };
  const bounds = parsePolicy(JSON.stringify(others), isOfResource ? "resource" : "identity").policy;
  if (bounds === undefined)
    return { answer: "unknown", construct: "names that are not patterns of actions and resources" };
  return isInside(policy, isTrust ? withoutResources(bounds) : bounds, { ...options, strengths: false });
}

function allButThese({ actions, resources }: NamedAccess, whom: object): readonly object[] {
  const allow = { Effect: "Allow", ...whom };
  const otherActions = { ...allow, NotAction: actions, Resource: "*" };
  const otherResources = { ...allow, Action: "*", NotResource: resources.map(withoutVariables) };
  return [...(actions.length === 0 ? [] : [otherActions]), ...(resources.length === 0 ? [] : [otherResources])];
}

/** As a trust policy is, which nobody may write with `NotAction`. */
function withoutResources(policy: Policy): Policy {
  const statements = policy.statements.map((statement) => {
    const { resource: _resource, ...rest } = statement;
    return rest;
  });
  return { ...policy, statements };
}

/** `$` is a character of the name, and begins no variable. */
function withoutVariables(pattern: string): string {
  return pattern.replaceAll("$", "${$}");
}
