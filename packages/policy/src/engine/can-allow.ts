/** Whether a request could be allowed at all, as far as that can be known before the whole request is known. */
import type { PrincipalMatch } from "../match/principal-match.ts";
import type { AccessRequest } from "../model/request.ts";
import { grantOf } from "./resource-grant.ts";
import { blockOf } from "./compile-policy.ts";
import type { CompiledStatement } from "./compile-statement.ts";
import { hasAccount } from "./layer-order.ts";
import { needsNoPermission } from "./needs-no-permission.ts";
import type { NamedProgram, Layers } from "./program.ts";
import type { ResourceIndex } from "./resource-index.ts";

/** A request whose resource is known by its beginning only, and whose context is not known. */
export interface PossibleRequest extends Pick<AccessRequest, "principal" | "action" | "resourceAccount"> {
  readonly resourcePrefix: string;
}

/**
 * False: `decide` allows no request that begins like this, whatever the rest of its resource and its context are. It walks the same layers
 * as `decide` and looks at Allow statements alone, without their conditions; a Deny may still come.
 */
export function canAllow(layers: Layers, about: PossibleRequest): boolean {
  if (needsNoPermission(about)) return true;
  const { principal, resourceAccount } = about;
  const granted = grantOn(layers, about);
  if (!hasAccount(principal)) return granted !== "none";
  if (!layers.guardrails.every((level) => canAllowIn(level, about))) return false;
  const own = (): boolean =>
    (principal.kind === "root" || canAllowIn(layers.identity, about)) && isWithinCaps(layers, about);
  if (resourceAccount !== undefined && resourceAccount !== principal.accountId) return granted !== "none" && own();
  if (granted === "direct") return true;
  if (granted === "limited") return isWithinCaps(layers, about);
  const isTrust = layers.resource !== "none" && layers.resource.kind === "trust";
  return isTrust && granted === "none" ? false : own();
}

function isWithinCaps({ boundary, sessions }: Layers, about: PossibleRequest): boolean {
  if (boundary !== "none" && !canAllowIn([boundary], about)) return false;
  return sessions.every((policies) => canAllowIn(policies, about));
}

function canAllowIn(policies: readonly NamedProgram[], about: PossibleRequest): boolean {
  return policies.some((policy) => !allowsThatReach(policy, about).next().done);
}

/** The most that an Allow of the resource's own policy could give. */
function grantOn({ resource }: Layers, about: PossibleRequest): PrincipalMatch {
  if (resource === "none") return "none";
  let strongest: PrincipalMatch = "none";
  for (const { source } of allowsThatReach(resource.policy, about)) {
    const grant = grantOf(source, about.principal);
    if (grant === "direct") return grant;
    if (grant === "limited" || strongest === "none") strongest = grant;
  }
  return strongest;
}

function* allowsThatReach(
  { program }: NamedProgram,
  { action, resourcePrefix }: PossibleRequest,
): Generator<CompiledStatement> {
  if (program !== "unreadable") yield* reachedFrom(blockOf(program, action).allows, resourcePrefix);
}

/** The statements with a pattern whose literal agrees with the prefix as far as both go: each may match what is to come. */
function* reachedFrom(index: ResourceIndex | undefined, prefix: string): Generator<CompiledStatement> {
  const pending = index === undefined ? [] : [{ node: index, at: 0 }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { node, at } = next;
    const rest = prefix.slice(at);
    if (!rest.startsWith(node.label) && !node.label.startsWith(rest)) continue;
    for (const { statements } of node.entries) yield* statements;
    const end = at + node.label.length;
    const children = node.children ?? new Map<number, ResourceIndex>();
    const onward = end < prefix.length ? [children.get(prefix.charCodeAt(end))] : [...children.values()];
    for (const child of onward) if (child !== undefined) pending.push({ node: child, at: end });
  }
}
