import { expect, test } from "vitest";
import { trace } from "../engine/trace.ts";
import type { AccountDetails } from "./account-principals.ts";
import { accountPrincipals } from "./account-principals.ts";
import { layersOf, plainRequest } from "./access-of.ts";
import { rolesInstead } from "./roles-instead.ts";

const account = "123456789012";
const arn = (name: string): string => `arn:aws:iam::${account}:${name}`;
const document = (...Statement: readonly object[]): string => JSON.stringify({ Version: "2012-10-17", Statement });
const allow = (Action: string, Resource: string): object => ({ Effect: "Allow", Action, Resource });
const trusting = (principal: string): string =>
  document({ Effect: "Allow", Principal: { AWS: principal }, Action: "sts:AssumeRole" });
const role = (name: string, trust: string, policy: object) => ({
  RoleName: name,
  RoleId: `AROA${name}`,
  Arn: arn(`role/${name}`),
  AssumeRolePolicyDocument: trust,
  RolePolicyList: [{ PolicyName: "own", PolicyDocument: document(policy) }],
});

const details: AccountDetails = {
  UserDetailList: [
    {
      UserName: "ann",
      UserId: "AIDAANN",
      Arn: arn("user/ann"),
      UserPolicyList: [{ PolicyName: "take", PolicyDocument: document(allow("sts:AssumeRole", arn("role/a*"))) }],
    },
  ],
  GroupDetailList: [],
  RoleDetailList: [
    role("admin", trusting(arn("user/ann")), allow("*", "*")),
    role("auditor", trusting(arn("user/bob")), allow("s3:Get*", "*")),
    role("reader", trusting(account), allow("s3:GetObject", "arn:aws:s3:::data/*")),
    role("writer", trusting(account), allow("s3:PutObject", "*")),
  ],
  Policies: [],
};

test("roles that may do what was refused, and why somebody may not take one of them", () => {
  const [ann] = accountPrincipals(details);
  if (ann === undefined) throw new Error("ann is there");
  const asked = { action: "s3:GetObject", resource: "arn:aws:s3:::data/a" };
  const request = plainRequest(ann, asked, { account, context: {} });
  const layers = layersOf(ann, "none");
  expect(trace(layers, request).decision.allowed).toBe(false);
  expect(rolesInstead(details, { request, caller: ann, layers, context: {} })).toEqual([
    { arn: arn("role/admin"), name: "admin", refusal: undefined },
    {
      arn: arn("role/auditor"),
      name: "auditor",
      refusal: "because no role trust policy allows the sts:AssumeRole action",
    },
    {
      arn: arn("role/reader"),
      name: "reader",
      refusal: "because no identity-based policy allows the sts:AssumeRole action",
    },
  ]);
});
