import { describeRule } from "./rules.ts";
import type { Finding, Severity } from "./finding.ts";
import { lineStarts, regionOf } from "./text-position.ts";

const levels = {
  error: "error",
  "security-warning": "warning",
  warning: "warning",
  suggestion: "note",
} as const satisfies Record<Severity, string>;

/** A document with what was found in it. */
export interface SarifFile {
  /** What the document is called: its path. */
  readonly name: string;
  readonly text: string;
  readonly findings: readonly Finding[];
}

/** For code scanning: one log about all files, SARIF 2.1.0. https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html */
export function renderFindingsSarif(files: readonly SarifFile[], command = "validate-policy"): string {
  const codes = [...new Set(files.flatMap(({ findings }) => findings.map(({ code }) => code)))].toSorted();
  const run = {
    tool: { driver: { name: `s3-credentials ${command}`, rules: codes.map(ruleOf) } },
    columnKind: "utf16CodeUnits",
    results: files.flatMap((file) => resultsOf(file, codes)),
  };
  const log = { $schema: "https://json.schemastore.org/sarif-2.1.0.json", version: "2.1.0", runs: [run] };
  return `${JSON.stringify(log, undefined, 2)}\n`;
}

function resultsOf({ name, text, findings }: SarifFile, codes: readonly string[]): readonly object[] {
  const starts = lineStarts(text);
  return findings.map(({ code, severity, pointer, span, message, help }) => ({
    ruleId: code,
    ruleIndex: codes.indexOf(code),
    level: levels[severity],
    message: { text: help === undefined ? message : `${message} (${help})` },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: uriOf(name) },
          region: { ...regionOf(span, starts), charOffset: span.start, charLength: span.end - span.start },
        },
        logicalLocations: [{ fullyQualifiedName: pointer === "" ? "/" : pointer }],
      },
    ],
    properties: { severity },
  }));
}

function ruleOf(code: string): Readonly<Record<string, unknown>> {
  const rule = describeRule(code);
  return { id: code, shortDescription: { text: rule?.meaning ?? code }, helpUri: rule?.page };
}

/** A relative reference: path segments as they are, what has a meaning in URIs escaped. */
function uriOf(name: string): string {
  return name
    .split(/[/\\]/)
    .map((segment) => encodeURIComponent(segment))
    .join("/");
}
