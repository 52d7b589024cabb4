/** Is there a request of a caller that fulfils a formula? With a request, when there is. */
import type { PatternPart, Policy } from "../model/policy.ts";
import { principalContext } from "../model/principal-context.ts";
import { type Budget, CannotDecide } from "./budget.ts";
import { type Caller, domainFor, keysOf, twoNames } from "./callers.ts";
import { type Formula, not } from "./formula.ts";
import { dimensionOfKey, type KeyDomain } from "./key-domain.ts";
import { waysToFulfil } from "./search.ts";
import { freeActions, possibleRequests, type Sets } from "./statements.ts";
import { type State, Theory } from "./theory.ts";
import { type Binding, type Bindings, exactTokens, formats } from "./tokens.ts";
import { findText } from "./string-search.ts";
import { type Found, type Witness, witnessOf } from "./witness.ts";

export interface Scene {
  readonly caller: Caller;
  /** All documents of the question: keys, variables and texts in them. */
  readonly policies: readonly Policy[];
  readonly sets: Sets;
  readonly budget: Budget;
  /** What is known already, by the values of variables. */
  readonly theories: Map<string, Theory>;
  readonly resourceAccount?: string | undefined;
  /** Condition keys that the question fixes, in lower case; an empty list: the key is absent. */
  readonly context?: ReadonlyMap<string, string | readonly string[]>;
}

/** What variables are tried with. */
type Assignment = ReadonlyMap<string, Binding>;

/** So many ways are looked at for one that somebody would recognize. */
const maxWays = 24;
const maxTrials = 64;
/** Where there are too many variables for an answer, values are tried all the same: a request that is found by them is one. */
const trialsOfMany = 4;
/** What is known of a caller is kept as long as the question. */
const keptTheory = 100;

/** Undefined: there is none. @throws {CannotDecide} */
export function findRequest(scene: Scene, formula: Formula): Witness | undefined {
  const variables = openVariables(scene);
  if (variables.length > 3) {
    const found = withTriedValues(scene, new Map(), variables, formula, trialsOfMany);
    if (found !== undefined) return found;
    throw new CannotDecide(`more than three variables at once: ${variables.join(", ")}`);
  }
  scene.budget.spend(1 + 2 ** variables.length);
  let undecided: string | undefined;
  for (const presence of presences(scene, variables)) {
    const open = variables.filter((key) => presence.get(key) === "open");
    const theory = theoryOf(scene, presence);
    if (open.length === 0) {
      const found = firstFound(scene, theory, presence, formula);
      if (found !== undefined) return found;
      continue;
    }
    if (waysToFulfil(theory, framed(scene, formula)).next().done === true) continue;
    const found = withTriedValues(scene, presence, open, formula);
    if (found !== undefined) return found;
    undecided ??= open.map((key) => `\${${key}}`).join(" and ");
  }
  if (undecided !== undefined) throw new CannotDecide(`the variable ${undecided}`);
  return undefined;
}

function framed({ sets }: Scene, formula: Formula): readonly Formula[] {
  return [possibleRequests(sets), not(freeActions(sets)), formula];
}

function firstFound(scene: Scene, theory: Theory, assignment: Assignment, formula: Formula): Witness | undefined {
  const given = new Map([...(scene.context ?? [])].filter(([, value]) => value.length > 0 || value === ""));
  for (const [key, value] of assignment) if (typeof value !== "string") given.set(key, value.text);
  const { caller, resourceAccount } = scene;
  const asked = askedKeys(scene.policies);
  const make = (state: State): Found => witnessOf({ theory, caller, asked, given, resourceAccount }, state);
  let first: Found | undefined;
  let contradiction: CannotDecide | undefined;
  let ways = 0;
  for (const state of waysToFulfil(theory, framed(scene, formula))) {
    try {
      const found = make(state);
      if (found.isPlausible) return found.witness;
      first ??= found;
    } catch (error) {
      if (!(error instanceof CannotDecide) || error.construct !== twoNames) throw error;
      contradiction ??= error;
    }
    ways += 1;
    if (ways >= maxWays) break;
  }
  if (first !== undefined || contradiction === undefined) return first?.witness;
  const named = assignment.has(userName) ? undefined : withTriedValues(scene, assignment, [userName], formula);
  if (named === undefined) throw contradiction;
  return named;
}

const userName = "aws:username";

/** Values that a variable meets in these policies, one after the other. Each is tried exactly. */
function withTriedValues(
  scene: Scene,
  presence: Assignment,
  open: readonly string[],
  formula: Formula,
  most = maxTrials,
): Witness | undefined {
  const values = open.map((key) => triedValues(scene, key));
  let trials = 0;
  for (const chosen of combinations(values)) {
    if (trials >= most) break;
    trials += 1;
    const assignment = new Map([...presence, ...open.map((key, at) => [key, { text: chosen[at] ?? "" }] as const)]);
    const found = firstFound(scene, theoryOf(scene, assignment), assignment, formula);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** One of each list, those that come first in their lists before others. They are made one after the other, because there are very many. */
function* combinations(lists: readonly (readonly string[])[]): Generator<readonly string[]> {
  const last = lists.reduce((sum, list) => sum + list.length - 1, 0);
  for (let sum = 0; sum <= last; sum += 1) yield* withSum(lists, sum);
}

/** The places of the chosen ones in their lists add up to the sum. */
function* withSum([first, ...others]: readonly (readonly string[])[], sum: number): Generator<readonly string[]> {
  if (first === undefined) {
    if (sum === 0) yield [];
    return;
  }
  for (const [at, one] of first.slice(0, sum + 1).entries())
    for (const rest of withSum(others, sum - at)) yield [one, ...rest];
}

function triedValues({ policies, caller, budget }: Scene, key: string): readonly string[] {
  const texts = policies.flatMap(({ statements }) =>
    statements.flatMap(({ resource, conditions }) => [
      ...(resource?.patterns ?? []),
      ...conditions.flatMap(({ values }) => values),
    ]),
  );
  const pieces = texts.flatMap(({ parts }) =>
    parts.flatMap((part) => (part.kind === "literal" ? part.text.split(/[/:]/) : [])),
  );
  const whole = policies.flatMap(({ statements }) =>
    statements.flatMap(({ conditions }) =>
      conditions.flatMap((condition) =>
        condition.key.toLowerCase() === key ? condition.values.map(({ text }) => text.replaceAll(/[*?]/g, "x")) : [],
      ),
    ),
  );
  const { format, excluded = [] } = domainFor(caller, key, false);
  const isPossible = (text: string): boolean =>
    text !== "" &&
    !excluded.includes(text) &&
    (format === undefined || findText([format, ...exactTokens([text])], [], budget) !== undefined);
  // What says who calls may have a form that no word of the policies has: `AIDA…`.
  const own = principalContext(caller.principal).get(key);
  const usual = ["xyz", "x0y1z2", ...(typeof own === "string" ? [own] : [])];
  const tried = new Set([...usual, ...whole, ...pieces, ...pieces.map((piece) => `${piece}x`)]);
  budget.spend(tried.size);
  const possible: string[] = [];
  for (const text of tried) if (possible.length < maxTrials && isPossible(text)) possible.push(text);
  return possible;
}

function* presences(scene: Scene, variables: readonly string[]): Generator<Assignment> {
  for (let bits = 0; bits < 2 ** variables.length; bits += 1) {
    const assignment = new Map<string, Binding>(
      variables.map((key, index) => [key, (bits >> index) % 2 === 0 ? "open" : "absent"]),
    );
    const isPossible = [...assignment].every(
      ([key, value]) => value !== "absent" || domainFor(scene.caller, key, false).mayBeAbsent,
    );
    if (isPossible) yield assignment;
  }
}

/** Keys of variables whose value neither the caller nor the question gives. */
export function openVariables(scene: Scene): readonly string[] {
  let keys = variablesOf.get(scene);
  if (keys === undefined) variablesOf.set(scene, (keys = readVariables(scene)));
  return keys;
}

const variablesOf = new WeakMap<Scene, readonly string[]>();

function readVariables({ policies, caller, context }: Scene): readonly string[] {
  const keys = new Set<string>();
  const add = (parts: readonly PatternPart[]): void => {
    for (const part of parts) {
      if (part.kind !== "variable") continue;
      const key = part.key.toLowerCase();
      const { fixed, multivalued } = domainFor(caller, key, false);
      if (fixed === undefined && !multivalued && context?.has(key) !== true) keys.add(key);
    }
  };
  for (const { statements } of policies)
    for (const { resource, conditions } of statements) {
      for (const { parts } of resource?.patterns ?? []) add(parts);
      for (const { values } of conditions) for (const { parts } of values) add(parts);
    }
  return [...keys];
}

const askedBy = new WeakMap<readonly Policy[], readonly string[]>();

/** Dimensions of the condition keys that the documents ask for. */
function askedKeys(policies: readonly Policy[]): readonly string[] {
  let keys = askedBy.get(policies);
  if (keys === undefined) {
    const written = policies.flatMap(({ statements }) => statements.flatMap(keysOf));
    askedBy.set(policies, (keys = [...new Set(written.map(dimensionOfKey))]));
  }
  return keys;
}

export function theoryOf(scene: Scene, assignment: Assignment): Theory {
  const key = JSON.stringify([...assignment]);
  let theory = scene.theories.get(key);
  if (theory === undefined) scene.theories.set(key, (theory = makeTheory(scene, assignment)));
  return theory;
}

function makeTheory({ policies, caller, context, budget }: Scene, assignment: Assignment): Theory {
  budget.spend(policies.reduce((sum, { statements }) => sum + statements.length, keptTheory));
  const usedAsSet = new Set(
    policies.flatMap(({ statements }) =>
      statements.flatMap(({ conditions }) =>
        conditions.flatMap(({ set, key }) => (set === undefined ? [] : [key.toLowerCase()])),
      ),
    ),
  );
  const domainOf = (key: string): KeyDomain => {
    const domain = domainFor(caller, key, usedAsSet.has(key));
    const given = context?.get(key);
    if (given !== undefined) return { ...domain, fixed: given };
    const assigned = assignment.get(key);
    const name = key === "aws:principalarn" && domain.fixed === undefined ? assignment.get(userName) : undefined;
    if (typeof name === "object") return { ...domain, ending: `/${name.text}` };
    if (assigned === undefined) return domain;
    if (assigned === "open") return { ...domain, mayBeAbsent: false, format: domain.format ?? formats.text };
    return { ...domain, fixed: assigned === "absent" ? [] : assigned.text };
  };
  const bindings: Bindings = {
    valueOf: (key) => {
      const { fixed, multivalued } = domainOf(key);
      if (typeof fixed === "string") return { text: fixed };
      return fixed !== undefined || multivalued ? "absent" : "open";
    },
  };
  const isExact = ![...assignment.values()].includes("open");
  return new Theory({ domainOf, bindings, isExact, budget });
}
