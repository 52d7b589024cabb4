import {
  AddUserToGroupCommand,
  AttachGroupPolicyCommand,
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  CreateUserCommand,
  GetAccountAuthorizationDetailsCommand,
  type GetAccountAuthorizationDetailsCommandOutput,
  GetAccountSummaryCommand,
  GetContextKeysForCustomPolicyCommand,
  GetContextKeysForPrincipalPolicyCommand,
  GetRoleCommand,
  GetUserCommand,
  IAMClient,
  PutGroupPolicyCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
  SimulatePrincipalPolicyCommand,
  UpdateRoleCommand,
  UpdateRoleDescriptionCommand,
} from "@aws-sdk/client-iam";
import type { SigningKeys } from "@s3-credentials/protocol";
import { describe, expect, onTestFinished, test } from "vitest";
import { useS3Gateway } from "./s3-gateway.ts";

const gateway = useS3Gateway();

function iam(credentials: SigningKeys = gateway.admin): IAMClient {
  const endpoint = `http://127.0.0.1:${gateway.port}`;
  const client = new IAMClient({ endpoint, region: "us-east-1", credentials, maxAttempts: 1 });
  onTestFinished(() => client.destroy());
  return client;
}

const allow = (Action: string, Resource: string | readonly string[], more: object = {}) =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action, Resource, ...more }] });
const trust = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" }],
});
const decoded = (text: string | undefined) => decodeURIComponent(text ?? "");

/** Everything the account has, from pages of `MaxItems`. */
async function details(
  MaxItems: number,
  Filter?: ("User" | "Role" | "Group" | "LocalManagedPolicy" | "AWSManagedPolicy")[],
) {
  const client = iam();
  const pages: GetAccountAuthorizationDetailsCommandOutput[] = [];
  let Marker: string | undefined;
  do {
    const page = await client.send(new GetAccountAuthorizationDetailsCommand({ MaxItems, Filter, Marker }));
    pages.push(page);
    expect(page.IsTruncated).toBe(page.Marker !== undefined);
    const items = [page.UserDetailList, page.GroupDetailList, page.RoleDetailList, page.Policies];
    const count = items.reduce((sum, list) => sum + (list?.length ?? 0), 0);
    expect(count).toBeLessThanOrEqual(MaxItems);
    expect(count).toBeGreaterThan(0);
    Marker = page.Marker;
  } while (Marker !== undefined);
  return {
    pages: pages.length,
    users: pages.flatMap(({ UserDetailList = [] }) => UserDetailList),
    groups: pages.flatMap(({ GroupDetailList = [] }) => GroupDetailList),
    roles: pages.flatMap(({ RoleDetailList = [] }) => RoleDetailList),
    policies: pages.flatMap(({ Policies = [] }) => Policies),
  };
}

describe("the account", () => {
  const limit = () => `arn:aws:iam::${gateway.accountId}:policy/team/limit`;

  test("has everything in its authorization details, and counts it in its summary", async () => {
    const client = iam();
    await client.send(
      new CreatePolicyCommand({
        PolicyName: "limit",
        Path: "/team/",
        PolicyDocument: allow("s3:*", "*"),
        Description: "d",
      }),
    );
    await client.send(
      new CreatePolicyVersionCommand({ PolicyArn: limit(), PolicyDocument: allow("s3:Get*", "*"), SetAsDefault: true }),
    );
    const Tags = [{ Key: "team", Value: "red" }];
    await client.send(new CreateUserCommand({ UserName: "ann", Path: "/team/", PermissionsBoundary: limit(), Tags }));
    await client.send(
      new PutUserPolicyCommand({ UserName: "ann", PolicyName: "own", PolicyDocument: allow("s3:Put*", "*") }),
    );
    await client.send(new CreateGroupCommand({ GroupName: "staff", Path: "/team/" }));
    await client.send(
      new PutGroupPolicyCommand({ GroupName: "staff", PolicyName: "g", PolicyDocument: allow("s3:List*", "*") }),
    );
    await client.send(new AttachGroupPolicyCommand({ GroupName: "staff", PolicyArn: limit() }));
    await client.send(new AddUserToGroupCommand({ GroupName: "staff", UserName: "ann" }));
    await client.send(
      new CreateRoleCommand({ RoleName: "reader", AssumeRolePolicyDocument: trust, Description: "r", Tags }),
    );
    await client.send(
      new PutRolePolicyCommand({ RoleName: "reader", PolicyName: "r", PolicyDocument: allow("s3:Get*", "*") }),
    );
    const aws = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess";
    await client.send(new AttachRolePolicyCommand({ RoleName: "reader", PolicyArn: aws }));
    await client.send(new AttachUserPolicyCommand({ UserName: "ann", PolicyArn: aws }));

    const whole = await details(1000);
    expect(whole.pages).toBe(1);
    expect(whole.users.map(({ UserName }) => UserName)).toEqual(["admin", "ann"]);
    const [, ann] = whole.users;
    expect(ann).toMatchObject({
      Path: "/team/",
      Arn: `arn:aws:iam::${gateway.accountId}:user/team/ann`,
      GroupList: ["staff"],
      AttachedManagedPolicies: [{ PolicyName: "AmazonS3ReadOnlyAccess", PolicyArn: aws }],
      PermissionsBoundary: { PermissionsBoundaryArn: limit(), PermissionsBoundaryType: "Policy" },
      Tags,
    });
    expect(ann?.UserPolicyList?.map((one) => [one.PolicyName, decoded(one.PolicyDocument)])).toEqual([
      ["own", allow("s3:Put*", "*")],
    ]);
    expect(whole.groups).toMatchObject([
      { GroupName: "staff", Path: "/team/", AttachedManagedPolicies: [{ PolicyName: "limit", PolicyArn: limit() }] },
    ]);
    expect(decoded(whole.groups[0]?.GroupPolicyList?.[0]?.PolicyDocument)).toBe(allow("s3:List*", "*"));
    expect(whole.roles).toMatchObject([{ RoleName: "reader", InstanceProfileList: [], Tags }]);
    expect(decoded(whole.roles[0]?.AssumeRolePolicyDocument)).toBe(trust);
    expect(decoded(whole.roles[0]?.RolePolicyList?.[0]?.PolicyDocument)).toBe(allow("s3:Get*", "*"));
    const names = whole.policies.map(({ PolicyName }) => PolicyName);
    expect(names).toEqual(["limit", "AdministratorAccess", "AmazonS3ReadOnlyAccess"]);
    expect(whole.policies[0]).toMatchObject({
      Arn: limit(),
      DefaultVersionId: "v2",
      AttachmentCount: 1,
      PermissionsBoundaryUsageCount: 1,
      Description: "d",
    });
    expect(
      whole.policies[0]?.PolicyVersionList?.map((one) => [one.VersionId, one.IsDefaultVersion, decoded(one.Document)]),
    ).toEqual([
      ["v2", true, allow("s3:Get*", "*")],
      ["v1", false, allow("s3:*", "*")],
    ]);

    // The same in pages of any size, and by kind.
    for (const size of [1, 2, 3]) {
      const { pages, ...paged } = await details(size);
      expect(pages).toBe(Math.ceil(7 / size));
      expect({ pages: 1, ...paged }).toEqual(whole);
    }
    const nothing = { pages: 1, users: [], groups: [], roles: [], policies: [] };
    expect(await details(100, ["Group"])).toEqual({ ...nothing, groups: whole.groups });
    expect(await details(100, ["LocalManagedPolicy"])).toEqual({ ...nothing, policies: whole.policies.slice(0, 1) });
    expect(await details(100, ["Role", "AWSManagedPolicy"])).toEqual({
      ...nothing,
      roles: whole.roles,
      policies: whole.policies.slice(1),
    });

    const { SummaryMap } = await client.send(new GetAccountSummaryCommand({}));
    expect(SummaryMap).toMatchObject({
      Users: 2,
      Groups: 1,
      Roles: 1,
      Policies: 1,
      PolicyVersionsInUse: 2,
      AccountAccessKeysPresent: 1,
      UsersQuota: 5000,
      GroupsQuota: 300,
      RolesQuota: 1000,
      PoliciesQuota: 1500,
      AccessKeysPerUserQuota: 2,
      VersionsPerPolicyQuota: 5,
      AssumeRolePolicySizeQuota: 2048,
      Providers: 0,
      MFADevices: 0,
      AccountMFAEnabled: 0,
      AccountPasswordPresent: 0,
    });
  });

  test("gives details and a summary to nobody else", async () => {
    const client = iam(
      await gateway.user("nobody", { Effect: "Allow", Action: "iam:Get*", Resource: "arn:aws:iam::*:user/*" }),
    );
    for (const command of [new GetAccountAuthorizationDetailsCommand({}), new GetAccountSummaryCommand({})])
      await expect(client.send(command as GetAccountSummaryCommand)).rejects.toMatchObject({ name: "AccessDenied" });
  });

  test("a marker that no page had, or of a kind that the filter leaves out, is refused", async () => {
    for (const marker of ["nobody", "Role", "user ann", ""]) {
      const Marker = Buffer.from(marker).toString("base64");
      const asked = new GetAccountAuthorizationDetailsCommand({ Marker, Filter: ["User"] });
      await expect(iam().send(asked)).rejects.toMatchObject({ name: "ValidationError" });
    }
    const wrong = new GetAccountAuthorizationDetailsCommand({ Filter: ["Policy" as "User"] });
    await expect(iam().send(wrong)).rejects.toMatchObject({ name: "ValidationError" });
  });
});

test("a page of large documents ends early and goes on", async () => {
  const client = iam();
  const document = allow(
    "s3:GetObject",
    Array.from({ length: 45 }, (_, at) => `arn:aws:s3:::${"x".repeat(190)}${at}`),
  );
  for (let at = 0; at < 40; at += 1) {
    await client.send(new CreateRoleCommand({ RoleName: `big-${at}`, AssumeRolePolicyDocument: trust }));
    await client.send(new PutRolePolicyCommand({ RoleName: `big-${at}`, PolicyName: "p", PolicyDocument: document }));
  }
  const { pages, roles } = await details(1000, ["Role"]);
  expect(pages).toBeGreaterThan(1);
  expect(roles.filter(({ RoleName }) => RoleName?.startsWith("big-"))).toHaveLength(40);
});

describe("context keys", () => {
  const withKeys = allow("s3:GetObject", "arn:aws:s3:::home/${aws:username}/*", {
    Condition: {
      StringLike: { "s3:prefix": "${aws:PrincipalTag/team}/*" },
      Bool: { "AWS:SecureTransport": "true" },
      StringEquals: { "aws:securetransport": "x" },
    },
  });
  const expected = ["AWS:SecureTransport", "aws:PrincipalTag/team", "aws:username", "s3:prefix"];

  test("of documents", async () => {
    const asked = new GetContextKeysForCustomPolicyCommand({ PolicyInputList: [withKeys, allow("s3:*", "*")] });
    expect((await iam().send(asked)).ContextKeyNames).toEqual(expected);
    const broken = new GetContextKeysForCustomPolicyCommand({ PolicyInputList: ["{}"] });
    await expect(iam().send(broken)).rejects.toMatchObject({ name: "InvalidInputException" });
  });

  test("of a user with its groups, of a group and of a role", async () => {
    const client = iam();
    await client.send(new CreateGroupCommand({ GroupName: "keyed" }));
    await client.send(new PutGroupPolicyCommand({ GroupName: "keyed", PolicyName: "p", PolicyDocument: withKeys }));
    await client.send(new CreateUserCommand({ UserName: "keyed" }));
    await client.send(new AddUserToGroupCommand({ GroupName: "keyed", UserName: "keyed" }));
    await client.send(new CreateRoleCommand({ RoleName: "keyed", AssumeRolePolicyDocument: trust }));
    const ask = (kind: string, more: object = {}) =>
      client.send(
        new GetContextKeysForPrincipalPolicyCommand({
          PolicySourceArn: `arn:aws:iam::${gateway.accountId}:${kind}/keyed`,
          ...more,
        }),
      );
    for (const kind of ["user", "group"]) expect((await ask(kind)).ContextKeyNames).toEqual(expected);
    expect((await ask("role")).ContextKeyNames).toEqual([]);
    const PolicyInputList = [allow("s3:*", "*", { Condition: { Bool: { "aws:ViaAWSService": "false" } } })];
    expect((await ask("role", { PolicyInputList })).ContextKeyNames).toEqual(["aws:ViaAWSService"]);
    for (const [arn, name] of [
      [`arn:aws:iam::${gateway.accountId}:user/path/keyed`, "NoSuchEntityException"],
      ["arn:aws:iam::000000000000:user/keyed", "NoSuchEntityException"],
      [`arn:aws:iam::${gateway.accountId}:policy/keyed`, "InvalidInputException"],
    ] as const)
      await expect(
        client.send(new GetContextKeysForPrincipalPolicyCommand({ PolicySourceArn: arn })),
      ).rejects.toMatchObject({ name });
  });
});

describe("SimulatePrincipalPolicy", () => {
  const decisions = async (input: ConstructorParameters<typeof SimulatePrincipalPolicyCommand>[0]) => {
    const { EvaluationResults = [] } = await iam().send(new SimulatePrincipalPolicyCommand(input));
    return EvaluationResults.map(({ EvalDecision }) => EvalDecision);
  };

  test("of a group is what its policies alone decide", async () => {
    const client = iam();
    await client.send(new CreateGroupCommand({ GroupName: "simulated", Path: "/x/" }));
    await client.send(
      new PutGroupPolicyCommand({
        GroupName: "simulated",
        PolicyName: "p",
        PolicyDocument: allow("s3:GetObject", "arn:aws:s3:::b/${aws:username}/*"),
      }),
    );
    const PolicySourceArn = `arn:aws:iam::${gateway.accountId}:group/x/simulated`;
    const asked = {
      PolicySourceArn,
      ActionNames: ["s3:GetObject", "s3:PutObject"],
      ResourceArns: ["arn:aws:s3:::b/ann/k"],
    };
    expect(await decisions(asked)).toEqual(["implicitDeny", "implicitDeny"]);
    const ContextEntries = [
      { ContextKeyName: "aws:username", ContextKeyType: "string" as const, ContextKeyValues: ["ann"] },
    ];
    expect(await decisions({ ...asked, ContextEntries })).toEqual(["allowed", "implicitDeny"]);
    const PolicyInputList = [allow("s3:Put*", "*")];
    expect(await decisions({ ...asked, PolicyInputList })).toEqual(["implicitDeny", "allowed"]);
  });

  test("with a resource policy needs a user who calls, and asks as that user", async () => {
    const client = iam();
    await client.send(new CreateRoleCommand({ RoleName: "asks", AssumeRolePolicyDocument: trust }));
    const CallerArn = "arn:aws:iam::999999999999:user/bob";
    const statement = { Effect: "Allow", Principal: { AWS: CallerArn }, Action: "s3:GetObject", Resource: "*" };
    const asked = {
      PolicySourceArn: `arn:aws:iam::${gateway.accountId}:role/asks`,
      PolicyInputList: [allow("s3:GetObject", "*")],
      ActionNames: ["s3:GetObject"],
      ResourcePolicy: JSON.stringify({ Version: "2012-10-17", Statement: statement }),
    };
    await expect(decisions(asked)).rejects.toMatchObject({ name: "InvalidInputException" });
    await expect(decisions({ ...asked, CallerArn: "arn:aws:iam::999999999999:role/bob" })).rejects.toMatchObject({
      name: "InvalidInputException",
    });
    expect(await decisions({ ...asked, CallerArn })).toEqual(["allowed"]);
    // bob of another account needs both sides to allow, and the policy of the resource names nobody else.
    const other = "arn:aws:iam::999999999999:user/eve";
    expect(await decisions({ ...asked, CallerArn: other })).toEqual(["implicitDeny"]);
  });

  test("may be allowed for one kind, one path, one tag", async () => {
    const keys = await gateway.user(
      "asker",
      { Effect: "Allow", Action: "iam:SimulatePrincipalPolicy", Resource: "arn:aws:iam::*:group/*" },
      {
        Effect: "Allow",
        Action: "iam:SimulatePrincipalPolicy",
        Resource: "arn:aws:iam::*:user/*",
        Condition: { StringEquals: { "aws:ResourceTag/open": "yes" } },
      },
    );
    const client = iam();
    await client.send(new CreateGroupCommand({ GroupName: "open" }));
    await client.send(new CreateUserCommand({ UserName: "open", Tags: [{ Key: "open", Value: "yes" }] }));
    await client.send(new CreateUserCommand({ UserName: "closed" }));
    const ask = (source: string) =>
      iam(keys)
        .send(
          new SimulatePrincipalPolicyCommand({
            PolicySourceArn: `arn:aws:iam::${gateway.accountId}:${source}`,
            ActionNames: ["s3:GetObject"],
          }),
        )
        .then(
          () => "done",
          (error: unknown) => (error instanceof Error ? error.name : "?"),
        );
    expect(await ask("group/open")).toBe("done");
    expect(await ask("user/open")).toBe("done");
    // Not one of another path, whose tags are those of nobody.
    for (const source of ["user/closed", "user/none", "user/x/open", "role/open"])
      expect([source, await ask(source)]).toEqual([source, "AccessDenied"]);
  });
});

test("a role's description is changed by the older call too, and answered with the role", async () => {
  const client = iam();
  await client.send(new CreateRoleCommand({ RoleName: "described", AssumeRolePolicyDocument: trust }));
  const changed = await client.send(new UpdateRoleDescriptionCommand({ RoleName: "described", Description: "new" }));
  expect(changed.Role).toMatchObject({ RoleName: "described", Description: "new" });
});

test("a trust policy beyond its quota is refused by the name of that", async () => {
  const large = trust.replace(/"Effect"/, `"Sid":"${"a".repeat(2048)}",$&`);
  const made = iam().send(new CreateRoleCommand({ RoleName: "large", AssumeRolePolicyDocument: large }));
  await expect(made).rejects.toThrow("Cannot exceed quota for ACLSizePerRole: 2048");
});

test("the root is a user with the date of its account", async () => {
  const { User } = await iam(gateway.root).send(new GetUserCommand({}));
  expect(User).toMatchObject({ Arn: `arn:aws:iam::${gateway.accountId}:root`, UserId: gateway.accountId });
  expect(User?.CreateDate?.getTime()).toBeGreaterThan(0);
});

test("a change of a role that names no longest session sets it to one hour", async () => {
  const client = iam();
  const RoleName = "timed";
  await client.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust, MaxSessionDuration: 7200 }));
  await client.send(new UpdateRoleCommand({ RoleName, MaxSessionDuration: 10_800, Description: "kept" }));
  const read = async () => (await client.send(new GetRoleCommand({ RoleName }))).Role;
  expect(await read()).toMatchObject({ MaxSessionDuration: 10_800, Description: "kept" });
  await client.send(new UpdateRoleCommand({ RoleName }));
  expect(await read()).toMatchObject({ MaxSessionDuration: 3600, Description: "kept" });
});
