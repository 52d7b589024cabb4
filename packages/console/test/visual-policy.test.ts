import * as fc from "fast-check";
import { parsePolicy, printPolicy } from "@s3-credentials/policy";
import { describe, expect, test } from "vitest";
import {
  addCondition,
  addStatement,
  foreignAccounts,
  readVisual,
  removeCondition,
  removeStatement,
  replaceAccount,
  setActions,
  setEffect,
  setResources,
  setSid,
} from "../src/editor/visual-policy.ts";
import { kinds, validDocument } from "../../policy/src/test/documents.ts";

const numRuns = Number(process.env["TEST_RUNS"] ?? 60);
const document = fc.constantFrom(...kinds).chain((kind) => fc.tuple(fc.constant(kind), validDocument(kind)));

/** Each change, and the change back, of every statement. */
function thereAndBack(text: string): string {
  let changed = text;
  for (const [at, { sid, effect, actions, resources }] of (readVisual(text) ?? []).entries()) {
    changed = setEffect(setEffect(changed, at, effect === "Allow" ? "Deny" : "Allow"), at, effect);
    if (sid !== "") changed = setSid(changed, at, sid);
    if (actions !== undefined) changed = setActions(changed, at, actions);
    if (resources !== undefined) changed = setResources(changed, at, resources);
    const added = { operator: "StringEquals", key: "aws:RequestedRegion/never-written", values: ["a"] };
    changed = removeCondition(addCondition(changed, at, added), at, added);
  }
  return changed;
}

describe("the visual editor", () => {
  test("loses nothing: a document that was changed and changed back means the same", () => {
    fc.assert(
      fc.property(document, ([kind, written]) => {
        const text = JSON.stringify(written);
        const { policy } = parsePolicy(text, kind);
        if (policy === undefined || readVisual(text) === undefined) return;
        const { policy: after, diagnostics } = parsePolicy(thereAndBack(text), kind);
        expect(diagnostics).toEqual([]);
        expect(after && JSON.parse(printPolicy(after))).toEqual(JSON.parse(printPolicy(policy)));
      }),
      { numRuns },
    );
  });

  test("shows every document that the policy language takes", () => {
    fc.assert(
      fc.property(document, ([, written]) => {
        expect(readVisual(JSON.stringify(written))).toBeDefined();
      }),
      { numRuns },
    );
  });

  test("keeps what it cannot show", () => {
    const statement = { Effect: "Deny", NotAction: "s3:*", NotResource: ["arn:aws:s3:::a"], Principal: { AWS: "*" } };
    const text = JSON.stringify({ Version: "2012-10-17", Id: "kept", Statement: statement });
    expect(readVisual(text)).toMatchObject([
      { actions: undefined, resources: undefined, kept: { NotAction: "s3:*", Principal: { AWS: "*" } } },
    ]);
    expect(JSON.parse(setEffect(text, 0, "Allow"))).toEqual({
      Version: "2012-10-17",
      Id: "kept",
      Statement: { ...statement, Effect: "Allow" },
    });
  });

  test.each([
    ["no JSON", "{"],
    ["a list", "[]"],
    ["a statement without an effect", `{"Statement":[{"Action":"*"}]}`],
    ["an action that is a number", `{"Statement":[{"Effect":"Allow","Action":[1]}]}`],
    ["a number that would change", `{"Statement":[{"Effect":"Allow","Condition":{"NumericEquals":{"a":[1.0]}}}]}`],
  ])("does not touch %s", (_, text) => {
    expect(readVisual(text)).toBeUndefined();
  });

  test("adds a value to a condition that is there, and takes a whole condition away", () => {
    const text = `{"Statement":[{"Effect":"Allow","Condition":{"StringLike":{"s3:prefix":"a/*"}}}]}`;
    const condition = { operator: "StringLike", key: "s3:prefix", values: ["b/*"] };
    const both = addCondition(text, 0, condition);
    expect(readVisual(both)?.[0]?.conditions).toEqual([{ ...condition, values: ["a/*", "b/*"] }]);
    expect(JSON.parse(removeCondition(both, 0, condition))).toEqual({ Statement: [{ Effect: "Allow" }] });
  });

  test("adds and removes statements", () => {
    const text = `{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}`;
    const two = addStatement(text);
    expect(readVisual(two)?.map(({ effect }) => effect)).toEqual(["Deny", "Allow"]);
    expect(readVisual(removeStatement(two, 1))?.map(({ effect }) => effect)).toEqual(["Deny"]);
  });
});

test("another account's id is found and replaced where it names an identity, nowhere else", () => {
  const text = `{"AWS":["arn:aws:iam::954718177936:user/a","954718177936"],"Sid":"x954718177936"}`;
  expect(foreignAccounts(text, "111122223333")).toEqual(["954718177936"]);
  expect(foreignAccounts(text, "954718177936")).toEqual([]);
  expect(replaceAccount(text, "954718177936", "111122223333")).toBe(
    `{"AWS":["arn:aws:iam::111122223333:user/a","111122223333"],"Sid":"x954718177936"}`,
  );
});
