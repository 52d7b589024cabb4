import { describeRule } from "./rules.ts";
import type { Finding } from "./finding.ts";
import type { RenderOptions } from "./render-text.ts";
import { lineStarts, regionOf } from "./text-position.ts";

/** For programs: `{name, findings: [{code, severity, pointer, startLine, …, message, help?, page}]}`, indented, with a line feed at the end. */
export function renderFindingsJson(findings: readonly Finding[], { name, text }: RenderOptions): string {
  const starts = lineStarts(text);
  const items = findings.map(({ code, severity, pointer, span, message, help }) => ({
    code,
    severity,
    pointer,
    ...regionOf(span, starts),
    message,
    help,
    page: describeRule(code)?.page,
  }));
  return `${JSON.stringify({ name, findings: items }, undefined, 2)}\n`;
}
