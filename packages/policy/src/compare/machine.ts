/**
 * A pattern as an automaton that is made deterministic only where a search goes. One pattern has few states, because a `*` makes all earlier
 * positions needless; the searches of one question share them.
 */
import type { Budget } from "./budget.ts";
import { type CharClass, isInClass } from "./char-class.ts";
import type { Token, Tokens } from "./tokens.ts";

type Hole = Extract<Token, { kind: "hole" }>;

export interface MachineState {
  readonly number: number;
  /** Positions in the pattern, in order. None: nothing can match any more. */
  readonly positions: readonly number[];
  readonly accepts: boolean;
  /** Whether all that may follow matches. */
  readonly acceptsAll: boolean;
  /** Characters that lead elsewhere than others of their class do. */
  readonly named: readonly string[];
  /** Whether there are others at all. */
  readonly isFree: boolean;
  readonly holes: readonly Hole[];
}

export class Machine {
  readonly tokens: Tokens;
  /** What every text that it matches begins with. */
  readonly head: string;
  readonly hasHole: boolean;
  readonly classes: readonly CharClass[];
  readonly #states = new Map<string, MachineState>();
  readonly #steps: Map<string, MachineState>[] = [];
  readonly #afterHeads = new Map<string, MachineState>();

  constructor(tokens: Tokens) {
    this.tokens = tokens;
    this.head = headOf(tokens);
    this.hasHole = tokens.some(({ kind }) => kind === "hole");
    this.classes = tokens.flatMap((token) => (token.kind === "one" || token.kind === "run" ? [token.of] : []));
  }

  /** After a text that every text in question begins with. */
  after(head: string, budget: Budget): MachineState {
    let state = this.#afterHeads.get(head);
    if (state === undefined) {
      state = this.at([0]);
      for (const character of head) state = this.step(state, character, budget);
      budget.spend(head.length);
      if (this.#afterHeads.size >= maxHeads) this.#afterHeads.clear();
      this.#afterHeads.set(head, state);
    }
    return state;
  }

  /** Whether the pattern matches the text. */
  matches(text: string, budget: Budget): boolean {
    budget.spend(text.length);
    let state = this.at([0]);
    for (const character of text) state = this.step(state, character, budget);
    return state.accepts;
  }

  step(from: MachineState, character: string, budget: Budget): MachineState {
    const steps = this.#steps[from.number];
    let state = steps?.get(character);
    if (state === undefined) {
      budget.spend(keptState + 2 * from.positions.length);
      state = this.at(this.#next(from.positions, character));
      steps?.set(character, state);
    }
    return state;
  }

  #next(positions: readonly number[], character: string): readonly number[] {
    const next: number[] = [];
    for (const at of positions) {
      const token = this.tokens[at];
      if (token === undefined || token.kind === "hole") continue;
      if (token.kind === "char") {
        if (token.characters.includes(character)) next.push(at + 1);
      } else if (isInClass(token.of, character)) next.push(token.kind === "run" ? at : at + 1);
    }
    return next;
  }

  /**
   * The state of these positions, which are in order, and of those after a run that matches nothing; without those that a later `*` makes
   * needless.
   */
  at(positions: readonly number[]): MachineState {
    const reached: number[] = [];
    let next = 0;
    let least = 0;
    for (const from of positions) {
      if (from < next) continue;
      for (let at = from; ; at += 1) {
        reached.push(at);
        next = at + 1;
        const token = this.tokens[at];
        if (token?.kind !== "run") break;
        if (token.of === "any") least = at;
      }
    }
    const kept = reached.filter((at) => at >= least);
    const key = kept.join();
    let state = this.#states.get(key);
    if (state === undefined) {
      state = this.#describe(kept);
      this.#states.set(key, state);
      this.#steps.push(new Map());
    }
    return state;
  }

  #describe(positions: readonly number[]): MachineState {
    const tokens = positions.flatMap((at) => this.tokens[at] ?? []);
    const last = this.tokens.length - 1;
    const end = this.tokens[last];
    return {
      number: this.#states.size,
      positions,
      accepts: positions.includes(this.tokens.length),
      acceptsAll: end?.kind === "run" && end.of === "any" && positions.includes(last),
      named: [...new Set(tokens.flatMap((token) => (token.kind === "char" ? token.characters : [])))],
      isFree: tokens.some(({ kind }) => kind === "one" || kind === "run"),
      holes: tokens.filter((token) => token.kind === "hole"),
    };
  }

  /**
   * Over a variable whose value is not known, which another pattern has here as `met`. A refused pattern goes on only with a `*` or with the
   * same variable; a wanted one (`isWanted`) with anything. So more texts are found than there are, and never fewer.
   */
  overHole({ positions }: MachineState, met: readonly Hole[], isWanted: boolean, budget: Budget): MachineState {
    budget.spend(isWanted ? this.tokens.length : positions.length);
    if (isWanted) {
      const first = positions[0] ?? 0;
      return this.at(Array.from({ length: this.tokens.length + 1 - first }, (_, after) => first + after));
    }
    return this.at(
      positions.flatMap((at) => {
        const token = this.tokens[at];
        if (token?.kind === "run" && token.of === "any") return [at];
        if (token?.kind !== "hole") return [];
        return met.some(({ key, ignoreCase }) => key === token.key && (token.ignoreCase || !ignoreCase))
          ? [at + 1]
          : [];
      }),
    );
  }
}

const maxHeads = 1000;
/** A state is kept as long as the pattern: what it costs beside its positions. */
const keptState = 20;

const machines = new WeakMap<Tokens, Machine>();

export function machineOf(tokens: Tokens): Machine {
  let machine = machines.get(tokens);
  if (machine === undefined) machines.set(tokens, (machine = new Machine(tokens)));
  return machine;
}

function headOf(tokens: Tokens): string {
  let head = "";
  for (const token of tokens) {
    if (token.kind !== "char" || token.characters.length > 1) break;
    head += token.characters[0] ?? "";
  }
  return head;
}

const widened = new WeakMap<Tokens, Tokens>();

/** With any text in the place of each variable. */
export function withoutHoles(tokens: Tokens): Tokens {
  if (!machineOf(tokens).hasHole) return tokens;
  let wide = widened.get(tokens);
  if (wide === undefined) {
    wide = tokens.map((token): Token => (token.kind === "hole" ? { kind: "run", of: "any" } : token));
    widened.set(tokens, wide);
  }
  return wide;
}
