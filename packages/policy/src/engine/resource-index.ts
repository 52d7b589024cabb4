/**
 * Statements by the literal their resource patterns begin with: a radix tree, so that a request meets only the patterns
 * its resource agrees with, however many others the document holds.
 */
import type { CompiledStatement } from "./compile-statement.ts";
import type { ResourcePattern } from "../match/resource.ts";

/** One way into statements: a pattern some of them list, or, undefined, a statement to ask about every resource. */
export interface IndexEntry {
  readonly pattern: ResourcePattern | undefined;
  /** In the document's order. */
  readonly statements: readonly CompiledStatement[];
}

export interface ResourceIndex {
  /** What the resource must go on with to enter this node. */
  readonly label: string;
  /** Those whose literal ends here, in the order of their first statements. */
  readonly entries: readonly IndexEntry[];
  /** By the code unit that follows the label. */
  readonly children: ReadonlyMap<number, ResourceIndex> | undefined;
}

/** Undefined when no statement can ever apply. */
export function indexResources(statements: readonly CompiledStatement[]): ResourceIndex | undefined {
  const entries = entriesOf(statements);
  return entries.length === 0 ? undefined : treeOf(entries);
}

/** Statements that list the same pattern share an entry: it is matched once for all of them. */
function entriesOf(statements: readonly CompiledStatement[]): readonly IndexEntry[] {
  const entries: IndexEntry[] = [];
  const byPattern = new Map<string, CompiledStatement[]>();
  for (const statement of statements) {
    const { resource } = statement.source;
    if (resource === undefined || resource.negated) {
      entries.push({ pattern: undefined, statements: [statement] });
      continue;
    }
    for (const pattern of statement.resources) {
      if (pattern.shape === "never") continue;
      const key = keyOf(pattern);
      const same = byPattern.get(key);
      if (same === undefined) {
        const first = [statement];
        byPattern.set(key, first);
        entries.push({ pattern, statements: first });
      } else if (same.at(-1) !== statement) same.push(statement);
    }
  }
  return entries;
}

/** Equal for patterns that match the same. */
function keyOf({ shape, literal, pattern }: ResourcePattern): string {
  return `${shape} ${shape === "exact" || shape === "prefix" ? literal : JSON.stringify(pattern.parts)}`;
}

function literalOf({ pattern }: IndexEntry): string {
  return pattern?.literal ?? "";
}

interface GrowingNode extends ResourceIndex {
  children: Map<number, GrowingNode> | undefined;
}

/** A node whose children are still to be made: `below` has the entries whose literals continue after `end`. */
interface Branch {
  readonly node: GrowingNode;
  readonly below: readonly IndexEntry[];
  readonly end: number;
}

/** With a work list, not recursion: literals may nest as deep as a document is long. */
function treeOf(entries: readonly IndexEntry[]): ResourceIndex {
  const root = branchOf(entries, 0);
  const pending = [root];
  for (let branch = pending.pop(); branch !== undefined; branch = pending.pop()) {
    const { node, below, end } = branch;
    for (const [unit, siblings] of byUnit(below, end)) {
      const child = branchOf(siblings, end);
      node.children ??= new Map();
      node.children.set(unit, child.node);
      pending.push(child);
    }
  }
  return root.node;
}

function byUnit(entries: readonly IndexEntry[], at: number): ReadonlyMap<number, readonly IndexEntry[]> {
  const groups = new Map<number, IndexEntry[]>();
  for (const entry of entries) {
    const unit = literalOf(entry).charCodeAt(at);
    const group = groups.get(unit);
    if (group === undefined) groups.set(unit, [entry]);
    else group.push(entry);
  }
  return groups;
}

/** The node for entries whose literals agree up to `from`. */
function branchOf(entries: readonly IndexEntry[], from: number): Branch {
  const literals = entries.map(literalOf);
  const end = commonEnd(literals, from);
  const label = literals[0]?.slice(from, end) ?? "";
  const here = entries.filter((entry) => literalOf(entry).length === end);
  const below = entries.filter((entry) => literalOf(entry).length > end);
  return { node: { label, entries: here, children: undefined }, below, end };
}

/** Where the literals, which agree up to `from`, stop agreeing. */
function commonEnd(literals: readonly string[], from: number): number {
  const [first = ""] = literals;
  let end = first.length;
  for (const literal of literals) {
    let at = from;
    while (at < end && literal.charCodeAt(at) === first.charCodeAt(at)) at += 1;
    end = at;
  }
  return end;
}
