import type { JsonNode } from "./json.ts";
import type { Diagnostic, Span } from "../model/policy.ts";

/** Where the errors of one document are gathered. */
export interface Report {
  error(code: string, place: Place, message: string, help?: string): void;
  /** The errors so far. `length`: characters of the document. */
  diagnostics(length: number): readonly Diagnostic[];
}

/** A value and the JSON pointer to it. */
export interface Place {
  readonly pointer: string;
  readonly span: Span;
}

/** Nobody reads more, and a document may have one error for every few characters. */
const maxDiagnostics = 100;

export function makeReport(): Report {
  const found: Diagnostic[] = [];
  let more = 0;
  return {
    error(code, { pointer, span }, message, help) {
      if (found.length === maxDiagnostics) more += 1;
      else found.push({ code, severity: "error", pointer, span, message, ...(help === undefined ? {} : { help }) });
    },
    diagnostics(length) {
      if (more === 0) return found;
      const message = `${more} more ${more === 1 ? "error is" : "errors are"} not listed`;
      const span = { start: length, end: length };
      return [
        ...found,
        { code: "more-errors", severity: "error", pointer: "", span, message, help: "correct the others first" },
      ];
    },
  };
}

/** RFC 6901. */
export function pointerTo(parent: string, key: string | number): string {
  return `${parent}/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

export function placeOf(node: JsonNode, pointer: string): Place {
  return { pointer, span: node.span };
}
