/**
 * All layers of programs against one request: the same answer as `evaluate`, every Deny asked first, then only the
 * Allows the answer depends on. The rules and their sources are written out in `evaluate/evaluate.ts`.
 */
import type { AccessRequest } from "../evaluate/request.ts";
import { isRootOnBucketPolicy } from "../evaluate/root-on-bucket-policy.ts";
import { blockOf } from "./compile-policy.ts";
import type { NamedProgram, ProgramLayers } from "./program.ts";
import * as rulings from "./ruling.ts";
import { firstApplying, isAtLeast, NONE, statementOf, strongestGrant } from "./scan-program.ts";

const { guardrail, resource, identity, boundary, session } = rulings.layerIndex;
const { allow, implicitDeny } = rulings;

/** No rule has decided yet. */
const UNDECIDED = -1;

/**
 * The decision on a request, as an integer: see `Ruling`. Allocates nothing but what the context and the rarer elements
 * do (lists of values, ARN wildcards before the last segment, variables in conditions).
 */
export function decide(layers: ProgramLayers, asked: AccessRequest): rulings.Ruling {
  const request = meetsException(layers) ? { ...asked, bounded: true as const } : asked;
  const text = resourceText(request);
  const denied = denyOf(layers, request, text);
  if (denied !== UNDECIDED) return denied;
  const { principal, resourceAccount } = request;
  if (principal.kind === "anonymous" || principal.kind === "service") return decideOnResource(layers, request, text);
  for (const level of layers.guardrails) {
    if (allowIn(level, guardrail, request, text) === UNDECIDED) return implicitDeny(guardrail);
  }
  if (resourceAccount === undefined || resourceAccount === principal.accountId)
    return decideInAccount(layers, request, text);
  const own = capped(callersOwn(layers, request, text), layers, request, text);
  return rulings.isAllowed(own) ? decideOnResource(layers, request, text) : own;
}

/** The one element that a boundary's mere presence changes: see `matchPrincipal`. */
function meetsException({ boundary: bound, resource: on }: ProgramLayers): boolean {
  return bound !== "none" && on !== "none" && on.policy.program !== "damaged" && on.policy.program.deniesExcept;
}

/**
 * An action without a resource is asked with `*`, which only a pattern for everything covers. S3's are written with
 * `arn:aws:s3:::*` as well (see `resourceMatches` in `evaluate/statement.ts`), which everything covers too.
 */
function resourceText({ resource: asked, action }: AccessRequest): string {
  return asked === "*" && action.slice(0, 3).toLowerCase() === "s3:" ? "arn:aws:s3:::*" : asked;
}

/** Whoever it is, only the resource's own policy grants. */
function decideOnResource(layers: ProgramLayers, request: AccessRequest, text: string): rulings.Ruling {
  const grant = grantOn(layers, request, text);
  return grant === NONE ? implicitDeny(resource) : allow(resource, 0, statementOf(grant));
}

function decideInAccount(layers: ProgramLayers, request: AccessRequest, text: string): rulings.Ruling {
  const grant = grantOn(layers, request, text);
  if (grant === NONE && layers.resource !== "none" && layers.resource.kind === "trust") return implicitDeny(resource);
  if (isAtLeast(grant, "limited")) {
    const granted = allow(resource, 0, statementOf(grant));
    return isAtLeast(grant, "direct") ? granted : capped(granted, layers, request, text);
  }
  return capped(callersOwn(layers, request, text), layers, request, text);
}

function callersOwn(layers: ProgramLayers, request: AccessRequest, text: string): rulings.Ruling {
  if (request.principal.kind === "root") return rulings.rootAllow;
  const allowed = allowIn(layers.identity, identity, request, text);
  return allowed === UNDECIDED ? implicitDeny(identity) : allowed;
}

/** An allow, when boundary and every session policy allow as well; a federated user has nothing without the latter. */
function capped(own: rulings.Ruling, layers: ProgramLayers, request: AccessRequest, text: string): rulings.Ruling {
  if (!rulings.isAllowed(own)) return own;
  if (layers.boundary !== "none" && !allows(layers.boundary, request, text)) return implicitDeny(boundary);
  if (layers.sessions.length === 0 && request.principal.kind === "federated-user") return implicitDeny(session);
  for (const policies of layers.sessions) {
    if (allowIn(policies, session, request, text) === UNDECIDED) return implicitDeny(session);
  }
  return own;
}

/** The first Deny in the order guardrails, resource, identity, boundary, sessions; a damaged policy is one. */
function denyOf(layers: ProgramLayers, request: AccessRequest, text: string): rulings.Ruling {
  const { kind } = request.principal;
  // Guardrails are of the caller's account.
  const hasAccount = kind !== "anonymous" && kind !== "service";
  let denied = hasAccount ? denyInAll(layers.guardrails, guardrail, request, text) : UNDECIDED;
  if (denied !== UNDECIDED) return denied;
  if (layers.resource !== "none" && !isRootOnBucketPolicy(request)) {
    const { kind: place, policy } = layers.resource;
    if (policy.program === "damaged") return rulings.damagedDeny(resource, 0);
    const at = firstApplying(blockOf(policy.program, request.action).denies, text, request, place);
    if (at !== NONE) return rulings.explicitDeny(resource, 0, at);
  }
  denied = denyIn(layers.identity, identity, 0, request, text);
  if (denied !== UNDECIDED) return denied;
  if (layers.boundary !== "none") {
    if (layers.boundary.program === "damaged") return rulings.damagedDeny(boundary, 0);
    const at = firstApplying(blockOf(layers.boundary.program, request.action).denies, text, request, "attached");
    if (at !== NONE) return rulings.explicitDeny(boundary, 0, at);
  }
  return denyInAll(layers.sessions, session, request, text);
}

function denyInAll(
  lists: readonly (readonly NamedProgram[])[],
  layer: rulings.LayerIndex,
  request: AccessRequest,
  text: string,
): rulings.Ruling {
  let before = 0;
  for (const list of lists) {
    const denied = denyIn(list, layer, before, request, text);
    if (denied !== UNDECIDED) return denied;
    before += list.length;
  }
  return UNDECIDED;
}

/** `before`: how many policies of the layer precede the list. */
function denyIn(
  list: readonly NamedProgram[],
  layer: rulings.LayerIndex,
  before: number,
  request: AccessRequest,
  text: string,
): rulings.Ruling {
  // INVARIANT: a damaged policy anywhere in the list denies before what the others say is asked.
  for (let policy = 0; policy < list.length; policy += 1) {
    if (list[policy]?.program === "damaged") return rulings.damagedDeny(layer, before + policy);
  }
  for (let policy = 0; policy < list.length; policy += 1) {
    const program = list[policy]?.program;
    if (program === undefined || program === "damaged") continue;
    const at = firstApplying(blockOf(program, request.action).denies, text, request, "attached");
    if (at !== NONE) return rulings.explicitDeny(layer, before + policy, at);
  }
  return UNDECIDED;
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
    if (program === undefined || program === "damaged") continue;
    const at = firstApplying(blockOf(program, request.action).allows, text, request, "attached");
    if (at !== NONE) return allow(layer, policy, at);
  }
  return UNDECIDED;
}

function allows({ program }: NamedProgram, request: AccessRequest, text: string): boolean {
  if (program === "damaged") return false;
  return firstApplying(blockOf(program, request.action).allows, text, request, "attached") !== NONE;
}

function grantOn({ resource: layer }: ProgramLayers, request: AccessRequest, text: string): number {
  if (layer === "none" || layer.policy.program === "damaged") return NONE;
  return strongestGrant(blockOf(layer.policy.program, request.action).allows, text, request, layer.kind);
}
