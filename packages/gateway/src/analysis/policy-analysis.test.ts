import { setImmediate as nextTurn } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import type { AnalysisQuestion } from "../ports/policy-analysis.ts";
import { type AnalysisLimits, AnalysisQueue } from "./policy-analysis.ts";

const open: AnalysisQueue[] = [];
afterEach(async () => {
  for (const queue of open.splice(0)) await queue.close();
});

function queue(limits: Partial<AnalysisLimits> = {}): AnalysisQueue {
  const made = new AnalysisQueue(limits);
  open.push(made);
  return made;
}

const policy = (...resources: readonly string[]) =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "s3:*", Resource: resources }] });
/** What is not told apart before a search has seen each text of eighteen characters with an `a` or another one at each place. */
const behind = (count: number): string => `a${"?".repeat(count)}`;
const costly = {
  kind: "no-new-access",
  document: policy(`arn:aws:s3:::b/*${behind(18)}`),
  existing: policy(`arn:aws:s3:::b/*?${behind(18)}`, `arn:aws:s3:::b/${behind(18)}`),
  of: "identity",
} as const;
const crossed = (end: string): readonly string[] =>
  Array.from({ length: 400 }, (_, at) => `arn:aws:s3:::b/*${at.toString(36)}x*${at.toString(36)}${end}`);
const numbered = (count: number, name: (at: number) => string): readonly string[] =>
  Array.from({ length: count }, (_, at) => name(at));
const statement = { Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::b/*" };
const everybody = JSON.stringify({
  Version: "2012-10-17",
  Statement: [
    {
      ...statement,
      Principal: {
        AWS: ["*", ...numbered(300, (at) => String(111_122_220_000 + at))],
        CanonicalUser: numbered(100, (at) => at.toString(16).padStart(64, "0")),
        Federated: numbered(100, (at) => `arn:aws:iam::111122223333:saml-provider/p${at}`),
      },
      Condition: { StringEquals: { "aws:PrincipalAccount": "000000000000" } },
    },
  ],
});
const outside = {
  kind: "outside",
  document: "",
  of: "resource",
  account: "111122223333",
  canonicalId: undefined,
  restrictPublicBuckets: false,
} as const;
const tagged = JSON.stringify({
  Version: "2012-10-17",
  Statement: {
    ...statement,
    Resource: numbered(600, (at) => `arn:aws:s3:::b/\${aws:PrincipalTag/a}/\${aws:PrincipalTag/b}/k${at}`),
  },
});
const numbers = JSON.stringify({
  Version: "2012-10-17",
  Statement: numbered(60, (at) => String(at)).map((at) => ({
    ...statement,
    Principal: "*",
    Condition: {
      NumericNotEquals: { "s3:max-keys": numbered(60, (other) => `${at}${other}`) },
      NumericEquals: { "s3:max-keys": numbered(60, (other) => `${at}${other}`) },
    },
  })),
});
const cheap = {
  kind: "no-new-access",
  document: policy("arn:aws:s3:::b/a"),
  existing: policy("arn:aws:s3:::b/*"),
  of: "identity",
} as const;

describe("a question costs no more than its limits", () => {
  test("in steps", async () => {
    const asked = queue({ steps: 100 }).ask("a", costly);
    expect(await asked).toEqual({ answer: "unknown", construct: "the limit of 100 steps" });
  });

  test.each<[string, AnalysisQuestion]>([
    ["one pattern of many states", costly],
    ["hundreds of patterns", { ...costly, document: policy(...crossed("?y*")), existing: policy(...crossed("y*")) }],
    [
      "accounts times canonical ids times providers",
      {
        ...costly,
        document: everybody,
        existing: everybody.replace("GetObject", "GetObjectAcl").replace("*", "777788889999"),
        of: "resource",
      },
    ],
    ["the same, for an analyzer", { ...outside, document: everybody }],
    [
      "variables times the values they are tried with",
      { ...costly, document: tagged, existing: policy(...crossed("")) },
    ],
    ["numbers times conditions", { ...outside, document: numbers }],
  ])("in steps, and those are of one size: %s", async (_shape, question) => {
    // A quarter of the steps, in a quarter of the memory.
    const answer = await queue({ steps: 500_000, memory: 64, ms: 120_000 }).ask("a", question as typeof costly);
    expect(answer).toEqual({ answer: "unknown", construct: "the limit of 500000 steps" });
  });

  test("in time: the thread is given up, and the next question gets a new one", async () => {
    const analysis = queue({ steps: 1e9, ms: 200 });
    await expect(analysis.ask("a", costly)).rejects.toMatchObject({ reason: "too-costly" });
    const patient = queue();
    expect(await patient.ask("a", cheap)).toEqual({ answer: "yes" });
  });

  test("in memory", async () => {
    const analysis = queue({ steps: 1e9, ms: 60_000, memory: 4 });
    await expect(analysis.ask("a", costly)).rejects.toMatchObject({ reason: "too-costly" });
  });
});

test("an answer that comes after its question was given up is not the answer to the next one", async () => {
  const analysis = queue({ ms: 2000 });
  await analysis.ask("a", cheap);
  const late = analysis.ask("a", cheap);
  const next = analysis.ask("b", { ...cheap, document: cheap.existing, existing: cheap.document });
  const settled = Promise.allSettled([late, next]);
  // This thread does nothing until the other one has answered and the time is over; after an immediate, timers are first.
  await nextTurn();
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2500);
  expect(await settled).toMatchObject([
    { status: "rejected", reason: { reason: "too-costly" } },
    { status: "fulfilled", value: { answer: "no" } },
  ]);
});

test("accounts take turns, whoever asked first and however much", async () => {
  const analysis = queue({ steps: 100 });
  const done: string[] = [];
  const ask = async (account: string, question: typeof cheap | typeof costly) => {
    await analysis.ask(account, question);
    done.push(account);
  };
  await Promise.all([ask("a", costly), ask("a", costly), ask("a", costly), ask("b", cheap), ask("c", cheap)]);
  expect(done).toEqual(["a", "a", "b", "c", "a"]);
});

test("too many questions of one account are refused, and others are not", async () => {
  const analysis = queue({ waiting: 2 });
  const asked = [cheap, cheap, cheap].map((question) => analysis.ask("a", question));
  await expect(analysis.ask("a", cheap)).rejects.toMatchObject({ reason: "busy" });
  expect(await analysis.ask("b", cheap)).toEqual({ answer: "yes" });
  expect(await Promise.all(asked)).toEqual([{ answer: "yes" }, { answer: "yes" }, { answer: "yes" }]);
});

test("closing ends what is asked and what waits", async () => {
  const analysis = queue({ steps: 1e9 });
  const asked = [costly, cheap].map((question) => analysis.ask("a", question));
  const settled = Promise.allSettled(asked);
  await analysis.close();
  expect((await settled).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  await expect(analysis.ask("a", cheap)).rejects.toMatchObject({ reason: "busy" });
});
