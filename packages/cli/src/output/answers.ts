/** Answers to questions about all requests, for people, for programs and for code scanning. */
import {
  type Answer,
  type Difference,
  differenceWords,
  type Finding,
  type Policy,
  renderFindingsSarif,
  renderFindingsText,
  witnessData,
} from "@s3-credentials/policy";
import type { OptionDefinition } from "../command-line/definition.ts";

export const answerFormat = {
  name: "format",
  short: "f",
  value: "FORMAT",
  choices: ["text", "json", "sarif"],
  default: "text",
  summary: "form of the answer",
} as const satisfies OptionDefinition;

/** Yes, no, unknown. */
export const answerCodes = { yes: 0, no: 1, unknown: 3 } as const;

export interface Rendering {
  readonly command: string;
  readonly format: string | undefined;
  /** The policy, as it was given. */
  readonly file: { readonly name: string; readonly text: string };
}

/** What is rendered: lines for people, data for programs, and findings at their places in the file. */
export interface Rendered {
  readonly lines: readonly string[];
  readonly data: unknown;
  readonly findings: readonly Finding[];
}

export function renderAnswer({ command, format, file }: Rendering, { lines, data, findings }: Rendered): string {
  if (format === "sarif") return renderFindingsSarif([{ ...file, findings }], command);
  if (format === "json") return `${JSON.stringify(data, undefined, 2)}\n`;
  return `${renderFindingsText(findings, file)}${lines.map((line) => `${line}\n`).join("")}`;
}

/** A statement that grants more than it should, at its place. */
export function differenceFindings(code: string, policy: Policy, answer: Answer): readonly Finding[] {
  if (answer.answer !== "no") return answer.answer === "yes" ? [] : [unknownFinding(answer.construct)];
  return answer.differences.map((difference) =>
    statementFinding(code, "error", policy, difference.statement, differenceWords(difference)),
  );
}

export function statementFinding(
  code: string,
  severity: Finding["severity"],
  policy: Policy,
  statement: number,
  message: string,
): Finding {
  const pointer = policy.statementList ? `/Statement/${statement}` : "/Statement";
  return { code, severity, pointer, span: policy.statements[statement]?.span ?? { start: 0, end: 0 }, message };
}

export function unknownFinding(construct: string): Finding {
  return wholeFinding("not-decided", "warning", `not decided because of ${construct}`);
}

/** About the document as a whole. */
export function wholeFinding(code: string, severity: Finding["severity"], message: string): Finding {
  return { code, severity, pointer: "", span: { start: 0, end: 1 }, message };
}

export function answerData(answer: Answer): unknown {
  if (answer.answer !== "no") return answer;
  return { answer: "no", differences: answer.differences.map(differenceData) };
}

function differenceData({ witness, ...rest }: Difference): unknown {
  return { ...rest, witness: witnessData(witness) };
}
