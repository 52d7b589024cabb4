import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type PolicyUse, validatePolicy } from "../src/validate.ts";

/** A policy after an example that AWS publishes, shortened in places, and what the validator says of it. */
interface Document {
  readonly what: string;
  /** Where the example is published. */
  readonly page: string;
  readonly kind: PolicyUse;
  /** Each finding as `severity code pointer`, in order of place; absent where there is none. */
  readonly expect?: readonly string[];
  readonly policy: unknown;
}

interface DocumentFile {
  readonly subject: string;
  readonly documents: readonly Document[];
}

const folder = join(import.meta.dirname, "documented");
const files = readdirSync(folder).map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")) as DocumentFile);

describe.each(files)("$subject", ({ documents }) => {
  test.each(documents)("$what", ({ page, kind, policy, expect: expected = [] }) => {
    expect(page).toMatch(/^https:\/\/docs\.aws\.amazon\.com\//);
    const findings = validatePolicy(JSON.stringify(policy), { kind });
    expect(findings.map(({ severity, code, pointer }) => `${severity} ${code} ${pointer}`)).toEqual(expected);
  });
});

test("each document is there once, and there are enough of them to mean something", () => {
  const documents = files.flatMap(({ documents: some }) => some.map(({ policy }) => JSON.stringify(policy)));
  expect(new Set(documents).size).toBe(documents.length);
  expect(documents.length).toBeGreaterThanOrEqual(30);
});
