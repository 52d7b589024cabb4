/** Every operation of Organizations, over HTTP: by callers who may not, each in another way, and by one who may. */
import { PutUserPolicyCommand } from "@aws-sdk/client-iam";
import { CreatePolicyCommand } from "@aws-sdk/client-organizations";
import type { SigningKeys } from "@s3-credentials/protocol";
import { beforeAll, expect, test } from "vitest";
import { organizationsOperations } from "../src/operations/organizations/table.ts";
import { useOrganization } from "./organization-accounts.ts";
import type { Call } from "./pipeline-gateway.ts";
import { useS3Gateway } from "./s3-gateway.ts";

const gateway = useS3Gateway();
const organization = useOrganization(gateway);

const SERVICE = "SERVICE_CONTROL_POLICY";
const content = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Deny", Action: "s3:DeleteBucket", Resource: "*" }],
});

interface Targets {
  readonly account: string;
  readonly policy: string;
}

/** What each operation is asked with: what is there, or what is not. */
function inputs({ account, policy }: Targets): Readonly<Record<string, object>> {
  const root = "r-zzzz";
  const both = { PolicyId: policy, TargetId: account };
  return {
    DescribeOrganization: {},
    ListAccounts: {},
    DescribeAccount: { AccountId: account },
    CreateAccount: { AccountName: "new", Email: "new@example.com" },
    DescribeCreateAccountStatus: { CreateAccountRequestId: "car-12345678" },
    ListCreateAccountStatus: {},
    CloseAccount: { AccountId: account },
    ListRoots: {},
    ListAccountsForParent: { ParentId: root },
    ListChildren: { ParentId: root, ChildType: "ACCOUNT" },
    ListOrganizationalUnitsForParent: { ParentId: root },
    ListParents: { ChildId: account },
    MoveAccount: { AccountId: account, SourceParentId: root, DestinationParentId: root },
    CreatePolicy: { Name: "new", Description: "", Type: SERVICE, Content: content },
    UpdatePolicy: { PolicyId: policy, Description: "changed" },
    DescribePolicy: { PolicyId: policy },
    DeletePolicy: { PolicyId: policy },
    ListPolicies: { Filter: SERVICE },
    AttachPolicy: both,
    DetachPolicy: both,
    ListPoliciesForTarget: { TargetId: account, Filter: SERVICE },
    ListTargetsForPolicy: { PolicyId: policy },
    EnablePolicyType: { RootId: root, PolicyType: "RESOURCE_CONTROL_POLICY" },
    DisablePolicyType: { RootId: root, PolicyType: SERVICE },
    ListTagsForResource: { ResourceId: account },
    ListAWSServiceAccessForOrganization: {},
  };
}

/** Users of the management account whose policies say this of the operation. */
const statements = {
  "on a wrong resource": (action: string) => [
    { Effect: "Allow", Action: action, Resource: "arn:aws:organizations::*:*/o-another123/*" },
  ],
  "all but it": (action: string) => [{ Effect: "Allow", NotAction: action, Resource: "*" }],
  denied: (action: string) => [
    { Effect: "Allow", Action: "*", Resource: "*" },
    { Effect: "Deny", Action: action, Resource: "*" },
  ],
  allowed: (action: string) => [{ Effect: "Allow", Action: action, Resource: "*" }],
} as const;

const userName = (who: string): string => who.replaceAll(" ", "-");
let callers: readonly (readonly [who: string, keys: SigningKeys | undefined])[] = [];
let there: Targets = { account: "", policy: "" };
const missing: Targets = { account: "000000000000", policy: "p-00000000" };

beforeAll(async () => {
  const other = await organization.member();
  const everything = { Effect: "Allow", Action: "*", Resource: "*" };
  const users: (readonly [string, SigningKeys])[] = [];
  for (const who of Object.keys(statements)) users.push([who, await gateway.user(userName(who))]);
  callers = [
    ["anonymous", undefined],
    ["the root of a member account", other.root],
    ["an administrator of a member account", await organization.user(other.root, "ann", everything)],
    ["a user without a policy", await gateway.user("nobody")],
    ...users,
  ];
  const made = await organization
    .client()
    .send(new CreatePolicyCommand({ Name: "there", Description: "", Type: SERVICE, Content: content }));
  there = { account: (await organization.member()).id, policy: made.Policy?.PolicySummary?.Id ?? "" };
});

/** The type of the error, or `asked`: authorization let the request through. */
async function answer(name: string, input: object, keys?: SigningKeys): Promise<string> {
  const call: Call = {
    method: "POST",
    target: "/",
    service: "organizations",
    body: JSON.stringify(input),
    headers: { "content-type": "application/x-amz-json-1.1", "x-amz-target": `AWSOrganizationsV20161128.${name}` },
  };
  const { status, body } = await (keys === undefined ? gateway.sendUnsigned(call) : gateway.send({ ...call, keys }));
  expect(status, `${name}: ${body}`).toBeLessThan(500);
  const type = status === 200 ? undefined : (JSON.parse(body) as { __type: string }).__type;
  return type === "AccessDeniedException" || type === "MissingAuthenticationTokenException" ? type : "asked";
}

test("every operation has its input here", () => {
  expect(Object.keys(inputs(missing)).toSorted()).toEqual(Object.keys(organizationsOperations).toSorted());
});

test.each(Object.keys(organizationsOperations))("%s", async (name) => {
  const iam = organization.iam(gateway.admin);
  for (const [who, of] of Object.entries(statements)) {
    const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: of(`organizations:${name}`) });
    await iam.send(new PutUserPolicyCommand({ UserName: userName(who), PolicyName: "own", PolicyDocument }));
  }
  const expected = callers.map(([who]) => {
    if (who === "anonymous") return [who, "MissingAuthenticationTokenException"];
    // "This operation can be called from any account in the organization."
    const fromAnywhere = name === "DescribeOrganization" && who.includes("member");
    return [who, who === "allowed" || fromAnywhere ? "asked" : "AccessDeniedException"];
  });
  // Whoever may not gets the same answer for what is there and for what is not.
  for (const targets of [missing, there]) {
    const found: unknown[] = [];
    for (const [who, keys] of callers) found.push([who, await answer(name, inputs(targets)[name] ?? {}, keys)]);
    expect(found).toEqual(expected);
  }
});
