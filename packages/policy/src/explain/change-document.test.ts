import { expect, test } from "vitest";
import type { Change } from "./changes.ts";
import { changeDocument, newDocument } from "./change-document.ts";

const read = { Sid: "Read", Effect: "Allow", Action: "s3:GetObject", Resource: ["arn:aws:s3:::b/*"] };
const deny = { Effect: "Deny", NotAction: ["s3:Get*", "s3:PutObject"], Resource: "*" };
const text = (...Statement: readonly object[]): string => JSON.stringify({ Version: "2012-10-17", Statement });
const both = text(read, deny);
const at = (statement: number, sid?: string) => ({ layer: "identity", policy: "p", statement, sid }) as const;
const added: Change = {
  kind: "add-statement",
  layer: "resource",
  action: "sts:AssumeRole",
  resource: "arn:aws:iam::123456789012:role/r",
  principal: "arn:aws:iam::123456789012:user/ann",
};

test.each<readonly [what: string, before: string, change: Change, after: string]>([
  ["a Deny goes", both, { kind: "remove-statement", ...at(1) }, text(read)],
  ["the last statement goes", text(deny), { kind: "remove-statement", ...at(0) }, "nothing"],
  [
    "an action more",
    both,
    { kind: "add-action", action: "s3:PutObject", ...at(0, "Read") },
    text({ ...read, Action: ["s3:GetObject", "s3:PutObject"] }, deny),
  ],
  [
    "an action that is left out no longer",
    both,
    { kind: "add-action", action: "s3:putobject", ...at(1) },
    text(read, { ...deny, NotAction: ["s3:Get*"] }),
  ],
  [
    "a resource more",
    JSON.stringify({ Statement: read }),
    { kind: "add-resource", resource: "arn:aws:s3:::c", ...at(0, "Read") },
    JSON.stringify({ Statement: [{ ...read, Resource: ["arn:aws:s3:::b/*", "arn:aws:s3:::c"] }] }),
  ],
  [
    "another document: its statement has another name",
    both,
    { kind: "remove-statement", ...at(0, "Write") },
    "another",
  ],
  ["another document: it has fewer statements", both, { kind: "remove-statement", ...at(2) }, "another"],
  ["the request's own key", both, { kind: "set-key", key: "s3:prefix", value: "a", ...at(0, "Read") }, "another"],
  [
    "a new statement",
    text(read),
    { ...added, action: "s3:PutObject", resource: "arn:aws:s3:::b/k", principal: undefined },
    text(read, { Effect: "Allow", Action: "s3:PutObject", Resource: "arn:aws:s3:::b/k" }),
  ],
])("%s", (_, before, change, after) => {
  const texts = { nothing: { text: undefined }, another: undefined };
  expect(changeDocument(before, change)).toEqual(after in texts ? texts[after as keyof typeof texts] : { text: after });
});

test("a trust policy's statement has no resource", () => {
  const Principal = { AWS: "arn:aws:iam::123456789012:user/ann" };
  const statement = { Effect: "Allow", Principal, Action: "sts:AssumeRole" };
  expect(changeDocument(text({ ...statement, Principal: { Service: "a" } }), added)?.text).toBe(
    text({ ...statement, Principal: { Service: "a" } }, statement),
  );
  expect(newDocument(added, true)).toBe(text(statement));
});
