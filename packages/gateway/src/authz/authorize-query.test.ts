import type { NamedProgram, Principal } from "@s3-credentials/policy";
import { describe, expect, test } from "vitest";
import type { QueryDemand } from "../operations/demand.ts";
import { isRefusal, type Resolution } from "../operations/operation.ts";
import type { Caller } from "../ports/principal-directory.ts";
import { createTimeBudget } from "../pipeline/time-budget.ts";
import { createPolicyPrograms } from "./policy-programs.ts";
import { testProgram } from "../../test/test-program.ts";
import { authorizeQuery, type QueryAuthorizationInput } from "./authorize-query.ts";

const account = "123456789012";
const other = "999999999999";
const role = `arn:aws:iam::${account}:role/r`;

function user(accountId: string, ...identity: readonly NamedProgram[]): Caller {
  const principal: Principal = {
    kind: "user",
    accountId,
    arn: `arn:aws:iam::${accountId}:user/u`,
    userId: "AIDAAAAAAAAAAAAAAAAA",
    userName: "u",
  };
  return {
    principal,
    layers: { guardrails: [], identity, boundary: "none", sessions: [] },
    context: new Map([["aws:username", "u"]]),
    accessKeyId: undefined,
    session: undefined,
  };
}

function given(
  caller: Caller,
  demands: readonly QueryDemand[],
  resources: Resolution["resources"],
  context: Resolution["context"] = new Map(),
): QueryAuthorizationInput {
  const request = {
    headers: new Map<string, string>(),
    query: new Map<string, string>(),
    sourceIp: "192.0.2.1",
    clientNetwork: "192.0.2.1",
    secure: false,
    now: 0,
    signal: new AbortController().signal,
  };
  return {
    operation: "AssumeRole",
    row: { demands, conditionKeys: ["iam:PermissionsBoundary", "aws:RequestTag/"] },
    resolution: { resources, context },
    facts: { request, auth: undefined, caller, accounts: new Map(), region: "us-east-1" },
    programs: createPolicyPrograms(),
    principals: { resourceAccount: async () => undefined },
    time: createTimeBudget().of("caller", new AbortController().signal),
    requestId: "R",
  };
}

async function verdict(test: QueryAuthorizationInput): Promise<readonly string[] | string> {
  const { outcome } = await authorizeQuery(test);
  return isRefusal(outcome) ? (outcome.message ?? "") : outcome.resources;
}

const assume: readonly QueryDemand[] = [{ action: "sts:AssumeRole", resource: "role" }];
const mayAssume = testProgram("identity", { Effect: "Allow", Action: "sts:AssumeRole", Resource: "*" });
const trust = (aws: string) => ({
  document: JSON.stringify({
    Version: "2012-10-17",
    Statement: { Effect: "Allow", Principal: { AWS: aws }, Action: "sts:AssumeRole" },
  }),
});

describe("authorizeQuery", () => {
  test("a role needs its trust", async () => {
    const resources = (aws: string) => ({ role: { arn: role, accountId: account, trust: trust(aws) } });
    expect(await verdict(given(user(account, mayAssume), assume, resources(account)))).toEqual([role]);
    expect(await verdict(given(user(account, mayAssume), assume, resources(other)))).toContain(
      "because no role trust policy allows",
    );
    expect(await verdict(given(user(account), assume, resources(account)))).toContain(
      "because no identity-based policy allows",
    );
    expect(await verdict(given(user(other, mayAssume), assume, resources(other)))).toEqual([role]);
  });

  test("a caller of another account learns what it asked, and no more", async () => {
    const resources = { role: { arn: role, accountId: account, trust: trust(account) } };
    expect(await verdict(given(user(other, mayAssume), assume, resources))).toBe(
      `User: arn:aws:iam::${other}:user/u is not authorized to perform: sts:AssumeRole on resource: ${role}`,
    );
  });

  test("what needs no Allow still meets a Deny", async () => {
    const narrow: readonly QueryDemand[] = [{ action: "sts:AssumeRole", resource: "self", unlessDenied: true }];
    const resources = { self: { arn: `arn:aws:iam::${account}:user/u`, accountId: account } };
    expect(await verdict(given(user(account), narrow, resources))).toHaveLength(1);
    const denied = testProgram("identity", { Effect: "Deny", Action: "sts:*", Resource: "*" });
    expect(await verdict(given(user(account, denied), narrow, resources))).toContain("explicit deny");
  });

  test("conditions see the operation's keys and the resource's account", async () => {
    const rights = testProgram("identity", {
      Effect: "Allow",
      Action: "iam:CreateUser",
      Resource: "*",
      Condition: {
        ArnEquals: { "iam:PermissionsBoundary": "arn:aws:iam::1:policy/p" },
        StringEquals: { "aws:ResourceAccount": account },
      },
    });
    const demands: readonly QueryDemand[] = [{ action: "iam:CreateUser", resource: "user" }];
    const resources = { user: { arn: `arn:aws:iam::${account}:user/x`, accountId: account } };
    expect(
      await verdict(
        given(
          user(account, rights),
          demands,
          resources,
          new Map([["iam:PermissionsBoundary", "arn:aws:iam::1:policy/p"]]),
        ),
      ),
    ).toHaveLength(1);
    expect(await verdict(given(user(account, rights), demands, resources))).toContain("not authorized");
  });

  test("a key that the row does not list is a fault, not a key", async () => {
    const demands: readonly QueryDemand[] = [{ action: "iam:CreateUser", resource: "user" }];
    const resources = { user: { arn: `arn:aws:iam::${account}:user/x`, accountId: account } };
    const filled = (key: string) => given(user(account), demands, resources, new Map([[key, "x"]]));
    await expect(authorizeQuery(filled("aws:RequestTag/team"))).resolves.toBeDefined();
    await expect(authorizeQuery(filled("iam:PolicyARN"))).rejects.toThrow("iam:PolicyARN");
    await expect(authorizeQuery(filled("aws:RequestTag"))).rejects.toThrow("aws:RequestTag");
  });

  test("a demand that was not asked is left out; one that does not resolve is a fault", async () => {
    const demands: readonly QueryDemand[] = [{ action: "iam:CreateUser", resource: "user" }];
    expect(await verdict(given(user(account), demands, { user: "not-asked" }))).toEqual([]);
    await expect(authorizeQuery(given(user(account), demands, {}))).rejects.toThrow("did not resolve user");
    await expect(
      authorizeQuery(given(user(account), [{ action: "iam:CreateUser", resource: "toString" }], {})),
    ).rejects.toThrow("did not resolve");
  });

  test("nobody does not get here", async () => {
    const anonymous: Caller = { ...user(account), principal: { kind: "anonymous" } };
    await expect(authorizeQuery(given(anonymous, [], {}))).rejects.toThrow("anonymous");
  });
});
