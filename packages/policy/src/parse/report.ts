import type { JsonNode } from "./json.ts";
import type { Diagnostic, Span } from "../model/policy.ts";

/** Where diagnostics of one document are gathered. */
export interface Report {
  readonly diagnostics: Diagnostic[];
  error(code: string, place: Place, message: string, help?: string): void;
  warn(code: string, place: Place, message: string, help?: string): void;
}

/** A value and the JSON pointer to it. */
export interface Place {
  readonly pointer: string;
  readonly span: Span;
}

export function makeReport(): Report {
  const diagnostics: Diagnostic[] = [];
  const add =
    (severity: Diagnostic["severity"]) =>
    (code: string, { pointer, span }: Place, message: string, help?: string) => {
      diagnostics.push({ code, severity, pointer, span, message, ...(help === undefined ? {} : { help }) });
    };
  return { diagnostics, error: add("error"), warn: add("warning") };
}

/** RFC 6901. */
export function pointerTo(parent: string, key: string | number): string {
  return `${parent}/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

export function placeOf(node: JsonNode, pointer: string): Place {
  return { pointer, span: node.span };
}

/** The known name nearest to a misspelt one, for `help`; undefined when none is near. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  let best: { readonly name: string; readonly distance: number } | undefined;
  for (const candidate of known) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance <= 2 + candidate.length / 8 && (best === undefined || distance < best.distance))
      best = { name: candidate, distance };
  }
  return best?.name;
}

function editDistance(left: string, right: string): number {
  if (Math.abs(left.length - right.length) > 8) return 99;
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const change = left[row - 1] === right[column - 1] ? 0 : 1;
      current.push(
        Math.min((previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1, (previous[column - 1] ?? 0) + change),
      );
    }
    previous = current;
  }
  return previous[right.length] ?? 99;
}
