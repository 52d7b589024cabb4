import {
  AddUserToGroupCommand,
  AttachGroupPolicyCommand,
  AttachUserPolicyCommand,
  CreateServiceSpecificCredentialCommand,
  CreateGroupCommand,
  CreateLoginProfileCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteLoginProfileCommand,
  DeleteUserCommand,
  GetLoginProfileCommand,
  GetRoleCommand,
  GetUserCommand,
  IAMClient,
  ListAccessKeysCommand,
  ListAccountAliasesCommand,
  ListAttachedUserPoliciesCommand,
  ListEntitiesForPolicyCommand,
  ListGroupsForUserCommand,
  ListInstanceProfilesForRoleCommand,
  ListMFADevicesCommand,
  ListPoliciesCommand,
  ListServiceSpecificCredentialsCommand,
  ListSigningCertificatesCommand,
  ListSSHPublicKeysCommand,
  ListUserPoliciesCommand,
  paginateListEntitiesForPolicy,
  PutGroupPolicyCommand,
  PutRolePolicyCommand,
  PutUserPermissionsBoundaryCommand,
  RemoveUserFromGroupCommand,
  UpdateLoginProfileCommand,
  UpdateUserCommand,
  UploadSSHPublicKeyCommand,
} from "@aws-sdk/client-iam";
import { GetBucketPolicyCommand, GetObjectCommand, PutBucketPolicyCommand, type S3Client } from "@aws-sdk/client-s3";
import type { SigningKeys } from "@s3-credentials/protocol";
import { describe, expect, onTestFinished, test } from "vitest";
import { useS3Gateway } from "./s3-gateway.ts";

const gateway = useS3Gateway();

function iam(keys: SigningKeys = gateway.admin): IAMClient {
  const client = new IAMClient({
    endpoint: `http://127.0.0.1:${gateway.port}`,
    region: "us-east-1",
    credentials: keys,
    maxAttempts: 1,
  });
  onTestFinished(() => client.destroy());
  return client;
}

const allow = (Action: string | readonly string[]) => document({ Effect: "Allow", Action, Resource: "*" });
const document = (...Statement: readonly object[]) => JSON.stringify({ Version: "2012-10-17", Statement });
const refused = (name: string, message?: string | RegExp) =>
  expect.objectContaining({
    name,
    ...(message === undefined ? {} : { message: expect.stringMatching(message) as string }),
  });

let counter = 0;
const fresh = (word: string): string => `${word}-${(counter += 1)}`;

async function user(): Promise<string> {
  const UserName = fresh("user");
  await iam().send(new CreateUserCommand({ UserName }));
  return UserName;
}

async function group(...users: readonly string[]): Promise<string> {
  const GroupName = fresh("group");
  await iam().send(new CreateGroupCommand({ GroupName }));
  for (const UserName of users) await iam().send(new AddUserToGroupCommand({ GroupName, UserName }));
  return GroupName;
}

const Password = "Correct-Horse-1";

describe("login profiles", () => {
  test("are made, shown, changed and deleted, without the password", async () => {
    const UserName = await user();
    const missing = refused("NoSuchEntityException", `Login Profile for User ${UserName} cannot be found`);
    const get = () => iam().send(new GetLoginProfileCommand({ UserName }));
    await expect(get()).rejects.toEqual(missing);
    await expect(iam().send(new UpdateLoginProfileCommand({ UserName, Password }))).rejects.toEqual(missing);
    await expect(iam().send(new DeleteLoginProfileCommand({ UserName }))).rejects.toEqual(missing);
    const create = (more: object = {}) => iam().send(new CreateLoginProfileCommand({ UserName, Password, ...more }));
    const { LoginProfile: made } = await create({ PasswordResetRequired: true });
    expect(made).toEqual({ UserName, CreateDate: expect.any(Date) as Date, PasswordResetRequired: true });
    expect((await get()).LoginProfile).toEqual(made);
    await expect(create()).rejects.toEqual(
      refused("EntityAlreadyExistsException", `Login Profile for User ${UserName} already exists`),
    );
    await iam().send(new UpdateLoginProfileCommand({ UserName, Password: "Battery-Staple-2" }));
    expect((await get()).LoginProfile).toEqual(made);
    await iam().send(new UpdateLoginProfileCommand({ UserName, PasswordResetRequired: false }));
    expect((await get()).LoginProfile).toEqual({ ...made, PasswordResetRequired: false });
    await iam().send(new DeleteLoginProfileCommand({ UserName }));
    await expect(get()).rejects.toEqual(missing);
  });

  test("no answer holds the password", async () => {
    const UserName = await user();
    const ask = async (fields: Readonly<Record<string, string>>) => {
      const { status, body } = await gateway.send({
        method: "POST",
        target: "/",
        service: "iam",
        headers: { "content-type": "application/x-www-form-urlencoded" },
        body: new URLSearchParams({ Version: "2010-05-08", UserName, ...fields }).toString(),
      });
      for (const secret of [Password, "Śecret", "toolong"]) expect(body).not.toContain(secret);
      return status;
    };
    const Action = "CreateLoginProfile";
    expect(await ask({ Action, Password: "Śecret-Horse-1" })).toBe(400);
    expect(await ask({ Action, Password: "toolong".repeat(30) })).toBe(400);
    expect(await ask({ Action })).toBe(400);
    expect(await ask({ Action, Password: "" })).toBe(400);
    expect(await ask({ Action, Password })).toBe(200);
    expect(await ask({ Action, Password })).toBe(409);
    expect(await ask({ Action: "UpdateLoginProfile", Password })).toBe(200);
    expect(await ask({ Action: "GetLoginProfile" })).toBe(200);
  });

  test.each([
    ["seven characters", "Ab3$efg"],
    ["small letters and numbers", "abcdefg1"],
    ["capitals and small letters", "Abcdefgh"],
    ["numbers and signs", "1234!@#$"],
    ["small letters and a character that is no sign of the list", "abcdefg."],
  ])("a password of %s is refused", async (_what, weak) => {
    const UserName = await user();
    const violation = refused("PasswordPolicyViolationException", "^Password should");
    await expect(iam().send(new CreateLoginProfileCommand({ UserName, Password: weak }))).rejects.toEqual(violation);
    await iam().send(new CreateLoginProfileCommand({ UserName, Password }));
    await expect(iam().send(new UpdateLoginProfileCommand({ UserName, Password: weak }))).rejects.toEqual(violation);
  });

  test("three of the four kinds do, and 128 characters; the user's name does not", async () => {
    for (const one of ["Abcdefg1", "Abcdefg!", "ABCDEF1!", "abcdef1!", `Aa1${"x".repeat(125)}`])
      await iam().send(new CreateLoginProfileCommand({ UserName: await user(), Password: one }));
    const UserName = fresh("Some.User");
    await iam().send(new CreateUserCommand({ UserName }));
    for (const one of [UserName, UserName.toUpperCase().replace("E", "e")])
      await expect(iam().send(new CreateLoginProfileCommand({ UserName, Password: one }))).rejects.toEqual(
        refused("PasswordPolicyViolationException", "user name"),
      );
    await expect(
      iam().send(new CreateLoginProfileCommand({ UserName, Password: `Aa1${"x".repeat(126)}` })),
    ).rejects.toEqual(refused("ValidationError"));
  });

  test("a user who names nobody means itself; a user there is not has none", async () => {
    const UserName = fresh("own");
    const keys = await gateway.user(UserName, { Effect: "Allow", Action: "iam:*LoginProfile", Resource: "*" });
    await iam(keys).send(new CreateLoginProfileCommand({ UserName: undefined, Password }));
    expect((await iam(keys).send(new GetLoginProfileCommand({}))).LoginProfile?.UserName).toBe(UserName);
    await iam(keys).send(new DeleteLoginProfileCommand({}));
    await expect(iam().send(new CreateLoginProfileCommand({ UserName: fresh("none"), Password }))).rejects.toEqual(
      refused("NoSuchEntityException", "^The user with name none"),
    );
  });

  test("its user is not deleted before it is, and a new user of the name has none", async () => {
    const UserName = await user();
    await iam().send(new CreateLoginProfileCommand({ UserName, Password }));
    await expect(iam().send(new DeleteUserCommand({ UserName }))).rejects.toEqual(
      refused("DeleteConflictException", "^Cannot delete entity, must delete login profile first\\.$"),
    );
    await iam().send(new DeleteLoginProfileCommand({ UserName }));
    await iam().send(new DeleteUserCommand({ UserName }));
    await iam().send(new CreateUserCommand({ UserName }));
    await expect(iam().send(new GetLoginProfileCommand({ UserName }))).rejects.toEqual(
      refused("NoSuchEntityException"),
    );
  });

  test("each operation needs its own right, on that user", async () => {
    const UserName = await user();
    const arn = `arn:aws:iam::${gateway.accountId}:user/${UserName}`;
    const steps = [
      ["CreateLoginProfile", (client: IAMClient) => client.send(new CreateLoginProfileCommand({ UserName, Password }))],
      ["GetLoginProfile", (client: IAMClient) => client.send(new GetLoginProfileCommand({ UserName }))],
      ["UpdateLoginProfile", (client: IAMClient) => client.send(new UpdateLoginProfileCommand({ UserName, Password }))],
      ["DeleteLoginProfile", (client: IAMClient) => client.send(new DeleteLoginProfileCommand({ UserName }))],
    ] as const;
    for (const [name, call] of steps) {
      const others = await gateway.user(
        fresh("actor"),
        { Effect: "Allow", Action: "iam:*", Resource: "*" },
        { Effect: "Deny", Action: `iam:${name}`, Resource: arn },
      );
      await expect(call(iam(others)), name).rejects.toEqual(refused("AccessDenied", `iam:${name} on resource`));
      await call(iam(await gateway.user(fresh("actor"), { Effect: "Allow", Action: `iam:${name}`, Resource: arn })));
    }
  });
});

describe("what no user has here", () => {
  const lists = [
    ["Certificates", "ListSigningCertificates", ListSigningCertificatesCommand],
    ["SSHPublicKeys", "ListSSHPublicKeys", ListSSHPublicKeysCommand],
    ["ServiceSpecificCredentials", "ListServiceSpecificCredentials", ListServiceSpecificCredentialsCommand],
  ] as const;

  /** One of the three, whose commands the types of the SDK keep apart. */
  async function ask(
    client: IAMClient,
    command: (typeof lists)[number][2],
    input: { readonly UserName?: string; readonly AllUsers?: boolean },
  ): Promise<Readonly<Record<string, unknown>>> {
    const send = client.send.bind(client) as (one: unknown) => Promise<Readonly<Record<string, unknown>>>;
    return send(new command(input));
  }

  test.each(lists)("%s: an empty list, of users that exist, for those who may ask", async (field, action, command) => {
    const UserName = await user();
    const answer = await ask(iam(), command, { UserName });
    expect([answer[field], answer["IsTruncated"]]).toEqual([[], false]);
    await expect(ask(iam(), command, { UserName: fresh("none") })).rejects.toEqual(
      refused("NoSuchEntityException", "^The user with name none"),
    );
    const arn = `arn:aws:iam::${gateway.accountId}:user/${UserName}`;
    const one = iam(await gateway.user(fresh("actor"), { Effect: "Allow", Action: `iam:${action}`, Resource: arn }));
    expect((await ask(one, command, { UserName }))[field]).toEqual([]);
    await expect(ask(one, command, { UserName: await user() })).rejects.toEqual(
      refused("AccessDenied", `iam:${action} on resource`),
    );
    const own = "arn:aws:iam::*:user/${aws:username}";
    const self = iam(await gateway.user(fresh("self"), { Effect: "Allow", Action: `iam:${action}`, Resource: own }));
    expect((await ask(self, command, {}))[field]).toEqual([]);
  });

  test("service credentials of all users are none either", async () => {
    const all = await ask(iam(), ListServiceSpecificCredentialsCommand, { AllUsers: true });
    expect(all["ServiceSpecificCredentials"]).toEqual([]);
    await expect(
      ask(iam(), ListServiceSpecificCredentialsCommand, { AllUsers: true, UserName: await user() }),
    ).rejects.toEqual(refused("ValidationError"));
    const UserName = fresh("self");
    const keys = await gateway.user(UserName, {
      Effect: "Allow",
      Action: "iam:ListServiceSpecificCredentials",
      Resource: `arn:aws:iam::${gateway.accountId}:user/${UserName}`,
    });
    await expect(ask(iam(keys), ListServiceSpecificCredentialsCommand, { AllUsers: true })).rejects.toEqual(
      refused("AccessDenied"),
    );
  });

  test("an account has no aliases, a role no instance profiles", async () => {
    expect((await iam().send(new ListAccountAliasesCommand({}))).AccountAliases).toEqual([]);
    const RoleName = fresh("role");
    const AssumeRolePolicyDocument = document({
      Effect: "Allow",
      Principal: { AWS: gateway.accountId },
      Action: "sts:AssumeRole",
    });
    await iam().send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
    expect((await iam().send(new ListInstanceProfilesForRoleCommand({ RoleName }))).InstanceProfiles).toEqual([]);
    await expect(iam().send(new ListInstanceProfilesForRoleCommand({ RoleName: fresh("none") }))).rejects.toEqual(
      refused("NoSuchEntityException"),
    );
    const nobody = iam(await gateway.user(fresh("nobody")));
    await expect(nobody.send(new ListAccountAliasesCommand({}))).rejects.toEqual(refused("AccessDenied"));
    await expect(nobody.send(new ListInstanceProfilesForRoleCommand({ RoleName }))).rejects.toEqual(
      refused("AccessDenied"),
    );
  });

  test("the operations that would make such things are not here", async () => {
    const UserName = await user();
    const calls = [
      () => iam().send(new UploadSSHPublicKeyCommand({ UserName, SSHPublicKeyBody: "ssh-rsa AAAA" })),
      () =>
        iam().send(new CreateServiceSpecificCredentialCommand({ UserName, ServiceName: "codecommit.amazonaws.com" })),
    ];
    for (const call of calls) await expect(call()).rejects.toEqual(refused("NotImplemented"));
  });

  test("a client that looks at everything before it deletes a user is answered everywhere", async () => {
    const UserName = await user();
    const looks = await Promise.all([
      iam().send(new ListUserPoliciesCommand({ UserName })),
      iam().send(new ListAttachedUserPoliciesCommand({ UserName })),
      iam().send(new ListGroupsForUserCommand({ UserName })),
      iam().send(new ListMFADevicesCommand({ UserName })),
      iam().send(new ListSigningCertificatesCommand({ UserName })),
      iam().send(new ListSSHPublicKeysCommand({ UserName })),
      iam().send(new ListServiceSpecificCredentialsCommand({ UserName })),
      iam().send(new ListAccessKeysCommand({ UserName })),
    ]);
    for (const { $metadata } of looks) expect($metadata.httpStatusCode).toBe(200);
    await iam().send(new DeleteUserCommand({ UserName }));
  });
});

describe("UpdateUser", () => {
  test("changes name and path; id, keys, tags and groups stay", async () => {
    const UserName = fresh("before");
    const keys = await gateway.user(UserName, { Effect: "Allow", Action: "iam:GetUser", Resource: "*" });
    const GroupName = fresh("group");
    await iam().send(new CreateGroupCommand({ GroupName }));
    await iam().send(new AddUserToGroupCommand({ GroupName, UserName }));
    const { User: before } = await iam().send(new GetUserCommand({ UserName }));
    const NewUserName = fresh("after");
    await iam().send(new UpdateUserCommand({ UserName, NewUserName, NewPath: "/x/y/" }));
    const { User: after } = await iam().send(new GetUserCommand({ UserName: NewUserName }));
    const Arn = `arn:aws:iam::${gateway.accountId}:user/x/y/${NewUserName}`;
    expect(after).toEqual({ ...before, UserName: NewUserName, Path: "/x/y/", Arn });
    expect((await iam(keys).send(new GetUserCommand({}))).User).toEqual(after);
    const { Groups } = await iam().send(new ListGroupsForUserCommand({ UserName: NewUserName }));
    expect(Groups?.map((group) => group.GroupName)).toEqual([GroupName]);
    await expect(iam().send(new GetUserCommand({ UserName }))).rejects.toEqual(refused("NoSuchEntityException"));
    await iam().send(new CreateUserCommand({ UserName }));
  });

  test("to another's name is refused, to its own in other letters not", async () => {
    const [one, two] = [await user(), await user()];
    await expect(iam().send(new UpdateUserCommand({ UserName: one, NewUserName: two.toUpperCase() }))).rejects.toEqual(
      refused("EntityAlreadyExistsException", two.toUpperCase()),
    );
    await iam().send(new UpdateUserCommand({ UserName: one, NewUserName: one.toUpperCase() }));
    expect((await iam().send(new GetUserCommand({ UserName: one }))).User?.UserName).toBe(one.toUpperCase());
    await expect(iam().send(new UpdateUserCommand({ UserName: fresh("none"), NewPath: "/x/" }))).rejects.toEqual(
      refused("NoSuchEntityException"),
    );
    await expect(iam().send(new UpdateUserCommand({ UserName: two, NewUserName: "a b" }))).rejects.toEqual(
      refused("ValidationError"),
    );
    await iam().send(new UpdateUserCommand({ UserName: two }));
  });

  test("policies that name the user follow it, and a new user of the old name gains nothing", async () => {
    const bucket = await gateway.bucket();
    await gateway.send({ method: "PUT", target: `/${bucket}/k`, body: "data" });
    const UserName = fresh("before");
    const s3 = gateway.clientOf(await gateway.user(UserName));
    const arn = (name: string) => `arn:aws:iam::${gateway.accountId}:user/${name}`;
    const Policy = document({
      Effect: "Allow",
      Principal: { AWS: arn(UserName) },
      Action: "s3:GetObject",
      Resource: `arn:aws:s3:::${bucket}/*`,
    });
    await gateway.s3.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy }));
    const RoleName = fresh("role");
    const AssumeRolePolicyDocument = document({
      Effect: "Allow",
      Principal: { AWS: arn(UserName) },
      Action: "sts:AssumeRole",
    });
    await iam().send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
    const NewUserName = fresh("after");
    await iam().send(new UpdateUserCommand({ UserName, NewUserName }));
    const read = { Bucket: bucket, Key: "k" };
    expect((await s3.send(new GetObjectCommand(read))).$metadata.httpStatusCode).toBe(200);
    const { Policy: shown = "" } = await gateway.s3.send(new GetBucketPolicyCommand({ Bucket: bucket }));
    expect(shown).toContain(arn(NewUserName));
    expect(shown).not.toContain(UserName);
    const { Role } = await iam().send(new GetRoleCommand({ RoleName }));
    expect(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? "")).toContain(arn(NewUserName));
    const other = gateway.clientOf(await gateway.user(UserName));
    await expect(other.send(new GetObjectCommand(read))).rejects.toEqual(refused("AccessDenied"));
  });

  test("is asked for under the old name and the new one", async () => {
    const UserName = await user();
    const under = `arn:aws:iam::${gateway.accountId}:user/`;
    const client = iam(
      await gateway.user(fresh("actor"), {
        Effect: "Allow",
        Action: "iam:UpdateUser",
        Resource: [`${under}${UserName}`, `${under}dev/*`],
      }),
    );
    await expect(client.send(new UpdateUserCommand({ UserName, NewUserName: fresh("other") }))).rejects.toEqual(
      refused("AccessDenied", `iam:UpdateUser on resource: user `),
    );
    await client.send(new UpdateUserCommand({ UserName, NewPath: "/dev/" }));
    const renamed = fresh("other");
    await client.send(new UpdateUserCommand({ UserName, NewUserName: renamed }));
    await expect(client.send(new UpdateUserCommand({ UserName: renamed, NewPath: "/" }))).rejects.toEqual(
      refused("AccessDenied"),
    );
    await expect(client.send(new UpdateUserCommand({ UserName: await user(), NewPath: "/dev/" }))).rejects.toEqual(
      refused("AccessDenied"),
    );
  });

  test("the user's name in conditions and variables is the new one at once", async () => {
    const UserName = fresh("before");
    const own = "arn:aws:s3:::*/home/${aws:username}";
    const keys = await gateway.user(UserName, { Effect: "Allow", Action: "s3:GetObject", Resource: own });
    const bucket = await gateway.bucket();
    const NewUserName = fresh("after");
    for (const name of [UserName, NewUserName])
      await gateway.send({ method: "PUT", target: `/${bucket}/home/${name}`, body: "data" });
    const status = async (name: string) =>
      (await gateway.send({ method: "GET", target: `/${bucket}/home/${name}`, keys })).status;
    expect([await status(UserName), await status(NewUserName)]).toEqual([200, 403]);
    await iam().send(new UpdateUserCommand({ UserName, NewUserName }));
    expect([await status(UserName), await status(NewUserName)]).toEqual([403, 200]);
  });
});

/** What reading the one object of a bucket ends in: `200`, or the error. */
async function reading(s3: S3Client, Bucket: string): Promise<string> {
  try {
    const { $metadata } = await s3.send(new GetObjectCommand({ Bucket, Key: "k" }));
    return String($metadata.httpStatusCode);
  } catch (error) {
    return error instanceof Error ? error.message : "?";
  }
}

async function filledBucket(): Promise<string> {
  const bucket = await gateway.bucket();
  await gateway.send({ method: "PUT", target: `/${bucket}/k`, body: "data" });
  return bucket;
}

/** Keys of a session, by AssumeRole; without `arn` of the caller's own. */
async function assume(keys: SigningKeys, arn?: string, sessionPolicy?: string): Promise<SigningKeys> {
  const form = new URLSearchParams({
    Action: "AssumeRole",
    Version: "2011-06-15",
    ...(arn === undefined ? {} : { RoleArn: arn }),
    RoleSessionName: "session",
    ...(sessionPolicy === undefined ? {} : { Policy: sessionPolicy }),
  });
  const { status, body } = await gateway.send({
    method: "POST",
    target: "/",
    service: "sts",
    keys,
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: form.toString(),
  });
  if (status !== 200) throw new Error(body);
  const value = (name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(body)?.[1] ?? "";
  return {
    accessKeyId: value("AccessKeyId"),
    secretAccessKey: value("SecretAccessKey"),
    sessionToken: value("SessionToken"),
  };
}

describe("the groups of a user, in sessions", () => {
  test("a role has nothing of them, whoever takes it", async () => {
    const bucket = await filledBucket();
    const UserName = fresh("member");
    const keys = await gateway.user(UserName);
    const GroupName = await group(UserName);
    await iam().send(
      new PutGroupPolicyCommand({ GroupName, PolicyName: "p", PolicyDocument: allow(["s3:*", "sts:*"]) }),
    );
    const RoleName = fresh("role");
    const { Role } = await iam().send(
      new CreateRoleCommand({
        RoleName,
        AssumeRolePolicyDocument: document({
          Effect: "Allow",
          Principal: { AWS: gateway.accountId },
          Action: "sts:AssumeRole",
        }),
      }),
    );
    const session = await assume(keys, Role?.Arn ?? "");
    const s3 = gateway.clientOf(session);
    expect(await reading(s3, bucket)).toContain("because no identity-based policy allows");
    await iam().send(new PutRolePolicyCommand({ RoleName, PolicyName: "p", PolicyDocument: allow("s3:GetObject") }));
    expect(await reading(s3, bucket)).toBe("200");
  });

  test("a user's narrowed session of its own has them, as they are now", async () => {
    const bucket = await filledBucket();
    const UserName = fresh("member");
    const keys = await gateway.user(UserName);
    const GroupName = await group(UserName);
    await iam().send(new PutGroupPolicyCommand({ GroupName, PolicyName: "p", PolicyDocument: allow("s3:*") }));
    const s3 = gateway.clientOf(await assume(keys, undefined, allow("s3:GetObject")));
    expect(await reading(s3, bucket)).toBe("200");
    const other = gateway.clientOf(await assume(keys, undefined, allow("s3:PutObject")));
    expect(await reading(other, bucket)).toContain("because no session policy allows");
    await iam().send(new RemoveUserFromGroupCommand({ GroupName, UserName }));
    expect(await reading(s3, bucket)).toContain("because no identity-based policy allows");
  });
});

test("ListEntitiesForPolicy lists groups, users and roles, by kind, use and path, in pages", async () => {
  const PolicyArn =
    (await iam().send(new CreatePolicyCommand({ PolicyName: fresh("policy"), PolicyDocument: allow("s3:GetObject") })))
      .Policy?.Arn ?? "";
  const [attached, bound] = [await user(), await user()];
  const GroupName = await group();
  const RoleName = fresh("role");
  const trust = document({ Effect: "Deny", Principal: { AWS: gateway.accountId }, Action: "sts:AssumeRole" });
  await iam().send(
    new CreateRoleCommand({
      RoleName,
      Path: "/apart/",
      AssumeRolePolicyDocument: trust,
      PermissionsBoundary: PolicyArn,
    }),
  );
  await iam().send(new AttachGroupPolicyCommand({ GroupName, PolicyArn }));
  await iam().send(new AttachUserPolicyCommand({ UserName: attached, PolicyArn }));
  await iam().send(new PutUserPermissionsBoundaryCommand({ UserName: bound, PermissionsBoundary: PolicyArn }));
  // Attached both ways, listed once.
  await iam().send(new PutUserPermissionsBoundaryCommand({ UserName: attached, PermissionsBoundary: PolicyArn }));
  const ask = async (more: Partial<ConstructorParameters<typeof ListEntitiesForPolicyCommand>[0]> = {}) => {
    const { PolicyGroups, PolicyUsers, PolicyRoles } = await iam().send(
      new ListEntitiesForPolicyCommand({ PolicyArn, ...more }),
    );
    return [
      PolicyGroups?.map((one) => one.GroupName),
      PolicyUsers?.map((one) => one.UserName),
      PolicyRoles?.map((one) => one.RoleName),
    ];
  };
  expect(await ask()).toEqual([[GroupName], [attached, bound].toSorted(), [RoleName]]);
  expect(await ask({ PolicyUsageFilter: "PermissionsPolicy" })).toEqual([[GroupName], [attached], []]);
  expect(await ask({ PolicyUsageFilter: "PermissionsBoundary" })).toEqual([
    [],
    [attached, bound].toSorted(),
    [RoleName],
  ]);
  expect(await ask({ EntityFilter: "Group" })).toEqual([[GroupName], [], []]);
  expect(await ask({ EntityFilter: "Role" })).toEqual([[], [], [RoleName]]);
  expect(await ask({ EntityFilter: "LocalManagedPolicy" })).toEqual([[], [], []]);
  expect(await ask({ PathPrefix: "/apart/" })).toEqual([[], [], [RoleName]]);
  const ids: (string | undefined)[] = [];
  for await (const page of paginateListEntitiesForPolicy({ client: iam(), pageSize: 1 }, { PolicyArn }))
    for (const entity of [...(page.PolicyGroups ?? []), ...(page.PolicyRoles ?? []), ...(page.PolicyUsers ?? [])])
      ids.push(
        "GroupId" in entity
          ? entity.GroupId
          : "RoleId" in entity
            ? entity.RoleId
            : "UserId" in entity
              ? entity.UserId
              : "",
      );
  expect(ids.map((id) => id?.slice(0, 4))).toEqual(["AGPA", "AIDA", "AIDA", "AROA"]);
  expect(new Set(ids).size).toBe(4);
  await expect(ask({ PolicyArn: `${PolicyArn}-none` })).rejects.toEqual(refused("NoSuchEntityException"));
  await expect(ask({ PolicyArn: "arn:aws:iam::999999999999:policy/theirs" })).rejects.toEqual(
    refused("NoSuchEntityException"),
  );
});

test("ListPolicies can leave out what is nobody's permissions boundary", async () => {
  const make = async () =>
    (await iam().send(new CreatePolicyCommand({ PolicyName: fresh("policy"), PolicyDocument: allow("s3:GetObject") })))
      .Policy?.Arn ?? "";
  const [boundary, attached, both, unused] = [await make(), await make(), await make(), await make()];
  const [ann, bob] = [await user(), await user()];
  for (const [UserName, PermissionsBoundary] of [
    [ann, boundary],
    [bob, both],
  ] as const)
    await iam().send(new PutUserPermissionsBoundaryCommand({ UserName, PermissionsBoundary }));
  for (const PolicyArn of [attached, both]) await iam().send(new AttachUserPolicyCommand({ UserName: ann, PolicyArn }));
  const made = [boundary, attached, both, unused];
  const listed = async (input: ConstructorParameters<typeof ListPoliciesCommand>[0] = {}) => {
    const { Policies = [] } = await iam().send(new ListPoliciesCommand({ Scope: "Local", MaxItems: 1000, ...input }));
    const arns = Policies.map(({ Arn }) => Arn);
    return made.filter((arn) => arns.includes(arn));
  };
  expect(await listed()).toEqual(made);
  expect(await listed({ PolicyUsageFilter: "PermissionsPolicy" })).toEqual(made);
  expect(await listed({ PolicyUsageFilter: "PermissionsBoundary" })).toEqual([boundary, both]);
  expect(await listed({ PolicyUsageFilter: "PermissionsBoundary", OnlyAttached: true })).toEqual([both]);
  const aws = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess";
  await iam().send(new PutUserPermissionsBoundaryCommand({ UserName: ann, PermissionsBoundary: aws }));
  const { Policies } = await iam().send(
    new ListPoliciesCommand({ Scope: "AWS", PolicyUsageFilter: "PermissionsBoundary" }),
  );
  expect(Policies?.map(({ Arn }) => Arn)).toEqual([aws]);
});
