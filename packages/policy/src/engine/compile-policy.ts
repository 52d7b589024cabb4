import { costOfStatements } from "./statement-cost.ts";
import type { Policy } from "../model/policy.ts";
import { indexActions, statementsOn } from "./action-index.ts";
import { compileStatement } from "./compile-statement.ts";
import { type LayersOf, mapLayers } from "../model/layers.ts";
import type { ActionBlock, Layers, NamedPolicy, NamedProgram, Program } from "./program.ts";
import { indexResources } from "./resource-index.ts";
import { MAX_STATEMENTS } from "./ruling.ts";

/** A document's blocks hold each statement at most this many times together, so that a program stays in proportion to its document. */
const MAX_COPIES = 8;
const MIN_SHARED = 64;
/** More actions than any one service's callers ask; a program that is asked for more starts its cache afresh. */
const MAX_BLOCKS = 512;
/** No service has a longer name. A request for a longer one leaves nothing in memory. */
const MAX_ACTION_LENGTH = 128;

/**
 * A document made ready for `decide`, whose work does not grow with the statements that a request does not concern. Compile once per document and share: the program holds nothing of any request but the
 * actions it was asked for.
 * @throws {RangeError} for a document of more than a million statements, far above any service's quota.
 */
export function compilePolicy(policy: Policy): Program {
  if (policy.statements.length > MAX_STATEMENTS)
    throw new RangeError(`a policy of ${policy.statements.length} statements cannot be compiled`);
  return {
    source: policy,
    statements: policy.statements.map(compileStatement),
    actions: indexActions(policy),
    deniesExcept: policy.statements.some(({ effect, principal }) => effect === "Deny" && principal?.negated === true),
    blocks: new Map(),
    shared: new Map(),
    sharedStatements: 0,
    recentAction: undefined,
    recentBlock: undefined,
  };
}

export function compileNamed({ policy, ...named }: NamedPolicy): NamedProgram {
  return { ...named, program: policy === "unreadable" ? "unreadable" : compilePolicy(policy) };
}

/** Layers of parsed documents, made ready for `decide`. */
export function compileLayers(layers: LayersOf<NamedPolicy>): Layers {
  return mapLayers(layers, compileNamed);
}

/** The part of a program that concerns an action. */
export function blockOf(program: Program, action: string): ActionBlock {
  if (program.recentBlock !== undefined && program.recentAction === action) return program.recentBlock;
  const block = program.blocks.get(action);
  if (block === undefined) return addBlock(program, action);
  program.recentAction = action;
  program.recentBlock = block;
  return block;
}

function addBlock(program: Program, action: string): ActionBlock {
  const concerned = statementsOn(action, program.actions, program.source.statements);
  const key = concerned.join();
  const block = program.shared.get(key) ?? makeBlock(program, concerned);
  if (action.length > MAX_ACTION_LENGTH) return block;
  const maxShared = Math.max(MIN_SHARED, MAX_COPIES * program.statements.length);
  if (program.blocks.size >= MAX_BLOCKS || program.sharedStatements + concerned.length > maxShared)
    forgetBlocks(program);
  if (!program.shared.has(key)) program.sharedStatements += concerned.length;
  program.shared.set(key, block);
  program.blocks.set(action, block);
  return block;
}

function forgetBlocks(program: Program): void {
  program.blocks.clear();
  program.shared.clear();
  program.sharedStatements = 0;
}

function makeBlock({ statements }: Program, concerned: readonly number[]): ActionBlock {
  const compiled = concerned.flatMap((index) => statements[index] ?? []);
  return {
    denies: indexResources(compiled.filter(({ source }) => source.effect === "Deny")),
    allows: indexResources(compiled.filter(({ source }) => source.effect !== "Deny")),
    cost: costOfStatements(compiled.map(({ source }) => source)),
  };
}
