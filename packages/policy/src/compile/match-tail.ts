/** What follows a pattern's literal head, matched in place: the same steps as `matchResource` without building anything. */
import type { ContextLookup } from "../evaluate/request.ts";
import type { PatternPart } from "../syntax/policy.ts";

/**
 * Whether `text` from `from` on matches all parts but the first, case-sensitive. Variables are asked for only when the
 * text agrees so far; one without a value or a default matches nothing.
 * INVARIANT: equal to `matchResource` of the whole, also in where `*` may resume and in what an ended text means.
 */
export function matchTail(parts: readonly PatternPart[], text: string, from: number, context: ContextLookup): boolean {
  let at = from;
  let index = 1;
  let runIndex = -1;
  let runAt = 0;
  while (at < text.length) {
    const part = parts[index];
    if (part?.kind === "any-run") {
      if (index === parts.length - 1) return true;
      runIndex = index;
      runAt = at;
      index += 1;
      continue;
    }
    if (part?.kind === "any-one") {
      at += widthAt(text, at);
      index += 1;
      continue;
    }
    if (part !== undefined) {
      const wanted = part.kind === "literal" ? part.text : valueOf(part, context);
      if (wanted === undefined) return false;
      const equal = equalUnits(wanted, text, at);
      if (equal === wanted.length) {
        at += equal;
        index += 1;
        continue;
      }
      // Taking more into the last `*` would only leave less.
      if (at + equal === text.length) return false;
    }
    if (runIndex < 0) return false;
    runAt += widthAt(text, runAt);
    at = runAt;
    index = runIndex + 1;
  }
  return matchEnd(parts, index, context);
}

/** The text is used up: nothing may be left but `*` and empty values. */
function matchEnd(parts: readonly PatternPart[], from: number, context: ContextLookup): boolean {
  for (let index = from; index < parts.length; index += 1) {
    const part = parts[index];
    if (part === undefined || part.kind === "any-run") continue;
    if (part.kind !== "variable" || valueOf(part, context) !== "") return false;
  }
  return true;
}

function equalUnits(wanted: string, text: string, at: number): number {
  let equal = 0;
  while (equal < wanted.length && wanted.charCodeAt(equal) === text.charCodeAt(at + equal)) equal += 1;
  return equal;
}

/** A key with several values cannot be a variable. An empty value is a value. */
function valueOf(part: Extract<PatternPart, { kind: "variable" }>, context: ContextLookup): string | undefined {
  const value = context(part.key);
  return typeof value === "string" ? value : part.fallback;
}

/** One character: both halves of a surrogate pair. */
function widthAt(text: string, at: number): number {
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
}
