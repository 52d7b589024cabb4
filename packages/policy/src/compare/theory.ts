/** What is known of each dimension on a way through a formula, and whether a value is left for it. */
import { matchAction } from "../match/action.ts";
import type { Budget } from "./budget.ts";
import { CannotDecide } from "./budget.ts";
import { type Constraint, findChoice, findValue, holdsFor } from "./find-value.ts";
import type { Literal, ValueSet } from "./formula.ts";
import type { KeyDomain } from "./key-domain.ts";
import { machineOf } from "./machine.ts";
import type { Which } from "./string-search.ts";
import {
  actionFormat,
  actionTokens,
  type Bindings,
  exactTokens,
  formats,
  literalTokens,
  resourceTokens,
  type Tokens,
  tokensOfSet,
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
  /** No variable is open: each value that is found is one that there is. */
  readonly isExact: boolean;
  readonly budget: Budget;
}

interface Held {
  readonly value: Value;
}

/** Answers about one dimension are remembered, because the same few questions come on every way through a formula. */
export class Theory {
  readonly #known = new Map<string, Held | undefined>();
  readonly #shown = new Map<string, Held | undefined>();

  readonly world: World;

  constructor(world: World) {
    this.world = world;
  }

  /** The state with one literal more; undefined when no value would be left. */
  assert(state: State, literal: Literal): State | undefined {
    const { dimension, set, wanted } = literal;
    const before = state.get(dimension) ?? free;
    if ((wanted ? before.wanted : before.refused).includes(set)) return state;
    const after = withSet(before, set, wanted);
    const held = this.#held(dimension, before);
    const isKept = held !== undefined && this.#isIn(dimension, set, held.value) === wanted;
    if (isKept) this.#known.set(keyOf(dimension, after), held);
    else if (!this.#isLeft(dimension, after)) return undefined;
    this.world.budget.spend(1 + state.size);
    return new Map([...state, [dimension, after]]);
  }

  /** Whether the literal holds for every value that is left (`true`), for none, or for some. */
  status(state: State, literal: Literal): boolean | "open" {
    const { dimension, set } = literal;
    const now = state.get(dimension) ?? free;
    this.world.budget.spend(1 + now.wanted.length + now.refused.length);
    if (now.wanted.includes(set)) return literal.wanted;
    if (now.refused.includes(set)) return !literal.wanted;
    if (this.#isApart(set, now.wanted)) return !literal.wanted;
    // The value that is known is in the set or not, so that only the other answer is searched for.
    const held = this.#held(dimension, now);
    const isIn = held === undefined ? undefined : this.#isIn(dimension, set, held.value);
    const canBeIn = isIn === true || this.#isLeft(dimension, withSet(now, set, true));
    if (!canBeIn) return !literal.wanted;
    const canBeOut = isIn === false || this.#isLeft(dimension, withSet(now, set, false));
    return canBeOut ? "open" : literal.wanted;
  }

  /** A value that was found for the state; undefined when none is known, or when it is only likely. */
  #held(dimension: string, state: DimensionState): Held | undefined {
    return this.world.isExact ? this.#known.get(keyOf(dimension, state)) : undefined;
  }

  #isIn(dimension: string, set: ValueSet, value: Value): boolean {
    const { bindings, budget } = this.world;
    if (set.kind === "condition") return holdsFor({ key: dimension, bindings, budget }, constraintOf(set, true), value);
    if (typeof value !== "string") return false;
    if (set.kind === "texts") return set.texts.includes(value);
    return this.#patterns(set).some((tokens) => machineOf(tokens).matches(value, budget));
  }

  /** Whether texts of the set begin in another way than the value must. This alone separates most statements of a long policy. */
  #isApart(set: ValueSet, wanted: readonly ValueSet[]): boolean {
    if (set.kind !== "resource" || wanted.length === 0) return false;
    this.world.budget.spend(set.patterns.length);
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

  #isLeft(dimension: string, state: DimensionState): boolean {
    const key = keyOf(dimension, state);
    let held = this.#known.get(key);
    if (held === undefined && !this.#known.has(key)) {
      held = this.#find(dimension, state, "any");
      this.#known.set(key, held);
    }
    return held !== undefined;
  }

  /** A value that is left, as people like it; undefined when there is none. */
  valueOf(dimension: string, state: DimensionState): Held | undefined {
    const key = keyOf(dimension, state);
    let held = this.#shown.get(key);
    if (held === undefined) this.#shown.set(key, (held = this.#find(dimension, state, "shortest")));
    return held;
  }

  /** Whether the action, in lower case, is left. */
  leavesAction(state: State, action: string): boolean {
    const { wanted, refused } = state.get(ACTION) ?? free;
    for (const set of [...wanted, ...refused]) this.world.budget.spend(set.kind === "action" ? set.patterns.length : 1);
    return wanted.every((set) => isActionIn(set, action)) && !refused.some((set) => isActionIn(set, action));
  }

  /** A text of an action or resource that is also of this form. */
  textLike(dimension: string, state: State, form: Tokens): string | undefined {
    const { wanted, refused } = state.get(dimension) ?? free;
    return this.#choose(form, wanted, refused, "shortest");
  }

  #find(dimension: string, state: DimensionState, which: Which): Held | undefined {
    const { domainOf, bindings, budget } = this.world;
    budget.spend(keptValue + state.wanted.length + state.refused.length);
    if (dimension === ACTION || dimension === RESOURCE) return this.#findText(dimension, state, which);
    const constraints = [
      ...state.wanted.map((set) => constraintOf(set, true)),
      ...state.refused.map((set) => constraintOf(set, false)),
    ];
    return findValue({ key: dimension, domain: domainOf(dimension), bindings, budget, which }, constraints);
  }

  #findText(dimension: string, { wanted, refused }: DimensionState, which: Which): Held | undefined {
    const forms = dimension === ACTION ? [actionFormat] : [formats.arn, noResource];
    for (const form of forms) {
      const value = this.#choose(form, wanted, refused, which);
      if (value !== undefined) return { value };
    }
    return undefined;
  }

  #choose(form: Tokens, wanted: readonly ValueSet[], refused: readonly ValueSet[], which: Which): string | undefined {
    const { budget } = this.world;
    const texts = { wanted: [form], refused: refused.flatMap(this.#patterns), budget, which };
    return findChoice(texts, wanted.map(this.#patterns));
  }

  readonly #patterns = (set: ValueSet): readonly Tokens[] => {
    if (set.kind === "texts") return exactTokens(set.texts);
    const { bindings } = this.world;
    if (set.kind === "action")
      return tokensOfSet(
        set,
        bindings,
        () => [],
        () => set.patterns.map(actionTokens),
      );
    if (set.kind !== "resource") throw new CannotDecide("a condition in the place of a pattern");
    return tokensOfSet(
      set,
      bindings,
      () => set.patterns,
      () =>
        set.patterns.flatMap((parts) => {
          const tokens = resourceTokens(parts, bindings);
          return tokens === undefined ? [] : [tokens];
        }),
    );
  };
}

/** An answer is kept as long as the question. */
const keptValue = 10;

function isActionIn(set: ValueSet, action: string): boolean {
  if (set.kind === "texts") return set.texts.includes(action);
  return set.kind === "action" && set.patterns.some((pattern) => matchAction(pattern, action));
}

function constraintOf(set: ValueSet, wanted: boolean): Constraint {
  if (set.kind !== "condition") throw new CannotDecide("a pattern in the place of a condition");
  return { set, wanted };
}

function withSet({ wanted, refused }: DimensionState, set: ValueSet, isWanted: boolean): DimensionState {
  return isWanted ? { wanted: [...wanted, set], refused } : { wanted, refused: [...refused, set] };
}

function keyOf(dimension: string, { wanted, refused }: DimensionState): string {
  return `${dimension}|${idsOf(wanted)}|${idsOf(refused)}`;
}

function idsOf(sets: readonly ValueSet[]): string {
  return sets
    .map(({ id }) => id)
    .toSorted((left, right) => left - right)
    .join();
}
