/** What commands print for code scanning, held against the JSON schema of SARIF 2.1.0 that OASIS publishes. */
import { type Schema, Validator } from "@cfworker/json-schema";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCommand } from "../test/run-command.ts";

const schemaFile = createRequire(import.meta.url).resolve("@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json");
const schema = new Validator(JSON.parse(readFileSync(schemaFile, "utf8")) as Schema, "4", false);

const problemsOf = (log: unknown): readonly string[] =>
  schema.validate(log).errors.map(({ instanceLocation, error }) => `${instanceLocation}: ${error}`);

const statement = { Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::my-bucket/*" };
const files: Readonly<Record<string, readonly object[]>> = {
  "get.json": [statement],
  "an odd name %, \u00e9.json": [statement, { ...statement, Sid: "Put", Action: "s3:PutObject" }],
  "public.json": [
    { ...statement, Principal: "*" },
    { ...statement, Effect: "Deny", Principal: { AWS: "111122223333" } },
  ],
  "careless.json": [
    { ...statement, Action: ["s3:GetObjekt", "s3:ListBucket"], Condition: { StringLike: { "s3:prefx": "a" } } },
    { ...statement, Resource: "arn:aws:s3:::my-bucket*", Condition: { Null: { "s3:max-keys": "true" } } },
  ],
  "hard.json": [{ ...statement, Condition: { StringEqualsIgnoreCase: { "s3:prefix": "\u00e9" } } }],
  "hard-too.json": [{ ...statement, Condition: { StringEqualsIgnoreCase: { "s3:prefix": "\u00c9" } } }],
};

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sarif-"));
  for (const [name, statements] of Object.entries(files))
    writeFileSync(join(folder, name), JSON.stringify({ Version: "2012-10-17", Statement: statements }, undefined, 2));
  writeFileSync(join(folder, "broken.json"), '{"Version"');
  writeFileSync(join(folder, "empty.json"), "");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function sarif(...words: readonly string[]) {
  const args = words.map((word) => (word.endsWith(".json") ? join(folder, word) : word));
  const { stdout, code } = await runCommand([...args, "-f", "sarif"]);
  const log = JSON.parse(stdout) as { readonly runs: readonly [{ readonly results: readonly object[] }] };
  return { log, code, results: log.runs[0].results };
}

test.each<[count: number, code: number, words: readonly string[]]>([
  [0, 0, ["validate-policy", "get.json"]],
  [7, 1, ["validate-policy", "careless.json", "broken.json", "empty.json", "an odd name %, \u00e9.json"]],
  [3, 1, ["validate-policy", "public.json", "--kind", "resource", "--bucket", "other", "--strict"]],
  [1, 1, ["compare-policies", "an odd name %, \u00e9.json", "get.json"]],
  [0, 0, ["compare-policies", "get.json", "get.json"]],
  [1, 3, ["compare-policies", "hard.json", "hard-too.json"]],
  [2, 1, ["check-access", "an odd name %, \u00e9.json", "--only-bucket", "another"]],
  [0, 0, ["check-access", "get.json", "--only-bucket", "my-bucket"]],
  [2, 1, ["check-public", "public.json"]],
  [5, 0, ["describe-policy", "an odd name %, \u00e9.json", "public.json"]],
])("%i results, exit %i: %j", async (count, expected, words) => {
  const { log, code, results } = await sarif(...words);
  expect(problemsOf(log)).toEqual([]);
  expect([results.length, code]).toEqual([count, expected]);
});

test("the schema refuses what is not SARIF", async () => {
  const { log } = await sarif("compare-policies", "an odd name %, \u00e9.json", "get.json");
  const [{ results, ...run }] = log.runs;
  const [result] = results;
  const wrong: readonly object[] = [
    { ...log, version: "2.0.0" },
    { ...log, runs: undefined },
    { ...log, runs: [{ ...run, results: [{ ...result, level: "suggestion" }] }] },
    { ...log, runs: [{ ...run, results: [{ ...result, message: "a text" }] }] },
    { ...log, runs: [{ ...run, results: [{ ...result, severity: "error" }] }] },
  ];
  for (const one of wrong) expect(problemsOf(JSON.parse(JSON.stringify(one)))).not.toEqual([]);
});
