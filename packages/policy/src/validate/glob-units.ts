/**
 * Patterns compared with patterns: whether one takes all that another takes, and whether two can take the same text. The work
 * may be the product of both lengths. Only `validate-policy` does it, with the documents of whoever runs it: nothing here may
 * be called for a request of the gateway.
 */
import type { PatternPart } from "../model/policy.ts";

export type Unit =
  | { readonly kind: "char"; readonly text: string }
  /** `?` */
  | { readonly kind: "any-one" }
  /** `*` */
  | { readonly kind: "any-run" }
  /** One character, or any number, but no slash: a name in an ARN. */
  | { readonly kind: "name-one" }
  | { readonly kind: "name-run" }
  /** `${…}`: some text, the same wherever the variable is written the same. */
  | { readonly kind: "variable"; readonly text: string };

export function unitsOfText(text: string): readonly Unit[] {
  return Array.from(text, (character): Unit => {
    if (character === "*") return { kind: "any-run" };
    return character === "?" ? { kind: "any-one" } : { kind: "char", text: character };
  });
}

export function unitsOfParts(parts: readonly PatternPart[]): readonly Unit[] {
  return parts.flatMap((part): readonly Unit[] => {
    if (part.kind === "literal") return Array.from(part.text, (text) => ({ kind: "char", text }));
    if (part.kind === "variable")
      return [{ kind: "variable", text: `${part.key.toLowerCase()},${part.fallback ?? ""}` }];
    return [{ kind: part.kind }];
  });
}

function isRun({ kind }: Unit): boolean {
  return kind === "any-run" || kind === "name-run";
}

/** Whether `wide` takes every text `narrow` takes. Never wrongly yes. */
export function coversUnits(wide: readonly Unit[], narrow: readonly Unit[]): boolean {
  let at = 0;
  let unit = 0;
  let runUnit = -1;
  let runAt = 0;
  while (at < narrow.length) {
    const [wanted, given] = [wide[unit], narrow[at]];
    if (wanted?.kind === "any-run") {
      runUnit = unit;
      runAt = at;
      unit += 1;
    } else if (wanted !== undefined && given !== undefined && coversUnit(wanted, given)) {
      at += 1;
      unit += 1;
    } else if (runUnit >= 0) {
      runAt += 1;
      at = runAt;
      unit = runUnit + 1;
    } else {
      return false;
    }
  }
  while (wide[unit]?.kind === "any-run") unit += 1;
  return unit === wide.length;
}

function coversUnit(wide: Unit, narrow: Unit): boolean {
  if (wide.kind === "any-one") return narrow.kind === "char" || narrow.kind === "any-one";
  return wide.kind === narrow.kind && (!("text" in wide) || !("text" in narrow) || wide.text === narrow.text);
}

/** Whether some text is taken by both; a variable may become any text. Never wrongly no. */
export function overlapUnits(left: readonly Unit[], right: readonly Unit[]): boolean {
  const [first, second] = [left.map(withoutVariable), right.map(withoutVariable)];
  // reachable[j]: the units before `row` of the first and before `j` of the second can have taken the same text.
  let reachable = firstRow(second);
  for (const unit of first) {
    const next: boolean[] = [];
    for (let at = 0; at <= second.length; at += 1) {
      const before = at === 0 ? undefined : second[at - 1];
      const both = before !== undefined && (reachable[at - 1] ?? false) && meet(unit, before);
      const skipsRun = isRun(unit) && (reachable[at] ?? false);
      const runTakes = isRun(unit) && before !== undefined && (next[at - 1] ?? false) && meet(unit, before);
      const otherRunTakes = before !== undefined && isRun(before) && (reachable[at] ?? false) && meet(unit, before);
      const skipsOther = before !== undefined && isRun(before) && (next[at - 1] ?? false);
      next.push(both || skipsRun || runTakes || otherRunTakes || skipsOther);
    }
    reachable = next;
  }
  return reachable[second.length] ?? false;
}

function withoutVariable(unit: Unit): Unit {
  return unit.kind === "variable" ? { kind: "any-run" } : unit;
}

function firstRow(units: readonly Unit[]): readonly boolean[] {
  const row = [true];
  for (const unit of units) row.push((row.at(-1) ?? false) && isRun(unit));
  return row;
}

/** Whether one character can be taken by both. */
function meet(left: Unit, right: Unit): boolean {
  if (left.kind === "char" && right.kind === "char") return left.text === right.text;
  if (left.kind === "char") return !isName(right) || left.text !== "/";
  return right.kind !== "char" || !isName(left) || right.text !== "/";
}

function isName({ kind }: Unit): boolean {
  return kind === "name-one" || kind === "name-run";
}
