/** The rule for `Resource` patterns in the shortest form: one character of the pattern at a time, every split tried. */
import type { ContextLookup } from "../model/request.ts";
import type { TextPattern } from "../model/policy.ts";

interface Unit {
  /** A literal character, or undefined for a wildcard. */
  readonly text: string | undefined;
  readonly many: boolean;
  readonly takesColon: boolean;
}

export function referenceMatch({ parts }: TextPattern, arn: string, lookup: ContextLookup): boolean {
  if (parts.length === 1 && parts[0]?.kind === "any-run") return true;
  const units = unitsOf(parts, lookup);
  return units !== undefined && arn.split(":").length > 5 && matchUnits(units, [...arn]);
}

function unitsOf(parts: TextPattern["parts"], lookup: ContextLookup): readonly Unit[] | undefined {
  const units: Unit[] = [];
  let colons = 0;
  let written = "";
  // Neighbouring halves make one character, so literals are cut into characters only when a wildcard ends them.
  const flush = (): void => {
    units.push(...[...written].map((text) => ({ text, many: false, takesColon: true })));
    written = "";
  };
  for (const [at, part] of parts.entries()) {
    if (part.kind === "literal") {
      colons += part.text.split(":").length - 1;
      written += part.text;
    } else if (part.kind === "variable") {
      const value = lookup(part.key);
      const text = typeof value === "string" ? value : part.fallback;
      // A value stays in the segment where its variable is.
      if (text === undefined || (colons < 5 && text.includes(":"))) return undefined;
      written += text;
    } else {
      flush();
      const next = parts[at + 1];
      const endsSegment = next?.kind === "literal" && next.text.startsWith(":");
      const many = part.kind === "any-run";
      units.push({ text: undefined, many, takesColon: colons >= 5 || (many && endsSegment) });
    }
  }
  flush();
  return colons < 5 ? undefined : units;
}

/** Column by column: which beginnings of the text the units so far can take. */
function matchUnits(units: readonly Unit[], text: readonly string[]): boolean {
  let reached = [true, ...text.map(() => false)];
  for (const unit of units) {
    const next: boolean[] = [unit.many && (reached[0] ?? false)];
    for (const [at, character] of text.entries()) {
      const takes = unit.text === undefined ? unit.takesColon || character !== ":" : character === unit.text;
      const from = (reached[at] ?? false) || (unit.many && (next[at] ?? false));
      next.push((unit.many && (reached[at + 1] ?? false)) || (takes && from));
    }
    reached = next;
  }
  return reached[text.length] ?? false;
}
