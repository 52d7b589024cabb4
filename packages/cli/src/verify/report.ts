import { type JsonObject, jsonObject } from "../formats/json.ts";
import { type Finding, type Verdict, type Verification, verdictOf } from "./try-credentials.ts";

const verdictText = { ok: "ok", mismatch: "MISMATCH", unknown: "not known" } as const satisfies Record<Verdict, string>;

const asExpected = { ok: true, mismatch: false, unknown: null } as const satisfies Record<Verdict, boolean | null>;

/** One line for a finding, in columns, and one for each thing that is left. */
export function verificationLines({ findings, left }: Verification): readonly string[] {
  const rows = findings.map((finding) => [
    finding.place.bucket,
    placeText(finding),
    finding.operation,
    expectedText(finding),
    observedText(finding),
    verdictText[verdictOf(finding)],
  ]);
  const table = [["bucket", "keys", "operation", "expected", "observed", ""], ...rows];
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  return [
    ...table.map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    ),
    ...left.map((key) => `Left behind: ${key}; could not delete it: neither set of credentials may delete it`),
  ];
}

/** The same for machines. */
export function verificationRows({ findings }: Verification): readonly JsonObject[] {
  return findings.map((finding) =>
    jsonObject({
      Bucket: finding.place.bucket,
      Place: finding.place.what,
      Prefix: finding.place.prefix,
      Operation: finding.operation,
      Expected: expectedText(finding),
      Observed: observedText(finding),
      AsExpected: asExpected[verdictOf(finding)],
    }),
  );
}

function placeText({ place: { prefix, what } }: Finding): string {
  if (what !== "inside" && prefix === "") return `(${what})`;
  return prefix === "" ? "every key" : `${prefix} (${what})`;
}

function expectedText({ expected }: Finding): string {
  return expected.kind === "depends" ? `depends on ${expected.key}` : expected.kind;
}

function observedText({ observed }: Finding): string {
  return observed.kind === "failed" ? observed.code : observed.kind;
}
