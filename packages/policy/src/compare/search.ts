/** The ways in which a formula can be true: each is a state of the dimensions in which every dimension has a value left. */
import type { Formula } from "./formula.ts";
import type { State, Theory } from "./theory.ts";

export function* waysToFulfil(theory: Theory, formulas: readonly Formula[], from: State = new Map()): Generator<State> {
  theory.world.budget.spend(1 + formulas.length);
  const settled = settle(theory, formulas, from);
  if (settled === undefined) return;
  const { state, open } = settled;
  const [first] = open.toSorted((left, right) => left.parts.length - right.parts.length);
  if (first === undefined) {
    yield state;
    return;
  }
  const others = open.filter((one) => one !== first);
  for (const part of first.parts) yield* waysToFulfil(theory, [part, ...others], state);
}

type Choice = Extract<Formula, { kind: "any" }>;

interface Settled {
  readonly state: State;
  /** What is left to choose, each with at least two alternatives. */
  readonly open: readonly Choice[];
}

/** Everything that follows without a choice, until nothing more follows; undefined when that is a contradiction. */
function settle(theory: Theory, formulas: readonly Formula[], from: State): Settled | undefined {
  let state = from;
  let pending = formulas;
  for (;;) {
    const before = state;
    const open: Choice[] = [];
    const stack = pending.toReversed();
    for (let formula = stack.pop(); formula !== undefined; formula = stack.pop()) {
      if (formula.kind === "all") {
        for (const part of formula.parts.toReversed()) stack.push(part);
        continue;
      }
      if (formula.kind === "literal") {
        const next = theory.assert(state, formula.literal);
        if (next === undefined) return undefined;
        state = next;
        continue;
      }
      const simpler = simplify(theory, state, formula);
      if (simpler === true) continue;
      if (simpler === false) return undefined;
      if (simpler.kind === "any") open.push(simpler);
      else stack.push(simpler);
    }
    if (state === before || open.length === 0) return { state, open };
    pending = open;
  }
}

/** The formula without what the state decides already. */
export function simplify(theory: Theory, state: State, formula: Formula): Formula | boolean {
  if (formula.kind === "literal") {
    const status = theory.status(state, formula.literal);
    return status === "open" ? formula : status;
  }
  const neutral = formula.kind === "all";
  const parts: Formula[] = [];
  for (const part of formula.parts) {
    const simpler = simplify(theory, state, part);
    if (simpler === !neutral) return !neutral;
    if (typeof simpler !== "boolean") parts.push(simpler);
  }
  const [only] = parts;
  if (only === undefined) return neutral;
  return parts.length === 1 ? only : { kind: formula.kind, parts };
}
