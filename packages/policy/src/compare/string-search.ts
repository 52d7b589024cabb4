/**
 * Is there a text that matches each of these patterns and none of those? A joint search over the states of all patterns answers it. Only
 * characters that a pattern names at this place are tried, and one for all others.
 */
import type { Budget } from "./budget.ts";
import { type CharClass, freshCharacters } from "./char-class.ts";
import { type Machine, machineOf, type MachineState, withoutHoles } from "./machine.ts";
import type { Tokens } from "./tokens.ts";

/** A letter that stands for the value of a variable that is not known. No text has it. */
const HOLE = "\u0000hole";

interface Patterns {
  /** The wanted ones first. */
  readonly machines: readonly Machine[];
  readonly wanted: number;
  readonly classes: readonly CharClass[];
  /** The text is written so that the variables of this pattern are letters in it; -1 without variables. */
  readonly leader: number;
}

interface Place {
  readonly states: readonly MachineState[];
  readonly before: Place | undefined;
  readonly character: string;
  readonly length: number;
  /** Patterns that the text so far does not fulfil. */
  readonly missing: number;
}

/** A place is kept until the search ends: what it costs beside its states. */
const keptPlace = 20;

/** `any`: whether there is one is all that is asked. `shortest`: for people, unless that costs too much. */
export type Which = "any" | "shortest";

/** So many places are looked at for a shortest text; then any other will do. */
const maxShortest = 500;

/** Undefined: there is none. With variables in the patterns the answer "none" is certain, and a text is only likely. */
export function findText(
  wanted: readonly Tokens[],
  refused: readonly Tokens[],
  budget: Budget,
  which: Which = "any",
): string | undefined {
  let head = "";
  for (const tokens of wanted) {
    const one = machineOf(tokens).head;
    if (one.length > head.length) head = one;
  }
  if (!wanted.every((tokens) => head.startsWith(machineOf(tokens).head))) return undefined;
  const near = refused.filter((tokens) => {
    const other = machineOf(tokens).head;
    return other.startsWith(head) || head.startsWith(other);
  });
  const leader = wanted.findIndex((tokens) => machineOf(tokens).hasHole);
  const machines = [
    ...wanted.map((tokens, index) => machineOf(index === leader ? tokens : withoutHoles(tokens))),
    ...near.map(machineOf),
  ];
  budget.spend(1 + wanted.length + refused.length);
  const classes = [...new Set(machines.flatMap((machine) => machine.classes))].toSorted();
  // Over a variable whose value is not known the search has to go itself.
  const start = machines[leader]?.head ?? head;
  return search({ machines, wanted: wanted.length, classes, leader }, start, budget, which);
}

/**
 * Whoever asks for any text gets to one soon: first goes on what already fulfils the most patterns. Of k patterns `*a*`, `*b*` … that is k
 * places; in order of length it is 2^k.
 */
function search(patterns: Patterns, head: string, budget: Budget, which: Which): string | undefined {
  const { machines } = patterns;
  const seen = new Set<string>();
  const queues = new Queues<Place>();
  const add = (states: readonly MachineState[], before: Place | undefined, character: string): void => {
    const missing = unfulfilled(patterns, states);
    if (missing === undefined) return;
    const key = keyOf(states);
    if (seen.has(key)) return;
    seen.add(key);
    budget.spend(keptPlace + machines.length);
    const length = before === undefined ? 0 : before.length + 1;
    queues.add(which === "any" ? missing : length, { states, before, character, length, missing });
  };
  const least = budget.left / 2;
  let places = 0;
  const start = machines.map((machine) => machine.after(head, budget));
  add(start, undefined, head);
  for (let place = queues.next(); place !== undefined; place = queues.next()) {
    if (place.missing === 0) return textOf(place);
    places += 1;
    if (which === "shortest" && (places > maxShortest || budget.left < least))
      return search(patterns, head, budget, "any");
    const characters = charactersAt(patterns, place.states);
    budget.spend(characters.length * machines.length);
    for (const character of characters) add(advance(patterns, place.states, character, budget), place, character);
  }
  return undefined;
}

/** Places by rank, the least first; of one rank, in the order in which they came. */
class Queues<T> {
  readonly #lists: { readonly items: T[]; next: number }[] = [];
  #least = 0;

  add(rank: number, item: T): void {
    for (let more = this.#lists.length; more <= rank; more += 1) this.#lists.push({ items: [], next: 0 });
    this.#lists[rank]?.items.push(item);
    if (rank < this.#least) this.#least = rank;
  }

  next(): T | undefined {
    for (; this.#least < this.#lists.length; this.#least += 1) {
      const list = this.#lists[this.#least];
      const item = list?.items[list.next];
      if (list === undefined || item === undefined) continue;
      list.next += 1;
      return item;
    }
    return undefined;
  }
}

function advance(
  { machines, wanted, leader }: Patterns,
  states: readonly MachineState[],
  character: string,
  budget: Budget,
): readonly MachineState[] {
  if (character !== HOLE)
    return machines.map((machine, index) => {
      const state = states[index];
      return state === undefined ? machine.at([]) : machine.step(state, character, budget);
    });
  const met = states[leader]?.holes ?? [];
  return machines.map((machine, index) => {
    const state = states[index] ?? machine.at([]);
    return machine.overHole(state, met, index < wanted && index !== leader, budget);
  });
}

function textOf(place: Place): string {
  const characters: string[] = [];
  for (let at: Place | undefined = place; at !== undefined; at = at.before)
    characters.push(at.character === HOLE ? "x" : at.character);
  return characters.reverse().join("");
}

/** How many patterns do not yet say what they should of the text so far; undefined when nothing that follows can change that. */
function unfulfilled({ wanted }: Patterns, states: readonly MachineState[]): number | undefined {
  let missing = 0;
  for (const [index, { positions, accepts, acceptsAll }] of states.entries()) {
    if (index < wanted ? positions.length === 0 : acceptsAll) return undefined;
    if (accepts !== index < wanted) missing += 1;
  }
  return missing;
}

/** Two units for each state, so that no two lists have one key. */
function keyOf(states: readonly MachineState[]): string {
  let key = "";
  for (const { number } of states) key += String.fromCharCode(number & 0x7fff, number >>> 15);
  return key;
}

/** A wanted pattern that names its next characters says all that can come; else those named by any pattern, and one for each group of others. */
function charactersAt({ wanted, classes, leader }: Patterns, states: readonly MachineState[]): readonly string[] {
  const hole = leader >= 0 && (states[leader]?.holes.length ?? 0) > 0 ? [HOLE] : [];
  let forced: readonly string[] | undefined;
  for (let index = 0; index < wanted; index += 1) {
    const state = states[index];
    if (state !== undefined && !state.isFree && (forced === undefined || state.named.length < forced.length))
      forced = state.named;
  }
  if (forced !== undefined) return [...hole, ...forced];
  const named = new Set<string>();
  for (const state of states) for (const character of state.named) named.add(character);
  return [...hole, ...freshCharacters(classes, named), ...[...named].sort()];
}
