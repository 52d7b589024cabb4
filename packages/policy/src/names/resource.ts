/**
 * A `Resource` pattern against an ARN. Wildcards stay within the segments of the pattern, but for a `*` that ends one: "If the
 * * wildcard is the last character of a resource ARN segment, it can expand to match beyond the colon boundaries."
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
 * The ARN condition operators have their own rule: see `matchArnPattern`.
 */
import type { ContextLookup } from "../evaluate/request.ts";
import type { PatternPart, TextPattern } from "../syntax/policy.ts";
import { matchesEverything, splitArn, segmentsOf } from "./arn.ts";
import { valueOf } from "./pattern.ts";

/** Code units, and wildcards as negative numbers. */
const RUN = -1;
const RUN_IN_SEGMENT = -2;
const ONE = -3;
const ONE_IN_SEGMENT = -4;
const COLON = 0x3a;

/** Case-sensitive. A variable without a value matches nothing. */
export function matchResource(pattern: TextPattern, arn: string, lookup: ContextLookup): boolean {
  if (matchesEverything(pattern)) return true;
  const segments = segmentsOf(pattern);
  if (segments.length !== 6 || splitArn(arn).length !== 6) return false;
  const units = unitsOf(segments, lookup);
  return units !== undefined && matchUnits(units, arn);
}

const fixedUnits = new WeakMap<TextPattern["parts"] | readonly (readonly PatternPart[])[], readonly number[]>();

function unitsOf(segments: readonly (readonly PatternPart[])[], lookup: ContextLookup): readonly number[] | undefined {
  const known = fixedUnits.get(segments);
  if (known !== undefined) return known;
  const units: number[] = [];
  let fixed = true;
  for (const [index, segment] of segments.entries()) {
    const last = index === segments.length - 1;
    if (index > 0) units.push(COLON);
    for (const [at, part] of segment.entries()) {
      if (part.kind === "any-run") units.push(last || at === segment.length - 1 ? RUN : RUN_IN_SEGMENT);
      else if (part.kind === "any-one") units.push(last ? ONE : ONE_IN_SEGMENT);
      else {
        fixed &&= part.kind === "literal";
        const text = part.kind === "literal" ? part.text : valueOf(part, lookup);
        if (text === undefined) return undefined;
        for (let unit = 0; unit < text.length; unit += 1) units.push(text.charCodeAt(unit));
      }
    }
  }
  if (fixed) fixedUnits.set(segments, units);
  return units;
}

/** A `*` to go back to: where it stands in the pattern, and how far into the text it reaches by now. */
interface Resume {
  unit: number;
  at: number;
}

/**
 * On a mismatch the last `*` takes one character more; one that may not take a colon gives up there, and the last one that
 * may goes on. Segment ends are fixed once that one stands, so what lies between need not be tried again.
 */
function matchUnits(units: readonly number[], text: string): boolean {
  let at = 0;
  let unit = 0;
  let inside: Resume | undefined;
  let across: Resume | undefined;
  while (at < text.length) {
    const wanted = units[unit];
    const found = text.charCodeAt(at);
    if (wanted === RUN) {
      across = { unit, at };
      inside = undefined;
      unit += 1;
    } else if (wanted === RUN_IN_SEGMENT) {
      inside = { unit, at };
      unit += 1;
    } else if (wanted === ONE || (wanted === ONE_IN_SEGMENT && found !== COLON)) {
      at += widthAt(text, at);
      unit += 1;
    } else if (wanted === found) {
      at += 1;
      unit += 1;
    } else {
      if (inside !== undefined && text.charCodeAt(inside.at) === COLON) inside = undefined;
      const resume: Resume | undefined = inside ?? across;
      if (resume === undefined) return false;
      if (resume === across) inside = undefined;
      resume.at += widthAt(text, resume.at);
      at = resume.at;
      unit = resume.unit + 1;
    }
  }
  while (units[unit] === RUN || units[unit] === RUN_IN_SEGMENT) unit += 1;
  return unit === units.length;
}

/** One character: both halves of a surrogate pair. */
function widthAt(text: string, at: number): number {
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
}
