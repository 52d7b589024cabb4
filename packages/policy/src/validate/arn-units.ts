import { matchesEverything } from "../match/arn.ts";
import { memoize } from "../match/memoize.ts";
import type { TextPattern } from "../model/policy.ts";
import { coversUnits, overlapUnits, type Unit, unitsOfParts } from "./glob-units.ts";

type Segments = readonly (readonly Unit[])[];

/** At most six: colons after the fifth belong to the last. */
function splitAtColons(units: readonly Unit[]): Segments {
  const segments: Unit[][] = [[]];
  for (const unit of units) {
    if (segments.length < 6 && unit.kind === "char" && unit.text === ":") segments.push([]);
    else segments.at(-1)?.push(unit);
  }
  return segments;
}

const segmentsOf = memoize(({ parts }: TextPattern): Segments => splitAtColons(unitsOfParts(parts)));

/** Whether `wide` matches every ARN that `narrow` matches. */
export function coversArn(wide: TextPattern, narrow: TextPattern): boolean {
  if (matchesEverything(wide)) return true;
  if (matchesEverything(narrow)) return false;
  const [all, some] = [segmentsOf(wide), segmentsOf(narrow)];
  return all.length === some.length && all.every((segment, index) => coversUnits(segment, some[index] ?? []));
}

export function overlapArns(left: TextPattern, right: TextPattern): boolean {
  if (matchesEverything(left) || matchesEverything(right)) return true;
  return overlapSegments(segmentsOf(left), segmentsOf(right));
}

/** `template`: an ARN of the Service Authorization Reference, with `${…}` where a part is free. */
export function overlapsTemplate(pattern: TextPattern, template: string): boolean {
  return matchesEverything(pattern) || overlapSegments(segmentsOf(pattern), templateSegments(template));
}

function overlapSegments(left: Segments, right: Segments): boolean {
  return left.length === right.length && left.every((segment, index) => overlapUnits(segment, right[index] ?? []));
}

const templates = new Map<string, Segments>();

/** Free parts of an ARN whose text may hold slashes. What is behind a multi-Region access point has no template of its own: `…/object/key`. */
const withSlashes = /Path|Object|Provider|Token|Operation|AccessPointAlias/;

function templateSegments(template: string): Segments {
  const parsed = templates.get(template);
  if (parsed !== undefined) return parsed;
  const units: Unit[] = [];
  for (const [piece, free] of template.matchAll(/\$\{(\w+)\}|./g)) {
    if (free === undefined) units.push({ kind: "char", text: piece });
    else if (withSlashes.test(free)) units.push({ kind: "any-one" }, { kind: "any-run" });
    else units.push({ kind: "name-one" }, { kind: "name-run" });
  }
  const segments = splitAtColons(units);
  templates.set(template, segments);
  return segments;
}
