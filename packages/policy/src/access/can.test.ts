import { expect, test } from "vitest";
import { serviceActions } from "../catalog/catalog.ts";
import { accountPrincipals } from "./account-principals.ts";
import { accessOf, timeContext } from "./access-of.ts";
import { type Can, canDo } from "./can.ts";
import type { PrincipalPolicies } from "./principal-policies.ts";

const account = "123456789012";
const question = { account, partition: "aws", now: new Date("2026-11-30T12:00:00Z") };
const document = (...Statement: readonly object[]): string => JSON.stringify({ Version: "2012-10-17", Statement });
const all = { Effect: "Allow", Action: "*", Resource: "*" };

function user(policy: string, boundary?: string): PrincipalPolicies {
  const [found] = accountPrincipals({
    UserDetailList: [
      {
        UserName: "ann",
        UserId: "AIDA1",
        Arn: `arn:aws:iam::${account}:user/ann`,
        UserPolicyList: [{ PolicyName: "p", PolicyDocument: policy }],
        ...(boundary === undefined ? {} : { PermissionsBoundary: { PermissionsBoundaryArn: "limit" } }),
      },
    ],
    GroupDetailList: [],
    RoleDetailList: [],
    Policies: [{ Arn: "limit", PolicyVersionList: [{ Document: boundary ?? "", IsDefaultVersion: true }] }],
  });
  if (found === undefined) throw new Error("the account has one user");
  return found;
}

function answersOf(caller: PrincipalPolicies, service: string): ReadonlyMap<string, Can> {
  return new Map([...canDo(caller, { ...question, services: [service] })].map((one) => [one.action.name, one]));
}

test("what holds for a service as a whole holds for each of its actions as if it were asked about alone", () => {
  const callers = [
    user(document(all)),
    user(document({ ...all, Action: "account:Get*" })),
    user(document(all, { ...all, Effect: "Deny", Action: "account:*" })),
    user(document({ ...all, Action: "s3:*" })),
  ];
  for (const caller of callers) {
    const found = answersOf(caller, "account");
    expect(found.size).toBe(serviceActions("account")?.length);
    const ask = accessOf(caller, { resource: "none", account, context: timeContext(question.now) });
    for (const { action, resource, answer } of found.values())
      expect([action.name, answer]).toEqual([action.name, ask({ action: action.name, resource }).answer]);
  }
});

test("a boundary that takes something away is told from policies that do not allow it", () => {
  const role = `arn:aws:iam::${account}:role/reader`;
  const boundary = document({ ...all, Action: "sts:AssumeRole", Resource: role });
  const found = answersOf(user(document({ ...all, Action: ["sts:AssumeRole", "sts:TagSession"] }), boundary), "sts");
  const outcome = (action: string) => [found.get(action)?.answer, found.get(action)?.isBounded];
  expect(outcome("sts:AssumeRole")).toEqual(["depends", true]);
  expect(outcome("sts:TagSession")).toEqual(["never", true]);
  expect(outcome("sts:GetFederationToken")).toEqual(["never", false]);
});

test("an action is asked about on all that it has in the account", () => {
  const caller = user(document(all));
  const resourceOf = (service: string, action: string) => answersOf(caller, service).get(action)?.resource;
  expect(resourceOf("s3", "s3:GetObject")).toBe("arn:aws:s3:::*/*");
  expect(resourceOf("iam", "iam:GetUser")).toBe(`arn:aws:iam::${account}:user/*`);
  expect(resourceOf("iam", "iam:ListUsers")).toBe("*");
});
