/**
 * Comparisons held against Z3, which knows nothing of this code. Its verdicts on generated pairs are stored and replayed each time; with
 * `TEST_RUNS` it is asked about fresh pairs. `STORE_VERDICTS=200 npx vitest run packages/policy/test/z3.prop.ts` stores new ones.
 */
import * as fc from "fast-check";
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { afterAll, expect, test } from "vitest";
import { isInside } from "../src/compare/compare-policies.ts";
import type { Policy } from "../src/model/policy.ts";
import { parsePolicy } from "../src/parse/parse.ts";
import { policyDocument, type PolicyDocument } from "../src/parse/print.ts";
import { smallPolicy } from "../src/test/small-policies.ts";
import { smtQuestion } from "../src/test/smt.ts";

interface Verdict {
  readonly left: PolicyDocument;
  readonly right: PolicyDocument;
  readonly inside: "yes" | "no";
}

const file = "packages/policy/test/z3-verdicts.json";
const store = Number(process.env["STORE_VERDICTS"] ?? 0);
const fresh = store > 0 ? store : Math.min(Number(process.env["TEST_RUNS"] ?? 0), 2000);

const pairs = fc.tuple(
  ...[1, 1].map((length) => smallPolicy({ kind: "identity", variables: false, askWho: false, plain: true }, length)),
);

function policyOf(document: PolicyDocument): Policy {
  const { policy } = parsePolicy(JSON.stringify(document), "identity");
  if (policy === undefined) throw new Error("a stored policy does not parse");
  return policy;
}

const onStored = store > 0 ? undefined : test;
onStored?.("the verdicts that Z3 gave", () => {
  const verdicts = JSON.parse(readFileSync(file, "utf8")) as readonly Verdict[];
  expect(verdicts.length).toBeGreaterThanOrEqual(40);
  const ours = verdicts.map(
    ({ left, right }) => isInside(policyOf(left), policyOf(right), { maxDifferences: 1 }).answer,
  );
  expect(ours).toEqual(verdicts.map(({ inside }) => inside));
  for (const inside of ["yes", "no"]) expect(ours.filter((one) => one === inside).length).toBeGreaterThan(10);
});

let z3: ChildProcessWithoutNullStreams | undefined;
afterAll(() => z3?.stdin.end());

function startZ3(): (question: string) => Promise<string> {
  const started = spawn(process.execPath, ["tools/z3.mjs"]);
  z3 = started;
  const lines = createInterface({ input: started.stdout })[Symbol.asyncIterator]();
  return async (question) => {
    started.stdin.write(`${JSON.stringify(question)}\n`);
    const { value } = (await lines.next()) as { readonly value: string };
    return String(JSON.parse(value));
  };
}

const onFresh = fresh === 0 ? undefined : test;
// Steps, not time: what Z3 leaves undecided is the same on any machine. It makes some 130,000 steps a second.
const limit = ":rlimit 600000";
onFresh?.("fresh pairs, decided by both", { timeout: 4 * 3_600_000 }, async () => {
  const ask = startZ3();
  const stored: Verdict[] = [];
  let undecided = 0;
  for (const [left, right] of fc.sample(pairs, fresh)) {
    if (left === undefined || right === undefined) continue;
    const question = smtQuestion(left, right, limit);
    if (question === undefined) throw new Error("a pair cannot be written for Z3");
    const theirs = await ask(question);
    if (theirs !== "sat" && theirs !== "unsat") {
      undecided += 1;
      continue;
    }
    const inside = theirs === "unsat" ? "yes" : "no";
    const shown = JSON.stringify([policyDocument(left), policyDocument(right)]);
    expect(isInside(left, right, { maxDifferences: 1 }).answer, shown).toBe(inside);
    stored.push({ left: policyDocument(left), right: policyDocument(right), inside });
    if (store > 0) writeFileSync(file, `${JSON.stringify(stored)}\n`);
  }
  console.log(`Z3 decided ${stored.length} pairs as we do, and left ${undecided} undecided`);
  expect(undecided).toBeLessThanOrEqual(fresh / 2);
});
