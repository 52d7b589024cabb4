import type { Finding } from "./finding.ts";
import { lineStarts, regionOf } from "./text-position.ts";

/** Columns of the document shown; a minified policy is one long line. */
const width = 100;

export interface RenderOptions {
  /** What the document is called: its path. */
  readonly name: string;
  /** The document the findings are about. */
  readonly text: string;
}

/** For people: each finding with its line and a caret under what it is about. Empty when there is none; else ends in a line feed. */
export function renderFindingsText(findings: readonly Finding[], { name, text }: RenderOptions): string {
  const starts = lineStarts(text);
  return findings.map((finding) => `${renderFinding(finding, name, text, starts)}\n`).join("");
}

function renderFinding(finding: Finding, name: string, text: string, starts: readonly number[]): string {
  const { code, severity, span, message, help } = finding;
  const { startLine, startColumn, endLine, endColumn } = regionOf(span, starts);
  const line = lineAt(text, starts, startLine);
  const length = (endLine === startLine ? endColumn : line.length + 1) - startColumn;
  const { shown, caret } = excerpt(line, startColumn - 1, Math.max(1, length));
  const gutter = " ".repeat(String(startLine).length);
  return [
    `${plain(name)}:${startLine}:${startColumn}: ${severity}[${code}]: ${plain(message)}`,
    `${startLine} | ${shown}`,
    `${gutter} | ${caret}`,
    ...(help === undefined ? [] : [`${gutter} = help: ${plain(help)}`]),
  ].join("\n");
}

function lineAt(text: string, starts: readonly number[], line: number): string {
  const next = starts[line];
  return text.slice(starts[line - 1], next === undefined ? undefined : next - 1).replace(/\r$/, "");
}

function excerpt(line: string, start: number, length: number): { readonly shown: string; readonly caret: string } {
  const from = line.length <= width ? 0 : Math.max(0, Math.min(start - 20, line.length - width));
  const clipped = plain(line.slice(from, from + width));
  const [before, after] = [from > 0 ? "…" : "", from + width < line.length ? "…" : ""];
  const indent = before.length + start - from;
  const carets = Math.max(1, Math.min(length, from + width - start));
  return { shown: `${before}${clipped}${after}`, caret: `${" ".repeat(indent)}${"^".repeat(carets)}` };
}

/** Control and direction characters could move the cursor or turn the line around; each becomes one visible character. */
function plain(text: string): string {
  return text.replaceAll("\t", " ").replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, "\u00b7");
}
