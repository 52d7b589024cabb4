/** Which elements a document must have, may have and must not have, by what it is used as. */
import { describe, expect, test } from "vitest";
import { parsePolicy } from "./parse.ts";
import type { PolicyKind } from "../model/policy.ts";
import { kinds, type Written } from "../test/documents.ts";

const attached = ["identity", "boundary", "session", "guardrail"] as const;

function codes(kind: PolicyKind, statement: Written, document: Written = {}): readonly string[] {
  const text = JSON.stringify({ Version: "2012-10-17", ...document, Statement: [statement] });
  const { policy, diagnostics } = parsePolicy(text, kind);
  expect(policy === undefined).toBe(diagnostics.length > 0);
  return diagnostics.map(({ code, pointer }) => `${code} ${pointer}`);
}

const at = "/Statement/0";
const onAttached: Written = { Effect: "Allow", Action: "s3:*", Resource: "*" };
const onResource: Written = { ...onAttached, Principal: "*" };
const onRole: Written = { Effect: "Allow", Principal: { AWS: "111122223333" }, Action: "sts:AssumeRole" };

describe.each(attached)("a policy of kind %s", (kind) => {
  test("has an effect, actions and resources", () => {
    expect(codes(kind, onAttached)).toEqual([]);
    expect(codes(kind, { Effect: "Deny", NotAction: "s3:*", NotResource: "*", Condition: {} })).toEqual([]);
    expect(codes(kind, { Effect: "Allow", Action: "s3:*" })).toEqual([`missing-resource ${at}`]);
    expect(codes(kind, { Effect: "Allow", Resource: "*" })).toEqual([`missing-action ${at}`]);
    expect(codes(kind, { Action: "s3:*", Resource: "*" })).toEqual([`missing-effect ${at}`]);
  });

  test("has no principal, whatever it says", () => {
    for (const value of ["*", { AWS: "*" }, { AWS: "111122223333" }]) {
      expect(codes(kind, { ...onAttached, Principal: value })).toEqual([`prohibited-principal ${at}/Principal`]);
      expect(codes(kind, { ...onAttached, NotPrincipal: value })).toEqual([`prohibited-principal ${at}/NotPrincipal`]);
    }
  });

  test("has no Id", () => {
    expect(codes(kind, onAttached, { Id: "p" })).toEqual(["prohibited-id /Id"]);
  });

  test("has Sids of letters and digits", () => {
    expect(codes(kind, { ...onAttached, Sid: "Read1" })).toEqual([]);
    expect(codes(kind, { ...onAttached, Sid: "read one" })).toEqual([`invalid-sid ${at}/Sid`]);
  });

  test("may hold any service's actions", () => {
    expect(codes(kind, { ...onAttached, Action: ["sts:AssumeRole", "iam:*", "ec2:RunInstances"] })).toEqual([]);
  });
});

describe("a policy on a resource", () => {
  const kind = "resource";

  test("has an effect, a principal, actions and resources", () => {
    expect(codes(kind, onResource)).toEqual([]);
    expect(codes(kind, { ...onAttached, NotPrincipal: { AWS: "111122223333" }, Effect: "Deny" })).toEqual([]);
    expect(codes(kind, { Effect: "Allow", Principal: "*", NotAction: "s3:*", NotResource: "*" })).toEqual([]);
    expect(codes(kind, onAttached)).toEqual([`missing-principal ${at}`]);
    expect(codes(kind, { Effect: "Allow", Principal: "*", Action: "s3:*" })).toEqual([`missing-resource ${at}`]);
    expect(codes(kind, { Effect: "Allow", Principal: "*", Resource: "*" })).toEqual([`missing-action ${at}`]);
    expect(codes(kind, { Principal: "*", Action: "s3:*", Resource: "*" })).toEqual([`missing-effect ${at}`]);
  });

  test("may have an Id, and Sids with more than letters and digits", () => {
    expect(codes(kind, { ...onResource, Sid: "read & write" }, { Id: "any text, ☂" })).toEqual([]);
    expect(codes(kind, onResource, { Id: 7 })).toEqual(["wrong-type /Id"]);
  });
});

describe("a resource control policy", () => {
  const kind = "resource-guardrail";
  const denial: Written = { Effect: "Deny", Principal: "*", Action: "s3:*", Resource: "*" };

  test("denies everyone something, and says whom with conditions", () => {
    expect(codes(kind, denial)).toEqual([]);
    const Condition = { StringNotEquals: { "aws:PrincipalOrgID": "o-1234567890" } };
    const { Resource: _, ...rest } = denial;
    expect(codes(kind, { ...rest, NotResource: "arn:aws:s3:::open/*", Condition })).toEqual([]);
  });

  test("allows nothing, names no principals and leaves no actions out", () => {
    expect(codes(kind, { ...denial, Effect: "Allow" })).toEqual([`prohibited-allow ${at}`]);
    const { Action: _, ...rest } = denial;
    expect(codes(kind, { ...rest, NotAction: "s3:*" })).toEqual([`prohibited-not-action ${at}/NotAction`]);
    for (const value of [{ AWS: "*" }, { AWS: "111122223333" }])
      expect(codes(kind, { ...denial, Principal: value })).toEqual([`prohibited-principal ${at}/Principal`]);
    const { Principal: __, ...nobody } = denial;
    expect(codes(kind, { ...nobody, NotPrincipal: "*" })).toEqual([`prohibited-principal ${at}/NotPrincipal`]);
    expect(codes(kind, nobody)).toEqual([`missing-principal ${at}`]);
  });

  test("has the version with variables, and no Id", () => {
    expect(codes(kind, denial, { Version: "2008-10-17" })).toEqual(["organization-version "]);
    expect(codes(kind, denial, { Id: "a" })).toEqual(["prohibited-id /Id"]);
  });
});

describe("a trust policy", () => {
  const kind = "trust";

  test("has an effect, a principal and STS actions", () => {
    expect(codes(kind, onRole)).toEqual([]);
    expect(codes(kind, { ...onRole, Condition: { StringEquals: { "sts:ExternalId": "x" } } }, { Id: "p" })).toEqual([]);
    expect(codes(kind, { ...onRole, Action: ["sts:AssumeRole", "STS:TagSession", "sts:*"] })).toEqual([]);
    expect(codes(kind, { Effect: "Allow", Action: "sts:AssumeRole" })).toEqual([`missing-principal ${at}`]);
    expect(codes(kind, { Effect: "Allow", Principal: "*" })).toEqual([`missing-action ${at}`]);
    expect(codes(kind, { Principal: "*", Action: "sts:AssumeRole" })).toEqual([`missing-effect ${at}`]);
  });

  test("has no resource", () => {
    expect(codes(kind, { ...onRole, Resource: "*" })).toEqual([`prohibited-resource ${at}/Resource`]);
    expect(codes(kind, { ...onRole, NotResource: "*" })).toEqual([`prohibited-resource ${at}/NotResource`]);
  });

  test("says whom it trusts and with what, not with what it does not", () => {
    const { Principal, ...rest } = onRole;
    expect(codes(kind, { ...rest, NotPrincipal: Principal })).toEqual([`prohibited-principal ${at}/NotPrincipal`]);
    const { Action, ...other } = onRole;
    expect(codes(kind, { ...other, NotAction: Action })).toEqual([`trust-not-action ${at}/NotAction`]);
  });

  test("allows nothing but STS", () => {
    for (const action of ["*", "s3:GetObject", "*:*", "st?:AssumeRole", "st*:AssumeRole"])
      expect(codes(kind, { ...onRole, Action: [action] })).toEqual([`trust-action ${at}/Action/0`]);
  });
});

describe.each(kinds)("a document without Effect of kind %s", (kind) => {
  test("is refused however else it is written", () => {
    const found = codes(kind, { Principal: "*", Action: "sts:*", Resource: "*" });
    expect(found).toContain(`missing-effect ${at}`);
  });
});
