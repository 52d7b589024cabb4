/**
 * Is there a text that matches each of these patterns and none of those? A joint breadth-first search over the states of all patterns answers
 * it, with a shortest text. Only characters that a pattern names at this place are tried, and one for all others.
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
}

/** Undefined: there is none. With variables in the patterns the answer "none" is certain, and a text is only likely. */
export function findText(wanted: readonly Tokens[], refused: readonly Tokens[], budget: Budget): string | undefined {
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
  budget.spend(1 + (refused.length >> 4));
  const classes = [...new Set(machines.flatMap((machine) => machine.classes))].toSorted();
  // Over a variable whose value is not known the search has to go itself.
  const start = machines[leader]?.head ?? head;
  return search({ machines, wanted: wanted.length, classes, leader }, start, budget);
}

function search(patterns: Patterns, head: string, budget: Budget): string | undefined {
  const { machines } = patterns;
  const start = machines.map((machine) => machine.after(head));
  if (isDead(patterns, start)) return undefined;
  const seen = new Set([keyOf(start)]);
  let level: readonly Place[] = [{ states: start, before: undefined, character: head }];
  while (level.length > 0) {
    const next: Place[] = [];
    for (const place of level) {
      budget.spend(1 + (machines.length >> 3));
      if (isAccepted(patterns, place.states)) return textOf(place);
      for (const character of charactersAt(patterns, place.states)) {
        const states = advance(patterns, place.states, character);
        if (isDead(patterns, states)) continue;
        const key = keyOf(states);
        if (seen.has(key)) continue;
        seen.add(key);
        next.push({ states, before: place, character });
      }
    }
    level = next;
  }
  return undefined;
}

function advance(
  { machines, wanted, leader }: Patterns,
  states: readonly MachineState[],
  character: string,
): readonly MachineState[] {
  if (character !== HOLE)
    return machines.map((machine, index) => {
      const state = states[index];
      return state === undefined ? machine.at([]) : machine.step(state, character);
    });
  const met = states[leader]?.holes ?? [];
  return machines.map((machine, index) => {
    const state = states[index] ?? machine.at([]);
    return machine.overHole(state, met, index < wanted && index !== leader);
  });
}

function textOf(place: Place): string {
  const characters: string[] = [];
  for (let at: Place | undefined = place; at !== undefined; at = at.before)
    characters.push(at.character === HOLE ? "x" : at.character);
  return characters.reverse().join("");
}

function isDead({ wanted }: Patterns, states: readonly MachineState[]): boolean {
  for (let index = 0; index < states.length; index += 1) {
    const state = states[index];
    if (index < wanted ? state?.positions.length === 0 : state?.acceptsAll === true) return true;
  }
  return false;
}

function isAccepted({ wanted }: Patterns, states: readonly MachineState[]): boolean {
  return states.every(({ accepts }, index) => accepts === index < wanted);
}

function keyOf(states: readonly MachineState[]): string {
  let key = "";
  for (const { number } of states) key += String.fromCodePoint(number);
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
