import { accountId } from "../../../packages/gateway/test/notification-files.ts";
import { type Life, readOf, type Send, type ServiceName, step } from "./life.ts";

const readOnly = "arn:aws:iam::aws:policy/ReadOnlyAccess";

function policy(Action: string): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action, Resource: "*" }] });
}

function trust(...Action: readonly string[]): string {
  const Statement = [{ Effect: "Allow", Principal: { AWS: "*" }, Action }];
  return JSON.stringify({ Version: "2012-10-17", Statement });
}

type Asked = readonly [operation: string, input: object];

async function readAll(send: Send, service: ServiceName, asked: readonly Asked[]): Promise<readonly unknown[]> {
  const answers: unknown[] = [];
  for (const [operation, input] of asked) answers.push([operation, await readOf(send, service, operation, input)]);
  return answers;
}

const PolicyName = "inline";

const user: Life = {
  service: "IAM",
  kind: "user-life",
  read: (UserName, send) => {
    const GroupName = `${UserName}-group`;
    return readAll(send, "IAM", [
      ["GetUser", { UserName }],
      ["ListUserPolicies", { UserName }],
      ["GetUserPolicy", { UserName, PolicyName }],
      ["ListAttachedUserPolicies", { UserName }],
      ["GetLoginProfile", { UserName }],
      ["ListAccessKeys", { UserName }],
      ["ListGroupsForUser", { UserName }],
      ["GetGroup", { GroupName }],
      ["GetGroup", { GroupName: `${GroupName}-renamed` }],
      ["ListGroupPolicies", { GroupName }],
      ["GetGroupPolicy", { GroupName, PolicyName }],
      ["ListAttachedGroupPolicies", { GroupName }],
    ]);
  },
  steps: [
    step("CreateUser", (UserName) => ({ UserName })),
    step("TagUser", (UserName) => ({ UserName, Tags: [{ Key: "a", Value: "b" }] })),
    step("PutUserPolicy", (UserName) => ({ UserName, PolicyName, PolicyDocument: policy("s3:GetObject") })),
    step("AttachUserPolicy", (UserName) => ({ UserName, PolicyArn: readOnly })),
    step("PutUserPermissionsBoundary", (UserName) => ({ UserName, PermissionsBoundary: readOnly })),
    step("CreateLoginProfile", (UserName) => ({ UserName, Password: "quite-a-long-Passw0rd!" })),
    step("UpdateLoginProfile", (UserName) => ({ UserName, PasswordResetRequired: true })),
    step(
      "CreateAccessKey",
      (UserName) => ({ UserName }),
      ({ AccessKey }, memory) => void memory.set("key", (AccessKey as { AccessKeyId: string }).AccessKeyId),
    ),
    step("UpdateAccessKey", (UserName, memory) => ({
      UserName,
      AccessKeyId: memory.get("key"),
      Status: "Inactive",
    })),
    step("CreateGroup", (name) => ({ GroupName: `${name}-group` })),
    step("AddUserToGroup", (UserName) => ({ UserName, GroupName: `${UserName}-group` })),
    step("PutGroupPolicy", (name) => ({
      GroupName: `${name}-group`,
      PolicyName,
      PolicyDocument: policy("s3:ListBucket"),
    })),
    step("AttachGroupPolicy", (name) => ({ GroupName: `${name}-group`, PolicyArn: readOnly })),
    step("DetachGroupPolicy", (name) => ({ GroupName: `${name}-group`, PolicyArn: readOnly })),
    step("DeleteGroupPolicy", (name) => ({ GroupName: `${name}-group`, PolicyName })),
    step("RemoveUserFromGroup", (UserName) => ({ UserName, GroupName: `${UserName}-group` })),
    step("UpdateGroup", (name) => ({ GroupName: `${name}-group`, NewGroupName: `${name}-group-renamed` })),
    step("DeleteGroup", (name) => ({ GroupName: `${name}-group-renamed` })),
    step("UpdateUser", (UserName) => ({ UserName, NewPath: "/moved/" })),
    step("DeleteAccessKey", (UserName, memory) => ({ UserName, AccessKeyId: memory.get("key") })),
    step("DeleteLoginProfile", (UserName) => ({ UserName })),
    step("DeleteUserPermissionsBoundary", (UserName) => ({ UserName })),
    step("DetachUserPolicy", (UserName) => ({ UserName, PolicyArn: readOnly })),
    step("DeleteUserPolicy", (UserName) => ({ UserName, PolicyName })),
    step("UntagUser", (UserName) => ({ UserName, TagKeys: ["a"] })),
    step("DeleteUser", (UserName) => ({ UserName })),
  ],
};

const policyArn = (memory: ReadonlyMap<string, string>): string => memory.get("policy") ?? "";

const role: Life = {
  service: "IAM",
  kind: "role-life",
  read: (RoleName, send) => {
    const PolicyArn = `arn:aws:iam::${accountId}:policy/${RoleName}`;
    return readAll(send, "IAM", [
      ["GetPolicy", { PolicyArn }],
      ["ListPolicyVersions", { PolicyArn }],
      ["GetRole", { RoleName }],
      ["ListRolePolicies", { RoleName }],
      ["ListAttachedRolePolicies", { RoleName }],
    ]);
  },
  steps: [
    step(
      "CreatePolicy",
      (name) => ({ PolicyName: name, PolicyDocument: policy("s3:GetObject") }),
      ({ Policy }, memory) => void memory.set("policy", (Policy as { Arn: string }).Arn),
    ),
    step("TagPolicy", (_name, memory) => ({ PolicyArn: policyArn(memory), Tags: [{ Key: "a", Value: "b" }] })),
    step("CreatePolicyVersion", (_name, memory) => ({
      PolicyArn: policyArn(memory),
      PolicyDocument: policy("s3:PutObject"),
    })),
    step("SetDefaultPolicyVersion", (_name, memory) => ({ PolicyArn: policyArn(memory), VersionId: "v2" })),
    step("DeletePolicyVersion", (_name, memory) => ({ PolicyArn: policyArn(memory), VersionId: "v1" })),
    step("CreateRole", (RoleName) => ({ RoleName, AssumeRolePolicyDocument: trust("sts:AssumeRole") })),
    step("TagRole", (RoleName) => ({ RoleName, Tags: [{ Key: "a", Value: "b" }] })),
    step("UpdateRole", (RoleName) => ({ RoleName, MaxSessionDuration: 7200 })),
    step("UpdateRoleDescription", (RoleName) => ({ RoleName, Description: "described" })),
    step("UpdateAssumeRolePolicy", (RoleName) => ({
      RoleName,
      PolicyDocument: trust("sts:AssumeRole", "sts:TagSession"),
    })),
    step("PutRolePolicy", (RoleName) => ({ RoleName, PolicyName, PolicyDocument: policy("s3:GetObject") })),
    step("AttachRolePolicy", (RoleName, memory) => ({ RoleName, PolicyArn: policyArn(memory) })),
    step("PutRolePermissionsBoundary", (RoleName) => ({ RoleName, PermissionsBoundary: readOnly })),
    step("DeleteRolePermissionsBoundary", (RoleName) => ({ RoleName })),
    step("DetachRolePolicy", (RoleName, memory) => ({ RoleName, PolicyArn: policyArn(memory) })),
    step("DeleteRolePolicy", (RoleName) => ({ RoleName, PolicyName })),
    step("UntagRole", (RoleName) => ({ RoleName, TagKeys: ["a"] })),
    step("DeleteRole", (RoleName) => ({ RoleName })),
    step("UntagPolicy", (_name, memory) => ({ PolicyArn: policyArn(memory), TagKeys: ["a"] })),
    step("DeletePolicy", (_name, memory) => ({ PolicyArn: policyArn(memory) })),
  ],
};

const provider: Life = {
  service: "IAM",
  kind: "provider-life",
  few: true,
  read: async (name, send) => {
    const { OpenIDConnectProviderList = [] } = (await send("IAM", "ListOpenIDConnectProviders", {})) as {
      OpenIDConnectProviderList?: { Arn: string }[];
    };
    const OpenIDConnectProviderArn = OpenIDConnectProviderList.find(({ Arn }) =>
      Arn.endsWith(`/${name}.example.com`),
    )?.Arn;
    if (OpenIDConnectProviderArn === undefined) return "no provider";
    return readOf(send, "IAM", "GetOpenIDConnectProvider", { OpenIDConnectProviderArn });
  },
  steps: [
    step(
      "CreateOpenIDConnectProvider",
      (name) => ({ Url: `https://${name}.example.com`, ThumbprintList: ["a".repeat(40)], ClientIDList: ["one"] }),
      ({ OpenIDConnectProviderArn }, memory) => void memory.set("provider", String(OpenIDConnectProviderArn)),
    ),
    ...(
      [
        ["AddClientIDToOpenIDConnectProvider", { ClientID: "two" }],
        ["TagOpenIDConnectProvider", { Tags: [{ Key: "a", Value: "b" }] }],
        ["UpdateOpenIDConnectProviderThumbprint", { ThumbprintList: ["b".repeat(40), "c".repeat(40)] }],
        ["RemoveClientIDFromOpenIDConnectProvider", { ClientID: "one" }],
        ["UntagOpenIDConnectProvider", { TagKeys: ["a"] }],
        ["DeleteOpenIDConnectProvider", {}],
      ] as const
    ).map(([operation, input]) =>
      step(operation, (_name, memory) => ({ ...input, OpenIDConnectProviderArn: memory.get("provider") })),
    ),
  ],
};

const account: Life = {
  service: "IAM",
  kind: "account-life",
  few: true,
  read: (_name, send) =>
    readAll(send, "IAM", [
      ["ListAccountAliases", {}],
      ["GetAccountPasswordPolicy", {}],
    ]),
  steps: [
    step("CreateAccountAlias", (AccountAlias) => ({ AccountAlias })),
    step("UpdateAccountPasswordPolicy", () => ({ MinimumPasswordLength: 20 })),
    step("DeleteAccountPasswordPolicy", () => ({})),
    step("DeleteAccountAlias", (AccountAlias) => ({ AccountAlias })),
  ],
};

const controlPolicy: Life = {
  service: "Organizations",
  kind: "control-life",
  few: true,
  read: async (name, send) => {
    const { Policies = [] } = (await send("Organizations", "ListPolicies", { Filter: "SERVICE_CONTROL_POLICY" })) as {
      Policies?: { Id: string; Name: string }[];
    };
    const PolicyId = Policies.find((one) => one.Name === name)?.Id;
    if (PolicyId === undefined) return "no policy";
    return readAll(send, "Organizations", [
      ["DescribePolicy", { PolicyId }],
      ["ListTargetsForPolicy", { PolicyId }],
    ]);
  },
  steps: [
    step(
      "CreatePolicy",
      (Name) => ({ Name, Description: "first", Type: "SERVICE_CONTROL_POLICY", Content: policy("*") }),
      ({ Policy }, memory) => void memory.set("policy", (Policy as { PolicySummary: { Id: string } }).PolicySummary.Id),
    ),
    step("UpdatePolicy", (_name, memory) => ({ PolicyId: policyArn(memory), Content: policy("s3:*") })),
    ...["AttachPolicy", "DetachPolicy"].map((operation) =>
      step(operation, async (_name, memory, send) => {
        const { Roots = [] } = (await send("Organizations", "ListRoots", {})) as { Roots?: { Id: string }[] };
        return { PolicyId: policyArn(memory), TargetId: Roots[0]?.Id };
      }),
    ),
    step("DeletePolicy", (_name, memory) => ({ PolicyId: policyArn(memory) })),
  ],
};

export const identityLives = [user, role, provider, account, controlPolicy] as const;
