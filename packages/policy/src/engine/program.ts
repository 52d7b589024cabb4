/** What `compilePolicy` makes of one policy document, and the layers of them that `decide` takes. */
import type { LayersOf } from "../model/layers.ts";
import type { PolicyOrigin } from "../model/policy-origin.ts";
import type { StatementCost } from "./statement-cost.ts";
import type { Policy } from "../model/policy.ts";
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
  /** The document itself: what a trace shows, and what a suggested change is tried on. */
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

/** A program with the name its document is known by, or `unreadable`: its whole layer then denies. */
export interface NamedProgram {
  readonly name: string;
  /** Where the document is kept, as far as it is known; `namedProgram` makes the name from it. */
  readonly origin?: PolicyOrigin | undefined;
  readonly program: Program | "unreadable";
}

/** The layers `decide` takes. */
export type Layers = LayersOf<NamedProgram>;

/** A parsed policy with the name it is known by in traces and messages, or `unreadable`: its whole layer then denies. */
export interface NamedPolicy {
  /** Of a policy with an `origin`: as `policyNameOf` has it. */
  readonly name: string;
  readonly origin?: PolicyOrigin | undefined;
  readonly policy: Policy | "unreadable";
}
