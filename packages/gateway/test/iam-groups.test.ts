import {
  AddUserToGroupCommand,
  AttachGroupPolicyCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteGroupCommand,
  DeleteGroupPolicyCommand,
  DeletePolicyCommand,
  DeleteUserCommand,
  DetachGroupPolicyCommand,
  GetGroupCommand,
  GetGroupPolicyCommand,
  GetPolicyCommand,
  IAMClient,
  ListAttachedGroupPoliciesCommand,
  ListGroupPoliciesCommand,
  ListGroupsCommand,
  ListGroupsForUserCommand,
  paginateGetGroup,
  paginateListGroups,
  paginateListGroupsForUser,
  PutGroupPolicyCommand,
  PutUserPermissionsBoundaryCommand,
  PutUserPolicyCommand,
  RemoveUserFromGroupCommand,
  SimulatePrincipalPolicyCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateGroupCommand,
} from "@aws-sdk/client-iam";
import { GetObjectCommand, PutBucketPolicyCommand, type S3Client } from "@aws-sdk/client-s3";
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

const document = (...Statement: readonly object[]) => JSON.stringify({ Version: "2012-10-17", Statement });
const allow = (Action: string | readonly string[], Resource: string | readonly string[] = "*") =>
  document({ Effect: "Allow", Action, Resource });
const refused = (name: string, message?: string | RegExp) =>
  expect.objectContaining({
    name,
    ...(message === undefined ? {} : { message: expect.stringMatching(message) as string }),
  });

let counter = 0;
const fresh = (word: string): string => `${word}-${(counter += 1)}`;

/** A group of its own for a test, with these users. */
async function group(...users: readonly string[]): Promise<string> {
  const GroupName = fresh("group");
  await iam().send(new CreateGroupCommand({ GroupName }));
  for (const UserName of users) await iam().send(new AddUserToGroupCommand({ GroupName, UserName }));
  return GroupName;
}

async function user(): Promise<string> {
  const UserName = fresh("user");
  await iam().send(new CreateUserCommand({ UserName }));
  return UserName;
}

async function policy(text = allow("s3:GetObject")): Promise<string> {
  const { Policy } = await iam().send(new CreatePolicyCommand({ PolicyName: fresh("policy"), PolicyDocument: text }));
  return Policy?.Arn ?? "";
}

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

describe("a group's life", () => {
  test("made, shown, renamed, deleted", async () => {
    const name = fresh("staff");
    const { Group: made } = await iam().send(new CreateGroupCommand({ GroupName: name, Path: "/a/b/" }));
    expect(made).toEqual({
      Path: "/a/b/",
      GroupName: name,
      GroupId: expect.stringMatching(/^AGPA[A-Z2-7]{16}$/) as string,
      Arn: `arn:aws:iam::${gateway.accountId}:group/a/b/${name}`,
      CreateDate: expect.any(Date) as Date,
    });
    await expect(iam().send(new CreateGroupCommand({ GroupName: name.toUpperCase() }))).rejects.toEqual(
      refused("EntityAlreadyExistsException", `group with name ${name.toUpperCase()} already exists`),
    );
    const { Group, Users, IsTruncated } = await iam().send(new GetGroupCommand({ GroupName: name }));
    expect({ Group, Users, IsTruncated }).toEqual({ Group: made, Users: [], IsTruncated: false });
    const renamed = fresh("crew");
    await iam().send(new UpdateGroupCommand({ GroupName: name, NewGroupName: renamed, NewPath: "/" }));
    const { Group: after } = await iam().send(new GetGroupCommand({ GroupName: renamed }));
    expect(after).toEqual({
      ...made,
      Path: "/",
      GroupName: renamed,
      Arn: `arn:aws:iam::${gateway.accountId}:group/${renamed}`,
    });
    await expect(iam().send(new GetGroupCommand({ GroupName: name }))).rejects.toEqual(
      refused("NoSuchEntityException", `^The group with name ${name} cannot be found\\.$`),
    );
    await iam().send(new DeleteGroupCommand({ GroupName: renamed }));
    await expect(iam().send(new DeleteGroupCommand({ GroupName: renamed }))).rejects.toEqual(
      refused("NoSuchEntityException"),
    );
  });

  test("a new name may be the old one in other letters, but not another group's", async () => {
    const [one, two] = [await group(), await group()];
    await expect(
      iam().send(new UpdateGroupCommand({ GroupName: one, NewGroupName: two.toUpperCase() })),
    ).rejects.toEqual(refused("EntityAlreadyExistsException", two.toUpperCase()));
    await iam().send(new UpdateGroupCommand({ GroupName: one, NewGroupName: one.toUpperCase() }));
    const { Group } = await iam().send(new GetGroupCommand({ GroupName: one }));
    expect(Group?.GroupName).toBe(one.toUpperCase());
    await iam().send(new UpdateGroupCommand({ GroupName: one }));
    await expect(iam().send(new UpdateGroupCommand({ GroupName: fresh("none"), NewPath: "/x/" }))).rejects.toEqual(
      refused("NoSuchEntityException"),
    );
  });

  test.each([
    ["a name with a space", { GroupName: "a b" }],
    ["no name", { GroupName: "" }],
    ["a name of 129 characters", { GroupName: "g".repeat(129) }],
    ["a path without an end", { GroupName: "fine", Path: "/a" }],
  ])("%s is refused", async (_what, input) => {
    await expect(iam().send(new CreateGroupCommand(input))).rejects.toEqual(refused("ValidationError"));
  });

  test("a name of 128 characters is taken", async () => {
    await iam().send(new CreateGroupCommand({ GroupName: "g".repeat(128) }));
    await iam().send(new DeleteGroupCommand({ GroupName: "g".repeat(128) }));
  });

  test("it is not deleted while it has users or policies, nor its user while it is in it", async () => {
    const UserName = await user();
    const GroupName = await group(UserName);
    const PolicyArn = await policy();
    const remove = () => iam().send(new DeleteGroupCommand({ GroupName }));
    await iam().send(new PutGroupPolicyCommand({ GroupName, PolicyName: "p", PolicyDocument: allow("s3:*") }));
    await iam().send(new AttachGroupPolicyCommand({ GroupName, PolicyArn }));
    await expect(iam().send(new DeleteUserCommand({ UserName }))).rejects.toEqual(
      refused("DeleteConflictException", "^Cannot delete entity, must remove users from group first\\.$"),
    );
    await expect(remove()).rejects.toEqual(refused("DeleteConflictException", "must remove users from group first"));
    await iam().send(new RemoveUserFromGroupCommand({ GroupName, UserName }));
    await expect(remove()).rejects.toEqual(refused("DeleteConflictException", "must delete policies first"));
    await iam().send(new DeleteGroupPolicyCommand({ GroupName, PolicyName: "p" }));
    await expect(remove()).rejects.toEqual(refused("DeleteConflictException", "must detach all policies first"));
    await expect(iam().send(new DeletePolicyCommand({ PolicyArn }))).rejects.toEqual(
      refused("DeleteConflictException"),
    );
    await iam().send(new DetachGroupPolicyCommand({ GroupName, PolicyArn }));
    await remove();
    await iam().send(new DeleteUserCommand({ UserName }));
    await iam().send(new DeletePolicyCommand({ PolicyArn }));
  });

  test("made again under its name, it has nobody and nothing of the old one's", async () => {
    const UserName = await user();
    const GroupName = await group(UserName);
    const { Group: old } = await iam().send(new GetGroupCommand({ GroupName }));
    await iam().send(new RemoveUserFromGroupCommand({ GroupName, UserName }));
    await iam().send(new DeleteGroupCommand({ GroupName }));
    await iam().send(new CreateGroupCommand({ GroupName }));
    const { Group, Users } = await iam().send(new GetGroupCommand({ GroupName }));
    expect(Group?.GroupId).not.toBe(old?.GroupId);
    expect(Users).toEqual([]);
    expect((await iam().send(new ListGroupPoliciesCommand({ GroupName }))).PolicyNames).toEqual([]);
  });
});

describe("membership", () => {
  test("is listed from both sides, added once and removed without an error", async () => {
    const [ann, bob] = [await user(), await user()];
    const GroupName = await group(ann, bob, ann);
    const users = async () =>
      (await iam().send(new GetGroupCommand({ GroupName }))).Users?.map(({ UserName }) => UserName);
    expect(await users()).toEqual([ann, bob].toSorted());
    const { Groups } = await iam().send(new ListGroupsForUserCommand({ UserName: ann }));
    expect(Groups).toEqual([(await iam().send(new GetGroupCommand({ GroupName }))).Group]);
    const remove = () => iam().send(new RemoveUserFromGroupCommand({ GroupName, UserName: ann }));
    await remove();
    await remove();
    expect(await users()).toEqual([bob]);
    expect((await iam().send(new ListGroupsForUserCommand({ UserName: ann }))).Groups).toEqual([]);
  });

  test("of nobody, and in no group, is refused by name", async () => {
    const [UserName, GroupName] = [await user(), await group()];
    const none = fresh("none");
    const noUser = refused("NoSuchEntityException", `user with name ${none}`);
    const noGroup = refused("NoSuchEntityException", `group with name ${none}`);
    await expect(iam().send(new AddUserToGroupCommand({ GroupName, UserName: none }))).rejects.toEqual(noUser);
    await expect(iam().send(new AddUserToGroupCommand({ GroupName: none, UserName }))).rejects.toEqual(noGroup);
    await expect(iam().send(new RemoveUserFromGroupCommand({ GroupName, UserName: none }))).rejects.toEqual(noUser);
    await expect(iam().send(new RemoveUserFromGroupCommand({ GroupName: none, UserName }))).rejects.toEqual(noGroup);
    await expect(iam().send(new ListGroupsForUserCommand({ UserName: none }))).rejects.toEqual(noUser);
  });

  test("an eleventh group of a user is one too many", async () => {
    const UserName = await user();
    for (let index = 0; index < 10; index += 1) await group(UserName);
    await expect(group(UserName)).rejects.toEqual(
      refused("LimitExceededException", "^Cannot exceed quota for GroupsPerUser: 10$"),
    );
  });

  test("pages of users and of groups hold each once", async () => {
    const members: string[] = [];
    for (let index = 0; index < 5; index += 1) members.push(await user());
    const GroupName = await group(...members);
    const seen: (string | undefined)[] = [];
    const sizes: number[] = [];
    for await (const { Users, Group } of paginateGetGroup({ client: iam(), pageSize: 2 }, { GroupName })) {
      expect(Group?.GroupName).toBe(GroupName);
      sizes.push(Users?.length ?? 0);
      seen.push(...(Users ?? []).map(({ UserName }) => UserName));
    }
    expect(seen).toEqual(members.toSorted());
    expect(sizes).toEqual([2, 2, 1]);
    const [UserName = ""] = members;
    const mine = [GroupName, await group(UserName), await group(UserName)];
    const found: (string | undefined)[] = [];
    for await (const { Groups } of paginateListGroupsForUser({ client: iam(), pageSize: 1 }, { UserName }))
      found.push(...(Groups ?? []).map(({ GroupName: name }) => name));
    expect(found).toEqual(mine.toSorted());
  });
});

test("groups are listed by path, in pages", async () => {
  const names = ["Zeta", "alpha", "Beta", "gamma", "delta"].map((word) => fresh(word));
  for (const GroupName of names) await iam().send(new CreateGroupCommand({ GroupName, Path: "/listed/here/" }));
  const found: (string | undefined)[] = [];
  for await (const { Groups } of paginateListGroups({ client: iam(), pageSize: 2 }, { PathPrefix: "/listed/" }))
    found.push(...(Groups ?? []).map(({ GroupName }) => GroupName));
  expect(found).toEqual(names.toSorted((left, right) => (left.toLowerCase() < right.toLowerCase() ? -1 : 1)));
  expect((await iam().send(new ListGroupsCommand({ PathPrefix: "/nowhere/" }))).Groups).toEqual([]);
  await expect(iam().send(new ListGroupsCommand({ Marker: "not one of ours" }))).rejects.toEqual(
    refused("ValidationError", "Marker"),
  );
});

describe("a group's inline policies", () => {
  test("are put, read, listed in pages and deleted", async () => {
    const GroupName = await group();
    for (const PolicyName of ["c", "A", "b"])
      await iam().send(new PutGroupPolicyCommand({ GroupName, PolicyName, PolicyDocument: allow("s3:*") }));
    await iam().send(new PutGroupPolicyCommand({ GroupName, PolicyName: "b", PolicyDocument: allow("s3:GetObject") }));
    const got = await iam().send(new GetGroupPolicyCommand({ GroupName, PolicyName: "b" }));
    expect([got.GroupName, got.PolicyName, decodeURIComponent(got.PolicyDocument ?? "")]).toEqual([
      GroupName,
      "b",
      allow("s3:GetObject"),
    ]);
    const first = await iam().send(new ListGroupPoliciesCommand({ GroupName, MaxItems: 2 }));
    expect([first.PolicyNames, first.IsTruncated]).toEqual([["A", "b"], true]);
    const rest = await iam().send(new ListGroupPoliciesCommand({ GroupName, Marker: first.Marker }));
    expect([rest.PolicyNames, rest.IsTruncated]).toEqual([["c"], false]);
    await iam().send(new DeleteGroupPolicyCommand({ GroupName, PolicyName: "b" }));
    const gone = refused("NoSuchEntityException", "group policy with name b");
    await expect(iam().send(new GetGroupPolicyCommand({ GroupName, PolicyName: "b" }))).rejects.toEqual(gone);
    await expect(iam().send(new DeleteGroupPolicyCommand({ GroupName, PolicyName: "b" }))).rejects.toEqual(gone);
  });

  test("have 5,120 characters together, white space not counted", async () => {
    const GroupName = await group();
    const sized = (length: number): string => {
      const of = (name: string) => allow("s3:GetObject", `arn:aws:s3:::${name}`);
      return of("b".repeat(length - of("").length));
    };
    const put = (PolicyName: string, PolicyDocument: string) =>
      iam().send(new PutGroupPolicyCommand({ GroupName, PolicyName, PolicyDocument }));
    await put("first", sized(3000));
    await put("second", `${sized(2120)}${" \n".repeat(500)}`);
    await expect(put("third", allow("s3:*"))).rejects.toEqual(refused("LimitExceededException", "5120"));
    await expect(put("second", sized(2121))).rejects.toEqual(refused("LimitExceededException", "5120"));
    await put("first", sized(2999));
    await put("second", sized(2121));
    await expect(put("first", sized(5121))).rejects.toEqual(
      refused("LimitExceededException", "^Maximum policy size of 5120 bytes exceeded for group "),
    );
  });

  test("must be identity policies", async () => {
    const GroupName = await group();
    const put = (PolicyDocument: string) =>
      iam().send(new PutGroupPolicyCommand({ GroupName, PolicyName: "p", PolicyDocument }));
    for (const text of [
      "no policy",
      document({ Effect: "Allow", Principal: "*", Action: "s3:*", Resource: "*" }),
      document({ Effect: "Allow", Action: "s3:*" }),
    ])
      await expect(put(text)).rejects.toEqual(refused("MalformedPolicyDocumentException"));
    await expect(
      iam().send(
        new PutGroupPolicyCommand({ GroupName: fresh("none"), PolicyName: "p", PolicyDocument: allow("s3:*") }),
      ),
    ).rejects.toEqual(refused("NoSuchEntityException"));
  });
});

describe("a group's managed policies", () => {
  test("are attached, counted, listed in pages and by path, detached; ten at most", async () => {
    const GroupName = await group();
    const arns: string[] = [];
    for (let index = 0; index < 11; index += 1) arns.push(await policy());
    const [first = "", ...others] = arns;
    const attach = (PolicyArn: string) => iam().send(new AttachGroupPolicyCommand({ GroupName, PolicyArn }));
    for (const arn of arns.slice(0, 10)) await attach(arn);
    await attach(first);
    await expect(attach(others.at(-1) ?? "")).rejects.toEqual(
      refused("LimitExceededException", "PoliciesPerGroup: 10"),
    );
    expect((await iam().send(new GetPolicyCommand({ PolicyArn: first }))).Policy?.AttachmentCount).toBe(1);
    const page = await iam().send(new ListAttachedGroupPoliciesCommand({ GroupName, MaxItems: 7 }));
    const rest = await iam().send(new ListAttachedGroupPoliciesCommand({ GroupName, Marker: page.Marker }));
    const listed = [...(page.AttachedPolicies ?? []), ...(rest.AttachedPolicies ?? [])];
    expect(listed.map(({ PolicyArn }) => PolicyArn)).toEqual(arns.slice(0, 10).toSorted());
    expect([page.IsTruncated, rest.IsTruncated]).toEqual([true, false]);
    expect(listed[0]?.PolicyName).toBe(listed[0]?.PolicyArn?.split("/").at(-1));
    const elsewhere = await iam().send(new ListAttachedGroupPoliciesCommand({ GroupName, PathPrefix: "/x/" }));
    expect(elsewhere.AttachedPolicies).toEqual([]);
    const detach = () => iam().send(new DetachGroupPolicyCommand({ GroupName, PolicyArn: first }));
    await detach();
    await expect(detach()).rejects.toEqual(refused("NoSuchEntityException"));
    await attach("arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess");
    await iam().send(
      new DetachGroupPolicyCommand({ GroupName, PolicyArn: "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess" }),
    );
    await expect(attach(`arn:aws:iam::${gateway.accountId}:policy/none`)).rejects.toEqual(
      refused("NoSuchEntityException"),
    );
    await expect(attach("arn:aws:iam::999999999999:policy/theirs")).rejects.toEqual(refused("NoSuchEntityException"));
  });
});

describe("what a group's policies do", () => {
  test("a user gains with membership and policy, and loses with either, in the next request", async () => {
    const bucket = await filledBucket();
    const UserName = fresh("member");
    const s3 = gateway.clientOf(await gateway.user(UserName));
    const GroupName = await group();
    const denied = /is not authorized to perform: s3:GetObject .* because no identity-based policy allows/;
    const objects = `arn:aws:s3:::${bucket}/*`;
    const put = (PolicyDocument: string) =>
      iam().send(new PutGroupPolicyCommand({ GroupName, PolicyName: "readers", PolicyDocument }));
    await put(allow("s3:GetObject", objects));
    expect(await reading(s3, bucket)).toMatch(denied);
    await iam().send(new AddUserToGroupCommand({ GroupName, UserName }));
    expect(await reading(s3, bucket)).toBe("200");
    await put(allow("s3:PutObject", objects));
    expect(await reading(s3, bucket)).toMatch(denied);
    const PolicyArn = await policy(allow("s3:GetObject", objects));
    await iam().send(new AttachGroupPolicyCommand({ GroupName, PolicyArn }));
    expect(await reading(s3, bucket)).toBe("200");
    await iam().send(new UpdateGroupCommand({ GroupName, NewGroupName: fresh("renamed"), NewPath: "/elsewhere/" }));
    expect(await reading(s3, bucket)).toBe("200");
    const [now] = (await iam().send(new ListGroupsForUserCommand({ UserName }))).Groups ?? [];
    await iam().send(new RemoveUserFromGroupCommand({ GroupName: now?.GroupName, UserName }));
    expect(await reading(s3, bucket)).toMatch(denied);
  });

  test("an explicit Deny of a group wins over the user's own policies", async () => {
    const bucket = await filledBucket();
    const UserName = fresh("member");
    const s3 = gateway.clientOf(await gateway.user(UserName, { Effect: "Allow", Action: "s3:*", Resource: "*" }));
    expect(await reading(s3, bucket)).toBe("200");
    const GroupName = await group(UserName);
    const PolicyDocument = document({ Effect: "Deny", Action: "s3:GetObject", Resource: "*" });
    await iam().send(new PutGroupPolicyCommand({ GroupName, PolicyName: "none", PolicyDocument }));
    expect(await reading(s3, bucket)).toContain("with an explicit deny in an identity-based policy");
    await iam().send(new DeleteGroupPolicyCommand({ GroupName, PolicyName: "none" }));
    expect(await reading(s3, bucket)).toBe("200");
  });

  test("the user's boundary limits what groups give", async () => {
    const bucket = await filledBucket();
    const UserName = fresh("member");
    const s3 = gateway.clientOf(await gateway.user(UserName));
    const GroupName = await group(UserName);
    await iam().send(new PutGroupPolicyCommand({ GroupName, PolicyName: "all", PolicyDocument: allow("s3:*") }));
    expect(await reading(s3, bucket)).toBe("200");
    const PermissionsBoundary = await policy(allow("s3:ListBucket"));
    await iam().send(new PutUserPermissionsBoundaryCommand({ UserName, PermissionsBoundary }));
    expect(await reading(s3, bucket)).toContain("because no permissions boundary allows");
  });

  test("several groups add up, and simulations name the group", async () => {
    const UserName = await user();
    const [one, two] = [await group(UserName), await group(UserName)];
    const put = (GroupName: string, PolicyDocument: string) =>
      iam().send(new PutGroupPolicyCommand({ GroupName, PolicyName: "same", PolicyDocument }));
    await put(one, allow("s3:GetObject", "arn:aws:s3:::b/*"));
    await put(two, allow("s3:PutObject", "arn:aws:s3:::b/*"));
    const { EvaluationResults = [] } = await iam().send(
      new SimulatePrincipalPolicyCommand({
        PolicySourceArn: `arn:aws:iam::${gateway.accountId}:user/${UserName}`,
        ActionNames: ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
        ResourceArns: ["arn:aws:s3:::b/k"],
      }),
    );
    expect(
      EvaluationResults.map(({ EvalDecision, MatchedStatements }) => [
        EvalDecision,
        MatchedStatements?.map(({ SourcePolicyId }) => SourcePolicyId).join(),
      ]),
    ).toEqual([
      ["allowed", `policy same of group ${one}`],
      ["allowed", `policy same of group ${two}`],
      ["implicitDeny", ""],
    ]);
  });
});

describe("a group is no principal", () => {
  test("no bucket policy and no trust policy names one", async () => {
    const bucket = await gateway.bucket();
    const GroupName = await group();
    const { Group } = await iam().send(new GetGroupCommand({ GroupName }));
    const RoleName = fresh("role");
    const trust = (AWS: string) => document({ Effect: "Allow", Principal: { AWS }, Action: "sts:AssumeRole" });
    await iam().send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust(gateway.accountId) }));
    for (const AWS of [Group?.Arn ?? "", Group?.GroupId ?? ""]) {
      const Policy = document({
        Effect: "Allow",
        Principal: { AWS },
        Action: "s3:GetObject",
        Resource: `arn:aws:s3:::${bucket}/*`,
      });
      await expect(gateway.s3.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy }))).rejects.toEqual(
        refused("MalformedPolicy"),
      );
      await expect(
        iam().send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: trust(AWS) })),
      ).rejects.toEqual(refused("MalformedPolicyDocumentException"));
    }
  });
});

describe("who may", () => {
  /** An IAM client of a new user with this policy. */
  async function actor(...statements: readonly object[]): Promise<IAMClient> {
    return iam(await gateway.user(fresh("actor"), ...statements));
  }

  test("each operation is asked for by its own name, on the group by its path", async () => {
    const GroupName = fresh("guarded");
    await iam().send(new CreateGroupCommand({ GroupName, Path: "/team/" }));
    const UserName = await user();
    const arn = `arn:aws:iam::${gateway.accountId}:group/team/${GroupName}`;
    const PolicyArn = await policy();
    const steps: readonly (readonly [string, (client: IAMClient) => Promise<unknown>])[] = [
      ["GetGroup", (client) => client.send(new GetGroupCommand({ GroupName }))],
      ["AddUserToGroup", (client) => client.send(new AddUserToGroupCommand({ GroupName, UserName }))],
      ["RemoveUserFromGroup", (client) => client.send(new RemoveUserFromGroupCommand({ GroupName, UserName }))],
      [
        "PutGroupPolicy",
        (client) =>
          client.send(new PutGroupPolicyCommand({ GroupName, PolicyName: "p", PolicyDocument: allow("s3:*") })),
      ],
      ["GetGroupPolicy", (client) => client.send(new GetGroupPolicyCommand({ GroupName, PolicyName: "p" }))],
      ["ListGroupPolicies", (client) => client.send(new ListGroupPoliciesCommand({ GroupName }))],
      ["DeleteGroupPolicy", (client) => client.send(new DeleteGroupPolicyCommand({ GroupName, PolicyName: "p" }))],
      ["AttachGroupPolicy", (client) => client.send(new AttachGroupPolicyCommand({ GroupName, PolicyArn }))],
      ["ListAttachedGroupPolicies", (client) => client.send(new ListAttachedGroupPoliciesCommand({ GroupName }))],
      ["DetachGroupPolicy", (client) => client.send(new DetachGroupPolicyCommand({ GroupName, PolicyArn }))],
      ["UpdateGroup", (client) => client.send(new UpdateGroupCommand({ GroupName }))],
      ["DeleteGroup", (client) => client.send(new DeleteGroupCommand({ GroupName }))],
    ];
    for (const [name, call] of steps) {
      const others = await actor(
        { Effect: "Allow", Action: "iam:*", Resource: "*" },
        { Effect: "Deny", Action: `iam:${name}`, Resource: arn },
      );
      await expect(call(others), name).rejects.toEqual(
        refused("AccessDenied", `iam:${name} on resource: group ${GroupName} with an explicit deny`),
      );
      await call(await actor({ Effect: "Allow", Action: `iam:${name}`, Resource: arn }));
    }
  });

  test("a group is made and moved only where both names allow it", async () => {
    const own = `arn:aws:iam::${gateway.accountId}:group/dev/*`;
    const client = await actor({ Effect: "Allow", Action: ["iam:CreateGroup", "iam:UpdateGroup"], Resource: own });
    const GroupName = fresh("dev");
    await expect(client.send(new CreateGroupCommand({ GroupName }))).rejects.toEqual(refused("AccessDenied"));
    await client.send(new CreateGroupCommand({ GroupName, Path: "/dev/" }));
    const renamed = fresh("dev");
    await client.send(new UpdateGroupCommand({ GroupName, NewGroupName: renamed }));
    await expect(client.send(new UpdateGroupCommand({ GroupName: renamed, NewPath: "/ops/" }))).rejects.toEqual(
      refused("AccessDenied", `iam:UpdateGroup on resource: group `),
    );
    const elsewhere = await group();
    await expect(client.send(new UpdateGroupCommand({ GroupName: elsewhere, NewPath: "/dev/" }))).rejects.toEqual(
      refused("AccessDenied"),
    );
  });

  test("iam:PolicyARN limits what may be attached and detached", async () => {
    const GroupName = await group();
    const [fine, other] = [await policy(), await policy()];
    const client = await actor({
      Effect: "Allow",
      Action: ["iam:AttachGroupPolicy", "iam:DetachGroupPolicy"],
      Resource: "*",
      Condition: { ArnEquals: { "iam:PolicyARN": fine } },
    });
    await client.send(new AttachGroupPolicyCommand({ GroupName, PolicyArn: fine }));
    await expect(client.send(new AttachGroupPolicyCommand({ GroupName, PolicyArn: other }))).rejects.toEqual(
      refused("AccessDenied"),
    );
    await iam().send(new AttachGroupPolicyCommand({ GroupName, PolicyArn: other }));
    await expect(client.send(new DetachGroupPolicyCommand({ GroupName, PolicyArn: other }))).rejects.toEqual(
      refused("AccessDenied"),
    );
    await client.send(new DetachGroupPolicyCommand({ GroupName, PolicyArn: fine }));
  });

  test("a member without the right does not let itself into another group", async () => {
    const UserName = fresh("member");
    const keys = await gateway.user(UserName);
    const admins = await group();
    await iam().send(new PutGroupPolicyCommand({ GroupName: admins, PolicyName: "p", PolicyDocument: allow("*") }));
    await expect(iam(keys).send(new AddUserToGroupCommand({ GroupName: admins, UserName }))).rejects.toEqual(
      refused("AccessDenied"),
    );
    await iam().send(
      new PutUserPolicyCommand({ UserName, PolicyName: "p", PolicyDocument: allow("iam:AddUserToGroup") }),
    );
    await iam(keys).send(new AddUserToGroupCommand({ GroupName: admins, UserName }));
    await iam(keys).send(new GetGroupCommand({ GroupName: admins }));
  });
});
