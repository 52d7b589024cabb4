/** A decision as one integer, so that deciding allocates nothing. */
import type { Decision, LayerName } from "../model/request.ts";
import type { Layers, NamedProgram } from "./program.ts";

/**
 * What `decide` answers: reason, layer, policy and statement packed into one non-negative safe integer. Read it with
 * `isAllowed`, `reasonOf`, `layerOf`, `policyIndexOf` and `statementIndexOf`, or whole with `readRuling`.
 */
export type Ruling = number;

// Lowest first: 2 bits of reason, 3 of layer, 20 of statement, the policy above. With up to 64 policies in a layer the
// whole is a small integer, which costs no memory; above it stays exact. All but the policy is in the lower 32 bits, so bit operators
// take it out; `%` on what may be a floating-point number is a function call.
const LAYER_UNIT = 4;
const STATEMENT_UNIT = LAYER_UNIT * 8;
const POLICY_UNIT = STATEMENT_UNIT * 2 ** 20;

/** A document with more statements is not compiled. */
export const MAX_STATEMENTS = 2 ** 20;

/** No rule has decided yet: no ruling, and never what `decide` answers. */
export const UNDECIDED: Ruling = -1;

const IMPLICIT_DENY = 0;
const EXPLICIT_DENY = 1;
const UNREADABLE = 2;
const ALLOW = 3;

/** Positions of the layers in a ruling. */
export const layerIndex = {
  none: 0,
  guardrail: 1,
  resource: 2,
  identity: 3,
  boundary: 4,
  session: 5,
  root: 6,
} as const satisfies Record<LayerName, number>;

const LAYER_NAMES: readonly LayerName[] = ["none", "guardrail", "resource", "identity", "boundary", "session", "root"];

export type LayerIndex = (typeof layerIndex)[LayerName];

export function implicitDeny(layer: LayerIndex): Ruling {
  return IMPLICIT_DENY + layer * LAYER_UNIT;
}

export function explicitDeny(layer: LayerIndex, policy: number, statement: number): Ruling {
  return EXPLICIT_DENY + layer * LAYER_UNIT + statement * STATEMENT_UNIT + policy * POLICY_UNIT;
}

export function unreadableDeny(layer: LayerIndex, policy: number): Ruling {
  return UNREADABLE + layer * LAYER_UNIT + policy * POLICY_UNIT;
}

export function allow(layer: LayerIndex, policy: number, statement: number): Ruling {
  return ALLOW + layer * LAYER_UNIT + statement * STATEMENT_UNIT + policy * POLICY_UNIT;
}

export const rootAllow: Ruling = ALLOW + layerIndex.root * LAYER_UNIT;

/** The action needs no permission. */
export const freeAllow: Ruling = ALLOW + layerIndex.none * LAYER_UNIT;

export function isAllowed(ruling: Ruling): boolean {
  return reasonCode(ruling) === ALLOW;
}

/** An unreadable policy is an explicit deny of its layer. */
export function reasonOf(ruling: Ruling): Decision["reason"] {
  const reason = reasonCode(ruling);
  if (reason === ALLOW) return "allow";
  return reason === IMPLICIT_DENY ? "implicit-deny" : "explicit-deny";
}

export function layerName(layer: number): LayerName {
  return LAYER_NAMES[layer] ?? "none";
}

export function layerOf(ruling: Ruling): LayerName {
  return layerName(layerNumber(ruling));
}

/** Position of the deciding policy in its layer, counted through all levels or sessions; undefined when none decided. */
export function policyIndexOf(ruling: Ruling): number | undefined {
  return hasPolicy(reasonCode(ruling), layerNumber(ruling)) ? policyNumber(ruling) : undefined;
}

/** Position of the deciding statement in its document; undefined when no statement decided. */
export function statementIndexOf(ruling: Ruling): number | undefined {
  const reason = reasonCode(ruling);
  return hasPolicy(reason, layerNumber(ruling)) && reason !== UNREADABLE ? statementNumber(ruling) : undefined;
}

function reasonCode(ruling: Ruling): number {
  return ruling & 3;
}

function layerNumber(ruling: Ruling): number {
  return (ruling >>> 2) & 7;
}

function statementNumber(ruling: Ruling): number {
  return (ruling >>> 5) & (MAX_STATEMENTS - 1);
}

function policyNumber(ruling: Ruling): number {
  return Math.floor(ruling / POLICY_UNIT);
}

function hasPolicy(reason: number, layer: number): boolean {
  return reason !== IMPLICIT_DENY && layer !== layerIndex.none && layer !== layerIndex.root;
}

/** The ruling in words. `layers`: those the ruling was made on. Each number is taken out once: the gateway reads every ruling. */
export function readRuling(layers: Layers, ruling: Ruling): Decision {
  const code = reasonCode(ruling);
  const at = layerNumber(ruling);
  const layer = layerName(at);
  const allowed = code === ALLOW;
  const reason = reasonOf(code);
  const named = hasPolicy(code, at) ? policyAt(layers, at, policyNumber(ruling)) : undefined;
  if (named === undefined) return { allowed, reason, layer, statement: undefined, unreadable: undefined };
  const { name, origin, program } = named;
  if (program === "unreadable" || code === UNREADABLE)
    return { allowed, reason, layer, statement: undefined, unreadable: name };
  const index = statementNumber(ruling);
  const statement = { policyName: name, origin, index, sid: program.source.statements[index]?.sid };
  return { allowed, reason, layer, statement, unreadable: undefined };
}

function policyAt(layers: Layers, layer: number, at: number): NamedProgram | undefined {
  switch (layer) {
    case layerIndex.guardrail:
      return nthOf(layers.guardrails, at);
    case layerIndex.resource:
      return layers.resource === "none" ? undefined : layers.resource.policy;
    case layerIndex.identity:
      return layers.identity[at];
    case layerIndex.boundary:
      return layers.boundary === "none" ? undefined : layers.boundary;
    case layerIndex.session:
      return nthOf(layers.sessions, at);
    default:
      return undefined;
  }
}

function nthOf(lists: readonly (readonly NamedProgram[])[], at: number): NamedProgram | undefined {
  let rest = at;
  for (const list of lists) {
    if (rest < list.length) return list[rest];
    rest -= list.length;
  }
  return undefined;
}
