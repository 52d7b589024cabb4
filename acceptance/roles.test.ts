import {
  AttachRolePolicyCommand,
  CreateLoginProfileCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  DeleteRolePermissionsBoundaryCommand,
  GetLoginProfileCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import { CreateBucketCommand, GetObjectCommand, ListBucketsCommand } from "@aws-sdk/client-s3";
import { AssumeRoleCommand, GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { iam, outcome, s3, sts } from "./clients.ts";
import { allow, makeBucket, makeUser, type MadeUser } from "./fixtures.ts";
import type { Keys, RunningGateway } from "./gateway.ts";
import { startGatewayHere } from "./gateway-here.ts";

/** A user without rights, a role that trusts it, a policy on the role, and what the assumed role may do. */
describe("roles and trust", () => {
  let gateway: RunningGateway;
  let user: MadeUser;

  beforeAll(async () => {
    gateway = await startGatewayHere();
    user = await makeUser(gateway, "iam-test-user");
  });
  afterAll(() => gateway.stop());

  function trust(principal: string, condition?: unknown, actions: readonly string[] = ["sts:AssumeRole"]): string {
    return JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { AWS: principal },
          Action: actions,
          ...(condition === undefined ? {} : { Condition: condition }),
        },
      ],
    });
  }

  async function makeRole(name: string, trustPolicy: string, maxSession?: number): Promise<string> {
    const { Role } = await iam(gateway, gateway.admin).send(
      new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: trustPolicy, MaxSessionDuration: maxSession }),
    );
    return Role?.Arn ?? "";
  }

  function assume(keys: Keys, roleArn: string, more: Partial<ConstructorParameters<typeof AssumeRoleCommand>[0]> = {}) {
    return sts(gateway, keys).send(new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: "walk", ...more }));
  }

  function keysOf(reply: Awaited<ReturnType<typeof assume>>): Keys {
    return {
      accessKeyId: reply.Credentials?.AccessKeyId ?? "",
      secretAccessKey: reply.Credentials?.SecretAccessKey ?? "",
      sessionToken: reply.Credentials?.SessionToken ?? "",
    };
  }

  test("the walk: user, role, policy, bucket, console password, assume, list", async () => {
    const administrator = await sts(gateway, gateway.admin).send(new GetCallerIdentityCommand({}));
    expect(administrator.Arn).toBe(`arn:aws:iam::${gateway.accountId}:user/admin`);
    // A document as somebody pastes it, with the account of another one in it, trusts nobody who exists.
    const pasted = makeRole("iam-test-role", trust("arn:aws:iam::954718177936:user/iam-test-user"));
    expect(await outcome(pasted)).toBe("MalformedPolicyDocumentException");
    const roleArn = await makeRole("iam-test-role", trust(user.arn));
    const client = iam(gateway, gateway.admin);
    const { Policy } = await client.send(
      new CreatePolicyCommand({
        PolicyName: "list-buckets",
        PolicyDocument: JSON.stringify(allow("s3:ListAllMyBuckets", "*")),
      }),
    );
    await client.send(new AttachRolePolicyCommand({ RoleName: "iam-test-role", PolicyArn: Policy?.Arn }));
    await s3(gateway, gateway.admin).send(new CreateBucketCommand({ Bucket: "walk-bucket" }));
    await client.send(
      new CreateLoginProfileCommand({ UserName: user.name, Password: "Custom-Pass-1", PasswordResetRequired: true }),
    );
    const { LoginProfile } = await client.send(new GetLoginProfileCommand({ UserName: user.name }));
    expect(LoginProfile).toMatchObject({ UserName: user.name, PasswordResetRequired: true });

    expect(await outcome(s3(gateway, user.keys).send(new ListBucketsCommand({})))).toBe("AccessDenied");
    const assumed = await assume(user.keys, roleArn);
    expect(assumed.AssumedRoleUser?.Arn).toBe(`arn:aws:sts::${gateway.accountId}:assumed-role/iam-test-role/walk`);
    const session = s3(gateway, keysOf(assumed));
    const { Buckets } = await session.send(new ListBucketsCommand({}));
    expect(Buckets?.map(({ Name }) => Name)).toContain("walk-bucket");
    expect(await outcome(session.send(new CreateBucketCommand({ Bucket: "not-mine" })))).toBe("AccessDenied");
    const who = await sts(gateway, keysOf(assumed)).send(new GetCallerIdentityCommand({}));
    expect(who.Arn).toBe(assumed.AssumedRoleUser?.Arn);
  });

  test("trust alone, identity alone, both, neither", async () => {
    const accountTrust = await makeRole("trusts-account", trust(`arn:aws:iam::${gateway.accountId}:root`));
    const trustsOther = await makeRole("trusts-admin", trust(`arn:aws:iam::${gateway.accountId}:user/admin`));
    const mayAssume = await makeUser(gateway, "may-assume", { policy: allow("sts:AssumeRole", "*") });
    expect(await outcome(assume(user.keys, accountTrust))).toBe("AccessDenied");
    expect(await outcome(assume(mayAssume.keys, trustsOther))).toBe("AccessDenied");
    expect(await outcome(assume(mayAssume.keys, accountTrust))).toBe("allowed");
    expect(await outcome(assume(user.keys, trustsOther))).toBe("AccessDenied");
    expect(await outcome(assume(user.keys, `arn:aws:iam::${gateway.accountId}:role/no-such-role`))).toBe(
      "AccessDenied",
    );
  });

  test("an explicit Deny in the identity policy overrides the trust", async () => {
    const denied = await makeUser(gateway, "denied");
    const roleArn = await makeRole("trusts-denied", trust(denied.arn));
    expect(await outcome(assume(denied.keys, roleArn))).toBe("allowed");
    const deny = { Version: "2012-10-17", Statement: { Effect: "Deny", Action: "sts:AssumeRole", Resource: "*" } };
    await iam(gateway, gateway.admin).send(
      new PutUserPolicyCommand({ UserName: "denied", PolicyName: "no", PolicyDocument: JSON.stringify(deny) }),
    );
    expect(await outcome(assume(denied.keys, roleArn))).toBe("AccessDenied");
  });

  test("ExternalId", async () => {
    const roleArn = await makeRole("external", trust(user.arn, { StringEquals: { "sts:ExternalId": "12345" } }));
    expect(await outcome(assume(user.keys, roleArn))).toBe("AccessDenied");
    expect(await outcome(assume(user.keys, roleArn, { ExternalId: "54321" }))).toBe("AccessDenied");
    expect(await outcome(assume(user.keys, roleArn, { ExternalId: "12345" }))).toBe("allowed");
  });

  test("transitive tags and a source identity go on only to a role that lets them in", async () => {
    const account = `arn:aws:iam::${gateway.accountId}:root`;
    const everything = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"];
    const first = await makeRole("chain-first", trust(user.arn, undefined, everything));
    const policy = JSON.stringify(allow(["sts:*", "s3:ListAllMyBuckets"], "*"));
    await iam(gateway, gateway.admin).send(
      new PutRolePolicyCommand({ RoleName: "chain-first", PolicyName: "chain", PolicyDocument: policy }),
    );
    const plain = keysOf(await assume(user.keys, first));
    const tagged = keysOf(
      await assume(user.keys, first, { Tags: [{ Key: "team", Value: "red" }], TransitiveTagKeys: ["team"] }),
    );
    const loose = keysOf(await assume(user.keys, first, { Tags: [{ Key: "team", Value: "red" }] }));
    const identified = keysOf(await assume(user.keys, first, { SourceIdentity: "ann" }));
    const assumeOnly = await makeRole("chain-plain", trust(account));
    const tags = await makeRole("chain-tags", trust(account, undefined, ["sts:AssumeRole", "sts:TagSession"]));
    const all = await makeRole("chain-all", trust(account, undefined, everything));
    const ann = { StringEquals: { "sts:SourceIdentity": "ann" } };
    const annOnly = await makeRole("chain-ann", trust(account, ann, everything));
    const row = (keys: Keys) =>
      Promise.all([assumeOnly, tags, all, annOnly].map((role) => outcome(assume(keys, role))));
    expect(await row(plain)).toEqual(["allowed", "allowed", "allowed", "AccessDenied"]);
    expect(await row(loose)).toEqual(["allowed", "allowed", "allowed", "AccessDenied"]);
    expect(await row(tagged)).toEqual(["AccessDenied", "allowed", "allowed", "AccessDenied"]);
    expect(await row(identified)).toEqual(["AccessDenied", "AccessDenied", "allowed", "allowed"]);
  });

  test("a managed session policy is AWS's or of the role's account", async () => {
    const role = await makeRole("managed-session", trust(user.arn));
    const session = (arn: string) => outcome(assume(user.keys, role, { PolicyArns: [{ arn }] }));
    expect(await session("arn:aws:iam::aws:policy/ReadOnlyAccess")).toBe("allowed");
    expect(await session(`arn:aws:iam::${gateway.accountId}:policy/no-such-policy`)).toBe("NoSuchEntity");
    expect(await session("arn:aws:iam::999999999999:policy/theirs")).toBe("NoSuchEntity");
  });

  test("durations", async () => {
    const roleArn = await makeRole("two-hours", trust(user.arn), 7200);
    expect(await outcome(assume(user.keys, roleArn, { DurationSeconds: 7200 }))).toBe("allowed");
    expect(await outcome(assume(user.keys, roleArn, { DurationSeconds: 7201 }))).toBe("ValidationError");
    expect(await outcome(assume(user.keys, roleArn, { DurationSeconds: 899 }))).toBe("ValidationError");
    const asked = Date.now();
    const { Credentials } = await assume(user.keys, roleArn, { DurationSeconds: 900 });
    const issued = (Credentials?.Expiration?.getTime() ?? 0) - 900_000;
    expect(issued).toBeGreaterThan(asked - 1000); // whole seconds
    expect(issued).toBeLessThanOrEqual(Date.now());
  });

  test("inline and managed session policies are both inside the role, and every one is inside what the role may do", async () => {
    await makeBucket(gateway, "session-bucket", ["in/a", "out/b"]);
    const roleArn = await makeRole("reader", trust(user.arn));
    await iam(gateway, gateway.admin).send(
      new AttachRolePolicyCommand({ RoleName: "reader", PolicyArn: "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess" }),
    );
    const get = (keys: Keys, key: string) =>
      outcome(s3(gateway, keys).send(new GetObjectCommand({ Bucket: "session-bucket", Key: key })));
    const inline = keysOf(
      await assume(user.keys, roleArn, { Policy: JSON.stringify(allow("s3:*", "arn:aws:s3:::session-bucket/in/*")) }),
    );
    expect(await get(inline, "in/a")).toBe("allowed");
    expect(await get(inline, "out/b")).toBe("AccessDenied");
    const managed = keysOf(
      await assume(user.keys, roleArn, { PolicyArns: [{ arn: "arn:aws:iam::aws:policy/IAMFullAccess" }] }),
    );
    expect(await get(managed, "in/a")).toBe("AccessDenied");
    const reply = await assume(user.keys, roleArn, {
      PolicyArns: [{ arn: "arn:aws:iam::aws:policy/AmazonS3FullAccess" }],
    });
    expect(await get(keysOf(reply), "in/a")).toBe("allowed");
    expect(reply.PackedPolicySize).toBeGreaterThan(0);
    const huge = JSON.stringify(allow("s3:GetObject", "arn:aws:s3:::session-bucket/in/*")).padEnd(2049, " ");
    expect(await outcome(assume(user.keys, roleArn, { Policy: huge }))).toBe("ValidationError");
  });

  test("a boundary on the role bites at once, and lifts at once", async () => {
    await makeBucket(gateway, "bounded-bucket", ["a"]);
    const roleArn = await makeRole("bounded", trust(user.arn));
    const client = iam(gateway, gateway.admin);
    await client.send(
      new AttachRolePolicyCommand({ RoleName: "bounded", PolicyArn: "arn:aws:iam::aws:policy/AmazonS3FullAccess" }),
    );
    const session = s3(gateway, keysOf(await assume(user.keys, roleArn)));
    const get = () => outcome(session.send(new GetObjectCommand({ Bucket: "bounded-bucket", Key: "a" })));
    expect(await get()).toBe("allowed");
    await client.send(
      new PutRolePermissionsBoundaryCommand({
        RoleName: "bounded",
        PermissionsBoundary: "arn:aws:iam::aws:policy/IAMFullAccess",
      }),
    );
    expect(await get()).toBe("AccessDenied");
    await client.send(new DeleteRolePermissionsBoundaryCommand({ RoleName: "bounded" }));
    expect(await get()).toBe("allowed");
  });
});
