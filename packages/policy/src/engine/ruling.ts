/** A decision as one integer, so that deciding allocates nothing. */
import type { Decision, LayerName } from "../model/request.ts";
import type { Layers, NamedProgram } from "./program.ts";

/**
 * What `decide` answers: reason, layer, policy and statement packed into one non-negative safe integer. Read it with
 * `isAllowed`, `reasonOf`, `layerOf`, `policyIndexOf` and `statementIndexOf`, or whole with `readRuling`.
 */
export type Ruling = number;

// Lowest first: 2 bits of reason, 3 of layer, 20 of statement, the policy above. With up to 64 policies in a layer the
// whole is a small integer, which costs no memory; above it stays exact.
const REASONS = 4;
const LAYER_UNIT = REASONS;
const STATEMENT_UNIT = LAYER_UNIT * 8;
const POLICY_UNIT = STATEMENT_UNIT * 2 ** 20;

/** A document of more statements has no program. */
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
  return ruling % REASONS === ALLOW;
}

/** An unreadable policy is an explicit deny of its layer. */
export function reasonOf(ruling: Ruling): Decision["reason"] {
  const reason = ruling % REASONS;
  if (reason === ALLOW) return "allow";
  return reason === IMPLICIT_DENY ? "implicit-deny" : "explicit-deny";
}

export function layerName(layer: LayerIndex): LayerName {
  return LAYER_NAMES[layer] ?? "none";
}

export function layerOf(ruling: Ruling): LayerName {
  return LAYER_NAMES[Math.floor(ruling / LAYER_UNIT) % 8] ?? "none";
}

/** Position of the deciding policy in its layer, counted through all levels or sessions; undefined when none decided. */
export function policyIndexOf(ruling: Ruling): number | undefined {
  return hasPolicy(ruling) ? Math.floor(ruling / POLICY_UNIT) : undefined;
}

/** Position of the deciding statement in its document; undefined when no statement decided. */
export function statementIndexOf(ruling: Ruling): number | undefined {
  return hasPolicy(ruling) && ruling % REASONS !== UNREADABLE
    ? Math.floor(ruling / STATEMENT_UNIT) % MAX_STATEMENTS
    : undefined;
}

function hasPolicy(ruling: Ruling): boolean {
  if (ruling % REASONS === IMPLICIT_DENY) return false;
  const layer = layerOf(ruling);
  return layer !== "root" && layer !== "none";
}

/** The ruling in words. `layers`: those the ruling was made on. */
export function readRuling(layers: Layers, ruling: Ruling): Decision {
  const layer = layerOf(ruling);
  const reason = reasonOf(ruling);
  const allowed = reason === "allow";
  const named = hasPolicy(ruling) ? policyAt(layers, layer, Math.floor(ruling / POLICY_UNIT)) : undefined;
  if (named === undefined) return { allowed, reason, layer, statement: undefined, unreadable: undefined };
  const { name, program } = named;
  if (program === "unreadable" || ruling % REASONS === UNREADABLE)
    return { allowed, reason, layer, statement: undefined, unreadable: name };
  const index = Math.floor(ruling / STATEMENT_UNIT) % MAX_STATEMENTS;
  const statement = { policyName: name, index, sid: program.source.statements[index]?.sid };
  return { allowed, reason, layer, statement, unreadable: undefined };
}

function policyAt(layers: Layers, layer: LayerName, at: number): NamedProgram | undefined {
  switch (layer) {
    case "guardrail":
      return nthOf(layers.guardrails, at);
    case "resource":
      return layers.resource === "none" ? undefined : layers.resource.policy;
    case "identity":
      return layers.identity[at];
    case "boundary":
      return layers.boundary === "none" ? undefined : layers.boundary;
    case "session":
      return nthOf(layers.sessions, at);
    case "root":
    case "none":
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
