/** What is known of each dimension on a way through a formula, and whether a value is left for it. */
import { matchAction } from "../match/action.ts";
import type { Budget } from "./budget.ts";
import { CannotDecide } from "./budget.ts";
import { type Constraint, findChoice, findValue } from "./find-value.ts";
import type { Literal, ValueSet } from "./formula.ts";
import { machineOf } from "./machine.ts";
import type { KeyDomain } from "./key-domain.ts";
import {
  actionFormat,
  actionTokens,
  type Bindings,
  exactTokens,
  formats,
  literalTokens,
  resourceTokens,
  type Tokens,
} from "./tokens.ts";

export const ACTION = "action";
export const RESOURCE = "resource";

/** The sets that the value of a dimension is in, and those it is not in. */
export interface DimensionState {
  readonly wanted: readonly ValueSet[];
  readonly refused: readonly ValueSet[];
}

export type State = ReadonlyMap<string, DimensionState>;
export type Value = string | readonly string[] | undefined;

/** A request without a resource is about `*`. */
const noResource = literalTokens("*");

const free: DimensionState = { wanted: [], refused: [] };

export interface World {
  readonly domainOf: (key: string) => KeyDomain;
  readonly bindings: Bindings;
  readonly budget: Budget;
}

/** Answers about one dimension are remembered, because the same few questions come on every way through a formula. */
export class Theory {
  readonly #known = new Map<string, { readonly value: Value } | undefined>();
  readonly #tokens = new Map<number, readonly Tokens[]>();

  readonly world: World;

  constructor(world: World) {
    this.world = world;
  }

  /** The state with one literal more; undefined when no value would be left. */
  assert(state: State, literal: Literal): State | undefined {
    const before = state.get(literal.dimension) ?? free;
    const list = literal.wanted ? before.wanted : before.refused;
    if (list.includes(literal.set)) return state;
    const after = literal.wanted
      ? { wanted: [...list, literal.set], refused: before.refused }
      : { wanted: before.wanted, refused: [...list, literal.set] };
    if (this.valueOf(literal.dimension, after) === undefined) return undefined;
    return new Map([...state, [literal.dimension, after]]);
  }

  /** Whether the literal holds for every value that is left (`true`), for none, or for some. */
  status(state: State, literal: Literal): boolean | "open" {
    const { wanted, refused } = state.get(literal.dimension) ?? free;
    if (wanted.includes(literal.set)) return literal.wanted;
    if (refused.includes(literal.set)) return !literal.wanted;
    if (this.#isApart(literal.set, wanted)) return !literal.wanted;
    const canBeIn = this.valueOf(literal.dimension, { wanted: [...wanted, literal.set], refused }) !== undefined;
    if (!canBeIn) return !literal.wanted;
    const canBeOut = this.valueOf(literal.dimension, { wanted, refused: [...refused, literal.set] }) !== undefined;
    return canBeOut ? "open" : literal.wanted;
  }

  /** Whether texts of the set begin in another way than the value must. This alone separates most statements of a long policy. */
  #isApart(set: ValueSet, wanted: readonly ValueSet[]): boolean {
    if (set.kind !== "resource" || wanted.length === 0) return false;
    return wanted.some((other) => {
      const [only, more] = other.kind === "resource" ? this.#patterns(other) : [];
      if (only === undefined || more !== undefined) return false;
      const { head } = machineOf(only);
      return this.#patterns(set).every((tokens) => {
        const one = machineOf(tokens).head;
        return !one.startsWith(head) && !head.startsWith(one);
      });
    });
  }

  /** A value that is left; undefined when there is none. */
  valueOf(dimension: string, state: DimensionState): { readonly value: Value } | undefined {
    const key = `${dimension}|${idsOf(state.wanted)}|${idsOf(state.refused)}`;
    if (this.#known.has(key)) return this.#known.get(key);
    const value = this.#find(dimension, state);
    this.#known.set(key, value);
    return value;
  }

  /** Whether the action, in lower case, is left. */
  leavesAction(state: State, action: string): boolean {
    const { wanted, refused } = state.get(ACTION) ?? free;
    return wanted.every((set) => isActionIn(set, action)) && !refused.some((set) => isActionIn(set, action));
  }

  /** A text of an action or resource that is also of this form. */
  textLike(dimension: string, state: State, form: Tokens): string | undefined {
    const { wanted, refused } = state.get(dimension) ?? free;
    return findChoice([form], wanted.map(this.#patterns), refused.flatMap(this.#patterns), this.world.budget);
  }

  #find(dimension: string, state: DimensionState): { readonly value: Value } | undefined {
    this.world.budget.spend();
    if (dimension === ACTION || dimension === RESOURCE) return this.#findText(dimension, state);
    const { domainOf, bindings, budget } = this.world;
    const constraints = [
      ...state.wanted.map((set) => constraintOf(set, true)),
      ...state.refused.map((set) => constraintOf(set, false)),
    ];
    return findValue({ key: dimension, domain: domainOf(dimension), bindings, budget }, constraints);
  }

  #findText(dimension: string, { wanted, refused }: DimensionState): { readonly value: string } | undefined {
    const choices = wanted.map(this.#patterns);
    const against = refused.flatMap(this.#patterns);
    const forms = dimension === ACTION ? [actionFormat] : [formats.arn, noResource];
    for (const form of forms) {
      const value = findChoice([form], choices, against, this.world.budget);
      if (value !== undefined) return { value };
    }
    return undefined;
  }

  readonly #patterns = (set: ValueSet): readonly Tokens[] => {
    let tokens = this.#tokens.get(set.id);
    if (tokens === undefined) {
      tokens = patternsOf(set, this.world.bindings);
      this.#tokens.set(set.id, tokens);
    }
    return tokens;
  };
}

function patternsOf(set: ValueSet, bindings: Bindings): readonly Tokens[] {
  if (set.kind === "texts") return exactTokens(set.texts);
  if (set.kind === "action") return set.patterns.map(actionTokens);
  if (set.kind !== "resource") throw new CannotDecide("a condition in the place of a pattern");
  return set.patterns.flatMap((parts) => {
    const tokens = resourceTokens(parts, bindings);
    return tokens === undefined ? [] : [tokens];
  });
}

function isActionIn(set: ValueSet, action: string): boolean {
  if (set.kind === "texts") return set.texts.includes(action);
  return set.kind === "action" && set.patterns.some((pattern) => matchAction(pattern, action));
}

function constraintOf(set: ValueSet, wanted: boolean): Constraint {
  if (set.kind !== "condition") throw new CannotDecide("a pattern in the place of a condition");
  return { condition: set.condition, effect: set.effect, wanted };
}

function idsOf(sets: readonly ValueSet[]): string {
  return sets
    .map(({ id }) => id)
    .toSorted((left, right) => left - right)
    .join();
}
