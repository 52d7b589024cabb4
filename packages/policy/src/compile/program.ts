/** What `compilePolicy` makes of one policy document, and the layers `decide` takes. */
import type { StatementCost } from "../evaluate/decision-cost.ts";
import type { Layers, NamedPolicy } from "../evaluate/request.ts";
import type { Policy } from "../syntax/policy.ts";
import type { ActionIndex } from "./action-index.ts";
import type { CompiledStatement } from "./compile-statement.ts";
import type { ResourceIndex } from "./resource-index.ts";

/** The statements that one action concerns, by effect; undefined where there are none. */
export interface ActionBlock {
  readonly denies: ResourceIndex | undefined;
  readonly allows: ResourceIndex | undefined;
  readonly cost: StatementCost;
}

/**
 * One policy document, ready to decide. Its answers never change, so one program serves everybody the document is
 * attached to. `blocks` and `shared` are filled as actions are asked for: most documents are only ever asked a few.
 */
export interface Program {
  /** The document itself: what `evaluate` explains a decision from. */
  readonly source: Policy;
  /** In the document's order. */
  readonly statements: readonly CompiledStatement[];
  readonly actions: ActionIndex;
  /** Whether a Deny has a NotPrincipal. */
  readonly deniesExcept: boolean;
  /** By the action as requests spell it. */
  readonly blocks: Map<string, ActionBlock>;
  /** The block last found: a decision asks for Denies and then for Allows, and callers repeat themselves. */
  recentAction: string | undefined;
  recentBlock: ActionBlock | undefined;
  /** The same blocks by the statements they hold: actions that concern the same statements share one. */
  readonly shared: Map<string, ActionBlock>;
  /** Statements in all of `shared` together. */
  sharedStatements: number;
}

/** A program with the name its document is known by, or `damaged`: its whole layer then denies. */
export interface NamedProgram {
  readonly name: string;
  readonly program: Program | "damaged";
}

/** The layers `evaluate` takes (see `Layers`), with programs for documents. */
export interface ProgramLayers {
  readonly guardrails: readonly (readonly NamedProgram[])[];
  readonly identity: readonly NamedProgram[];
  readonly boundary: NamedProgram | "none";
  readonly sessions: readonly (readonly NamedProgram[])[];
  readonly resource: { readonly kind: "resource" | "trust"; readonly policy: NamedProgram } | "none";
}

function sourceOf({ name, program }: NamedProgram): NamedPolicy {
  return { name, policy: program === "damaged" ? "damaged" : program.source };
}

/** The layers of documents behind layers of programs: what `evaluate` takes to give a decision's trace. */
export function sourceLayers(layers: ProgramLayers): Layers {
  const { guardrails, identity, boundary, sessions, resource } = layers;
  return {
    guardrails: guardrails.map((level) => level.map(sourceOf)),
    identity: identity.map(sourceOf),
    boundary: boundary === "none" ? "none" : sourceOf(boundary),
    sessions: sessions.map((policies) => policies.map(sourceOf)),
    resource: resource === "none" ? "none" : { kind: resource.kind, policy: sourceOf(resource.policy) },
  };
}
