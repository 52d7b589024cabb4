import { expect, test } from "vitest";
import { namedProgram } from "../access/principal-policies.ts";
import { decide } from "../engine/decide.ts";
import type { Layers } from "../engine/program.ts";
import { isAllowed } from "../engine/ruling.ts";
import type { AccessRequest } from "../model/request.ts";
import { changeDocument } from "./change-document.ts";
import { explain } from "./explain.ts";

const accountId = "123456789012";
const arn = `arn:aws:iam::${accountId}:user/ann`;

/** `${aws:username}` would be a name in a pattern. */
function get(resource: string): AccessRequest {
  return {
    principal: { kind: "user", accountId, arn, userId: "AIDA1", userName: "ann" },
    action: "s3:GetObject",
    resource,
    resourceAccount: accountId,
    context: (key) => (key.toLowerCase() === "aws:username" ? "ann" : undefined),
  };
}

function document(where: object, version = "2012-10-17"): string {
  return JSON.stringify({ Version: version, Statement: [{ Effect: "Allow", Action: "s3:GetObject", ...where }] });
}

function having(text: string): Layers {
  const identity = [namedProgram("p", text, "identity")];
  return { guardrails: [], identity, boundary: "none", sessions: [], resource: "none" };
}

const changes = (text: string, resource: string) => explain(having(text), get(resource)).changes;

const other = { Resource: "arn:aws:s3:::other/*" };
const chosen = "arn:aws:s3:::b/*?${aws:username}";
const named = "arn:aws:s3:::b/${*}${?}${$}{aws:username}";

test("a key that whoever asked chose is no pattern in the policy that would allow it", () => {
  const [change, ...more] = changes(document(other), chosen);
  if (change === undefined) throw new Error("no change");
  expect([change, more]).toEqual([
    { kind: "add-resource", resource: named, layer: "identity", policy: "p", statement: 0, sid: undefined },
    [],
  ]);
  const made = having(changeDocument(document(other), change)?.text ?? "");
  const may = (resource: string): boolean => isAllowed(decide(made, get(resource)));
  expect([chosen, "arn:aws:s3:::b/aa", "arn:aws:s3:::b/*?ann"].map(may)).toEqual([true, false, false]);
});

const statement = { kind: "add-statement", resource: named };

test.each([
  ["a policy that has nothing near it", document({ Action: "s3:PutObject", ...other }), statement],
  ["a policy of a version that cannot name it", document(other, "2008-10-17"), statement],
])("%s gets a statement", (_, text, change) => {
  expect(changes(text, chosen)).toMatchObject([change]);
});

test("an exception for a whole folder is not taken away for a key that reads as it does", () => {
  const folder = "arn:aws:s3:::b/secret/*";
  const except = document({ NotResource: [folder, "arn:aws:s3:::c/*"] });
  expect(changes(except, folder)).toMatchObject([{ kind: "add-statement", resource: "arn:aws:s3:::b/secret/${*}" }]);
});

test("an exception that differs by case stays", () => {
  const [lower, upper] = ["arn:aws:s3:::b/k", "arn:aws:s3:::b/K"];
  const except = document({ NotResource: [upper, lower] });
  const [change] = changes(except, lower);
  if (change === undefined) throw new Error("no change");
  expect(changeDocument(except, change)?.text).toBe(document({ NotResource: [upper] }));
});

test.each([
  ["NotResource", { NotResource: ["arn:aws:s3:::b/k"] }],
  ["NotAction", { Action: undefined, NotAction: ["s3:GetObject"], Resource: "*" }],
])("the only exception of a %s stays, because no document can be without one", (_, where) => {
  expect(changes(document(where), "arn:aws:s3:::b/k")).toMatchObject([{ kind: "add-statement" }]);
});

test("a boundary of a version that cannot name the key gets no statement that would not allow it", () => {
  const notNear = { Action: "iam:*", Resource: "*", Condition: { Bool: { "aws:x": "true" } } };
  const limitedBy = (version: string): Layers => ({
    ...having(document({ Resource: "*" })),
    boundary: namedProgram("limit", document(notNear, version), "boundary"),
  });
  const asked = (version: string, resource: string) => explain(limitedBy(version), get(resource)).changes;
  expect(asked("2008-10-17", chosen)).toEqual([]);
  expect(asked("2012-10-17", chosen)).toMatchObject([{ ...statement, layer: "boundary" }]);
  expect(asked("2008-10-17", "arn:aws:s3:::b/k")).toMatchObject([{ kind: "add-statement", layer: "boundary" }]);
});
