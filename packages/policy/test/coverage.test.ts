import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { coverageTable } from "./coverage.ts";
import type { Scenario } from "./scenario-file.ts";

function tableOf(scenarios: readonly Scenario[]): string {
  const folder = mkdtempSync(join(tmpdir(), "coverage-"));
  try {
    const file = { subject: "Subject", page: "https://docs.aws.amazon.com/page.html", scenarios };
    writeFileSync(join(folder, "one.json"), JSON.stringify(file));
    return coverageTable(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("a scenario counts in every column that fits it", () => {
  const page = tableOf([
    { rule: "r", what: "absent", if: { StringNotEquals: { "s3:prefix": ["a", "b"] } }, expect: "allow identity" },
    {
      rule: "r",
      what: "older, given in another case",
      version: "2008-10-17",
      if: { StringEquals: { "s3:Prefix": "a" } },
      request: { context: { "s3:prefix": "b" } },
      expect: "implicit-deny identity",
    },
    { rule: "q", what: "no JSON", text: "x", refused: { kind: "identity", code: "invalid-json" } },
  ]);
  // allow, deny, refused, accepted, absent key, several values, negation, 2012-10-17, 2008-10-17
  expect(page).toContain("| r | 1 | 1 |  |  | 1 | 1 | 1 | 1 | 1 |\n");
  expect(page).toContain("| q |  |  | 1 |  |  |  |  |  |  |\n");
  expect(page).toContain("3 scenarios of 2 rules");
});

test("answers that are not the page's are listed with their reason", () => {
  const differs = { ours: "explicit-deny identity", why: "because" } as const;
  const page = tableOf([{ rule: "r", what: "this", expect: "allow identity", differs }]);
  expect(page).toContain(
    "| r | [this](https://docs.aws.amazon.com/page.html) | allow identity | explicit-deny identity: because |\n",
  );
});
