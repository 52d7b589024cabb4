/**
 * Whether what one statement speaks of is all within what another speaks of. Every answer "yes" is certain; a "no" may be a
 * "cannot tell".
 */
import type {
  ActionPattern,
  Condition,
  PatternElement,
  PrincipalElement,
  PrincipalEntry,
  Statement,
  TextPattern,
} from "../model/policy.ts";
import { memoize } from "../match/memoize.ts";
import { coversArn, overlapArns } from "./arn-units.ts";
import { coversUnits, overlapUnits, type Unit, unitsOfText } from "./glob-units.ts";

interface Comparison<P> {
  readonly covers: (wide: P, narrow: P) => boolean;
  readonly overlap: (left: P, right: P) => boolean;
}

const unitsOfAction = memoize(({ service, name }: ActionPattern): readonly Unit[] => unitsOfText(`${service}:${name}`));

export function coversAction(wide: ActionPattern, narrow: ActionPattern): boolean {
  return coversUnits(unitsOfAction(wide), unitsOfAction(narrow));
}

const actions: Comparison<ActionPattern> = {
  covers: coversAction,
  overlap: (left, right) => overlapUnits(unitsOfAction(left), unitsOfAction(right)),
};

const resources: Comparison<TextPattern> = { covers: coversArn, overlap: overlapArns };

function coversElement<P>(
  wide: PatternElement<P>,
  narrow: PatternElement<P>,
  { covers, overlap }: Comparison<P>,
): boolean {
  const isCovered = (one: P, by: readonly P[]): boolean => by.some((all) => covers(all, one));
  if (!wide.negated && !narrow.negated) return narrow.patterns.every((one) => isCovered(one, wide.patterns));
  if (wide.negated && narrow.negated) return wide.patterns.every((one) => isCovered(one, narrow.patterns));
  if (wide.negated) return !wide.patterns.some((not) => narrow.patterns.some((one) => overlap(not, one)));
  return false;
}

/** Whether `wide` is about every request that `narrow` is about, and, if both allow, grants as much. */
export function coversStatement(wide: Statement, narrow: Statement): boolean {
  return (
    coversPrincipal(wide.principal, narrow.principal) &&
    !(wide.effect === "Allow" && grantsLess(wide.principal, narrow.principal)) &&
    coversElement(wide.action, narrow.action, actions) &&
    coversResource(wide, narrow) &&
    wide.conditions.every((condition) => narrow.conditions.some((one) => sameCondition(condition, one)))
  );
}

function coversResource({ resource: wide }: Statement, { resource: narrow }: Statement): boolean {
  if (wide === undefined) return true;
  return narrow !== undefined && coversElement(wide, narrow, resources);
}

function coversPrincipal(wide: PrincipalElement | undefined, narrow: PrincipalElement | undefined): boolean {
  if (wide === undefined || narrow === undefined) return wide === narrow;
  if (wide.negated || narrow.negated) {
    return wide.negated === narrow.negated && JSON.stringify(wide.entries) === JSON.stringify(narrow.entries);
  }
  if (wide.entries.some(({ kind }) => kind === "everyone")) return true;
  return narrow.entries.every((one) => wide.entries.some((all) => coversEntry(all, one)));
}

/** Whoever is named has what is granted beyond its permissions boundary; everyone has it within: see `matchPrincipal`. */
function grantsLess(wide: PrincipalElement | undefined, narrow: PrincipalElement | undefined): boolean {
  const named = narrow?.entries.filter(({ kind }) => beyondBoundary.has(kind)) ?? [];
  return named.some((one) => wide?.entries.some((all) => coversEntry(all, one)) === false);
}

const beyondBoundary: ReadonlySet<PrincipalEntry["kind"]> = new Set([
  "user",
  "role-session",
  "federated-user",
  "unique-id",
]);

function coversEntry(wide: PrincipalEntry, narrow: PrincipalEntry): boolean {
  return JSON.stringify(wide) === JSON.stringify(narrow);
}

function sameCondition(left: Condition, right: Condition): boolean {
  return (
    left.written === right.written &&
    left.key.toLowerCase() === right.key.toLowerCase() &&
    JSON.stringify(left.values.map(({ text }) => text)) === JSON.stringify(right.values.map(({ text }) => text))
  );
}
