/**
 * All layers of programs against one request: every Deny first, then only the Allows that the answer depends on.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
 */
import type { AccessRequest, StatementPlace } from "../model/request.ts";
import { blockOf } from "./compile-policy.ts";
import { hasAccount, type LevelVisitor, visitLevels } from "./layer-order.ts";
import { needsNoPermission } from "./needs-no-permission.ts";
import type { Layers, NamedProgram } from "./program.ts";
import { isRootOnBucketPolicy } from "./root-on-bucket-policy.ts";
import * as rulings from "./ruling.ts";
import { firstApplying, isAtLeast, NONE, statementOf, strongestGrant } from "./scan-program.ts";

const { guardrail, resource, identity, boundary, session } = rulings.layerIndex;
const { allow, implicitDeny, UNDECIDED } = rulings;

/**
 * The decision on a request, as an integer: see `Ruling`. Allocates nothing but what the context and the rarer elements
 * do (lists of values, ARN wildcards before the last segment, variables in conditions).
 */
export function decide(layers: Layers, asked: AccessRequest): rulings.Ruling {
  if (needsNoPermission(asked)) return rulings.freeAllow;
  const request = boundedRequest(layers, asked);
  const text = resourceText(request);
  const denied = visitLevels(layers, request, text, denies);
  if (denied !== UNDECIDED) return denied;
  const { principal, resourceAccount } = request;
  for (const level of layers.guardrails) {
    if (allowIn(level, guardrail, request, text) === UNDECIDED) return implicitDeny(guardrail);
  }
  if (!hasAccount(principal)) return decideOnResource(layers, request, text);
  if (resourceAccount === undefined || resourceAccount === principal.accountId)
    return decideInAccount(layers, request, text);
  const own = capped(callersOwn(layers, request, text), layers, request, text);
  return rulings.isAllowed(own) ? decideOnResource(layers, request, text) : own;
}

/** NotPrincipal with Deny is the one element that the mere presence of a boundary changes: see `matchPrincipal`. */
export function boundedRequest({ boundary: bound, resource: on }: Layers, asked: AccessRequest): AccessRequest {
  const meets =
    bound !== "none" && on !== "none" && on.policy.program !== "unreadable" && on.policy.program.deniesExcept;
  return meets ? { ...asked, bounded: true } : asked;
}

/**
 * An action without a resource is asked with `*`, which only a pattern for everything covers. S3's are written with
 * `arn:aws:s3:::*` as well (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_s3_home-directory-console.html), which everything
 * covers too.
 */
export function resourceText({ resource: asked, action }: AccessRequest): string {
  return asked === "*" && action.slice(0, 3).toLowerCase() === "s3:" ? "arn:aws:s3:::*" : asked;
}

/** Whoever it is, only the resource's own policy grants. */
function decideOnResource(layers: Layers, request: AccessRequest, text: string): rulings.Ruling {
  const grant = grantOn(layers, request, text);
  return grant === NONE ? implicitDeny(resource) : allow(resource, 0, statementOf(grant));
}

function decideInAccount(layers: Layers, request: AccessRequest, text: string): rulings.Ruling {
  const grant = grantOn(layers, request, text);
  if (grant === NONE && layers.resource !== "none" && layers.resource.kind === "trust") return implicitDeny(resource);
  if (isAtLeast(grant, "limited")) {
    const granted = allow(resource, 0, statementOf(grant));
    return isAtLeast(grant, "direct") ? granted : capped(granted, layers, request, text);
  }
  return capped(callersOwn(layers, request, text), layers, request, text);
}

function callersOwn(layers: Layers, request: AccessRequest, text: string): rulings.Ruling {
  if (request.principal.kind === "root") return rulings.rootAllow;
  const allowed = allowIn(layers.identity, identity, request, text);
  return allowed === UNDECIDED ? implicitDeny(identity) : allowed;
}

/** An allow, when boundary and every session policy allow as well; a federated user has nothing without the latter. */
function capped(own: rulings.Ruling, layers: Layers, request: AccessRequest, text: string): rulings.Ruling {
  if (!rulings.isAllowed(own)) return own;
  if (layers.boundary !== "none" && !allows(layers.boundary, request, text)) return implicitDeny(boundary);
  if (layers.sessions.length === 0 && request.principal.kind === "federated-user") return implicitDeny(session);
  for (const policies of layers.sessions) {
    if (allowIn(policies, session, request, text) === UNDECIDED) return implicitDeny(session);
  }
  return own;
}

/** Looks for a Deny. An unreadable policy is one. */
const denies: LevelVisitor = {
  list(policies, layer, before, request, text) {
    // INVARIANT: an unreadable policy anywhere in the list denies before the others are asked.
    for (let at = 0; at < policies.length; at += 1) {
      if (policies[at]?.program === "unreadable") return rulings.unreadableDeny(layer, before + at);
    }
    for (let at = 0; at < policies.length; at += 1) {
      const named = policies[at];
      const found = named === undefined ? UNDECIDED : denyOf(named, layer, before + at, "attached", request, text);
      if (found !== UNDECIDED) return found;
    }
    return UNDECIDED;
  },
  one(policy, layer, place, request, text) {
    if (layer === resource && isRootOnBucketPolicy(request)) return UNDECIDED;
    return denyOf(policy, layer, 0, place, request, text);
  },
};

function denyOf(
  { program }: NamedProgram,
  layer: rulings.LayerIndex,
  policy: number,
  place: StatementPlace,
  request: AccessRequest,
  text: string,
): rulings.Ruling {
  if (program === "unreadable") return rulings.unreadableDeny(layer, policy);
  const at = firstApplying(blockOf(program, request.action).denies, text, request, place);
  return at === NONE ? UNDECIDED : rulings.explicitDeny(layer, policy, at);
}

/** The first Allow of policies that are attached to the caller. */
function allowIn(
  list: readonly NamedProgram[],
  layer: rulings.LayerIndex,
  request: AccessRequest,
  text: string,
): rulings.Ruling {
  for (let policy = 0; policy < list.length; policy += 1) {
    const program = list[policy]?.program;
    if (program === undefined || program === "unreadable") continue;
    const at = firstApplying(blockOf(program, request.action).allows, text, request, "attached");
    if (at !== NONE) return allow(layer, policy, at);
  }
  return UNDECIDED;
}

function allows({ program }: NamedProgram, request: AccessRequest, text: string): boolean {
  if (program === "unreadable") return false;
  return firstApplying(blockOf(program, request.action).allows, text, request, "attached") !== NONE;
}

function grantOn({ resource: layer }: Layers, request: AccessRequest, text: string): number {
  if (layer === "none" || layer.policy.program === "unreadable") return NONE;
  return strongestGrant(blockOf(layer.policy.program, request.action).allows, text, request, layer.kind);
}
