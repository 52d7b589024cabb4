import {
  CreateRoleCommand,
  CreateUserCommand,
  GetUserCommand,
  ListUsersCommand,
  PutRolePolicyCommand,
  TagRoleCommand,
} from "@aws-sdk/client-iam";
import { GetObjectCommand, PutBucketPolicyCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  type Credentials,
  DecodeAuthorizationMessageCommand,
  GetAccessKeyInfoCommand,
  GetCallerIdentityCommand,
  GetFederationTokenCommand,
  type GetFederationTokenCommandInput,
  GetSessionTokenCommand,
} from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { aws, iam, outcome, output, python, s3, sts } from "./clients.ts";
import { allow, makeBucket, makeUser, type MadeUser } from "./fixtures.ts";
import type { Keys, RunningGateway } from "./gateway.ts";
import { startGatewayHere } from "./gateway-here.ts";

let gateway: RunningGateway;
let account: string;
let user: MadeUser;

beforeAll(async () => {
  gateway = await startGatewayHere();
  account = gateway.accountId;
  user = await makeUser(gateway, "sts-user", { policy: allow(["s3:*", "sts:*", "iam:ListUsers"], "*") });
  await makeBucket(gateway, "sts-bucket", ["red/a", "blue/a"]);
});
afterAll(() => gateway.stop());

function keysOf(made: { readonly Credentials?: Credentials | undefined }): Keys {
  const { AccessKeyId = "", SecretAccessKey = "", SessionToken = "" } = made.Credentials ?? {};
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
}

/** A role that this principal may assume with everything that can be asked beside it. */
async function makeRole(name: string, principal: string, more: { condition?: unknown; policy?: unknown } = {}) {
  const client = iam(gateway, gateway.admin);
  const statement = {
    Effect: "Allow",
    Principal: { AWS: principal },
    Action: ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
    ...(more.condition === undefined ? {} : { Condition: more.condition }),
  };
  const document = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
  const { Role } = await client.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: document }));
  if (more.policy !== undefined)
    await client.send(
      new PutRolePolicyCommand({ RoleName: name, PolicyName: "p", PolicyDocument: JSON.stringify(more.policy) }),
    );
  return Role?.Arn ?? "";
}

function assume(keys: Keys, role: string, more: Partial<AssumeRoleCommandInput> = {}) {
  return sts(gateway, keys).send(new AssumeRoleCommand({ RoleArn: role, RoleSessionName: "job", ...more }));
}

function get(keys: Keys, key: string): Promise<string> {
  return outcome(s3(gateway, keys).send(new GetObjectCommand({ Bucket: "sts-bucket", Key: key })));
}

const seconds = (made: { readonly Credentials?: Credentials | undefined }) =>
  Math.round(((made.Credentials?.Expiration?.getTime() ?? 0) - Date.now()) / 1000);

describe("session tags", () => {
  const own = allow(
    ["s3:GetObject", "sts:*"],
    ["arn:aws:s3:::sts-bucket/${aws:PrincipalTag/team}/*", "arn:aws:iam::*:role/*"],
  );

  test("are principal tags, over those of the role, and decide", async () => {
    const role = await makeRole("tagged", user.arn, { policy: own });
    await iam(gateway, gateway.admin).send(
      new TagRoleCommand({ RoleName: "tagged", Tags: [{ Key: "Team", Value: "blue" }] }),
    );
    const plain = keysOf(await assume(user.keys, role));
    expect([await get(plain, "red/a"), await get(plain, "blue/a")]).toEqual(["AccessDenied", "allowed"]);
    const made = await assume(user.keys, role, { Tags: [{ Key: "team", Value: "red" }] });
    expect([await get(keysOf(made), "red/a"), await get(keysOf(made), "blue/a")]).toEqual(["allowed", "AccessDenied"]);
    const many = Array.from({ length: 50 }, (_, at) => ({ Key: `key-${at}`, Value: `value-${at}` }));
    const size = (await assume(user.keys, role, { Tags: many })).PackedPolicySize ?? 0;
    expect(size).toBeGreaterThan(made.PackedPolicySize ?? 100);
  });

  test("need a right of the caller and of the trust, and only tags that both allow", async () => {
    const trusted = {
      StringEquals: { "aws:RequestTag/team": "red" },
      "ForAllValues:StringEquals": { "aws:TagKeys": ["team"] },
    };
    const role = await makeRole("red-only", `arn:aws:iam::${account}:root`, { condition: trusted });
    const tagger = await makeUser(gateway, "tagger", { policy: allow(["sts:AssumeRole", "sts:TagSession"], "*") });
    const assumer = await makeUser(gateway, "assumer", { policy: allow("sts:AssumeRole", "*") });
    const red = { Tags: [{ Key: "team", Value: "red" }] };
    expect(await outcome(assume(tagger.keys, role, red))).toBe("allowed");
    expect(await outcome(assume(assumer.keys, role, red))).toBe("AccessDenied");
    expect(await outcome(assume(tagger.keys, role, { Tags: [{ Key: "team", Value: "blue" }] }))).toBe("AccessDenied");
    expect(await outcome(assume(tagger.keys, role, { Tags: [...red.Tags, { Key: "other", Value: "x" }] }))).toBe(
      "AccessDenied",
    );
    expect(await outcome(assume(tagger.keys, role))).toBe("AccessDenied");
  });

  test("have limits", async () => {
    const role = await makeRole("limits", user.arn);
    const tags = (count: number, key = "k", value = "v") =>
      Array.from({ length: count }, (_, at) => ({ Key: `${key}${at}`, Value: value }));
    const refused: Partial<AssumeRoleCommandInput>[] = [
      { Tags: tags(51) },
      { Tags: tags(1, "k".repeat(128)) },
      { Tags: tags(1, "k", "v".repeat(257)) },
      { Tags: [{ Key: "aws:team", Value: "red" }] },
      { Tags: [{ Key: "a!b", Value: "red" }] },
      { TransitiveTagKeys: ["team"] },
    ];
    for (const more of refused)
      expect([more, await outcome(assume(user.keys, role, more))]).toEqual([more, "ValidationError"]);
    const twice = {
      Tags: [
        { Key: "team", Value: "a" },
        { Key: "Team", Value: "b" },
      ],
    };
    expect(await outcome(assume(user.keys, role, twice))).toBe("ValidationError");
  });

  test("that are transitive go through a chain of roles and cannot be set again; so does the source identity", async () => {
    const root = `arn:aws:iam::${account}:root`;
    const chained = await makeRole("first", user.arn, { policy: own });
    const last = await makeRole("last", root, {
      policy: own,
      condition: { StringLike: { "sts:SourceIdentity": "*" } },
    });
    const keys = keysOf(
      await assume(user.keys, chained, {
        Tags: [
          { Key: "team", Value: "red" },
          { Key: "loose", Value: "x" },
        ],
        TransitiveTagKeys: ["TEAM"],
        SourceIdentity: "ann",
      }),
    );
    const second = await assume(keys, last, { Tags: [{ Key: "loose", Value: "y" }] });
    expect(second.SourceIdentity).toBe("ann");
    expect([await get(keysOf(second), "red/a"), await get(keysOf(second), "blue/a")]).toEqual([
      "allowed",
      "AccessDenied",
    ]);
    const third = keysOf(await assume(keysOf(second), last));
    expect(await get(third, "red/a")).toBe("allowed");
    for (const key of ["team", "Team"])
      expect(await outcome(assume(keys, last, { Tags: [{ Key: key, Value: "blue" }] }))).toBe("ValidationError");
    expect(await outcome(assume(keys, last, { SourceIdentity: "bob" }))).toBe("AccessDenied");
    expect(await outcome(assume(keys, last, { SourceIdentity: "ann" }))).toBe("allowed");
    expect(await outcome(assume(keys, last, { DurationSeconds: 3601 }))).toBe("ValidationError");
  });

  test("of the role that is assumed are conditions too", async () => {
    const role = await makeRole("marked", `arn:aws:iam::${account}:root`);
    const condition = { StringEquals: { "aws:ResourceTag/open": "yes", "iam:ResourceTag/open": "yes" } };
    const guest = await makeUser(gateway, "guest", { policy: allow("sts:AssumeRole", "*", condition) });
    expect(await outcome(assume(guest.keys, role))).toBe("AccessDenied");
    await iam(gateway, gateway.admin).send(
      new TagRoleCommand({ RoleName: "marked", Tags: [{ Key: "open", Value: "yes" }] }),
    );
    expect(await outcome(assume(guest.keys, role))).toBe("allowed");
  });
});

describe("GetSessionToken", () => {
  const token = (keys: Keys, duration?: number) =>
    sts(gateway, keys).send(new GetSessionTokenCommand(duration === undefined ? {} : { DurationSeconds: duration }));

  test("needs no permission, a Deny changes nothing, and gives the user's rights from 15 minutes to 36 hours", async () => {
    const deny = { Version: "2012-10-17", Statement: [{ Effect: "Deny", Action: "sts:*", Resource: "*" }] };
    const denied = await makeUser(gateway, "denied", { policy: deny });
    expect(await outcome(token(denied.keys))).toBe("allowed");
    const made = await token(user.keys, 129_600);
    expect(seconds(made)).toBeGreaterThan(129_500);
    expect(seconds(await token(user.keys))).toBeGreaterThan(43_100);
    for (const duration of [899, 129_601]) expect(await outcome(token(user.keys, duration))).toBe("ValidationError");
    expect(await get(keysOf(made), "red/a")).toBe("allowed");
    const who = await sts(gateway, keysOf(made)).send(new GetCallerIdentityCommand({}));
    expect([who.Arn, who.UserId, who.Account]).toEqual([user.arn, user.userId, account]);
  });

  test("of root lasts an hour at most", async () => {
    const made = await token(gateway.root, 129_600);
    expect(seconds(made)).toBeLessThanOrEqual(3600);
    expect(await get(keysOf(made), "red/a")).toBe("allowed");
    const who = await sts(gateway, keysOf(made)).send(new GetCallerIdentityCommand({}));
    expect(who.Arn).toBe(`arn:aws:iam::${account}:root`);
  });

  test("without MFA calls no IAM, of STS AssumeRole and GetCallerIdentity alone, and no session makes another such", async () => {
    const keys = keysOf(await token(user.keys));
    const role = await makeRole("by-token", user.arn);
    expect(await outcome(iam(gateway, user.keys).send(new ListUsersCommand({})))).toBe("allowed");
    expect(await outcome(iam(gateway, keys).send(new ListUsersCommand({})))).toBe("InvalidClientTokenId");
    const rooted = keysOf(await token(gateway.root));
    expect(await outcome(iam(gateway, rooted).send(new ListUsersCommand({})))).toBe("InvalidClientTokenId");
    expect(await outcome(token(keys))).toBe("AccessDenied");
    const federate = new GetFederationTokenCommand({ Name: "bob" });
    expect(await outcome(sts(gateway, keys).send(federate))).toBe("AccessDenied");
    const info = new GetAccessKeyInfoCommand({ AccessKeyId: user.keys.accessKeyId });
    expect(await outcome(sts(gateway, keys).send(info))).toBe("AccessDenied");
    expect(await outcome(assume(keys, role, { DurationSeconds: 3600 }))).toBe("allowed");
    const chained = keysOf(await assume(keys, role));
    expect(await outcome(token(chained))).toBe("AccessDenied");
    // A narrower session of its own does not lift the limit.
    const narrowed = keysOf(
      await sts(gateway, keys).send(new AssumeRoleCommand({ RoleArn: undefined, RoleSessionName: "job" })),
    );
    expect(await outcome(iam(gateway, narrowed).send(new ListUsersCommand({})))).toBe("InvalidClientTokenId");
  });
});

describe("GetFederationToken", () => {
  const federate = (keys: Keys, more: Partial<GetFederationTokenCommandInput> = {}) =>
    sts(gateway, keys).send(new GetFederationTokenCommand({ Name: "bob", ...more }));
  const reading = (resource: string) => ({ Policy: JSON.stringify(allow("s3:GetObject", resource)) });

  test("gives what the user and the session policies both allow", async () => {
    const narrow = await makeUser(gateway, "narrow", {
      policy: allow(
        ["sts:GetFederationToken", "s3:GetObject"],
        ["arn:aws:sts::*:federated-user/b*", "arn:aws:s3:::sts-bucket/red/*"],
      ),
    });
    const made = await federate(narrow.keys, reading("arn:aws:s3:::sts-bucket/*"));
    expect(made.FederatedUser).toEqual({
      FederatedUserId: `${account}:bob`,
      Arn: `arn:aws:sts::${account}:federated-user/bob`,
    });
    expect(seconds(made)).toBeGreaterThan(43_100);
    expect(made.PackedPolicySize).toBeGreaterThan(0);
    expect([await get(keysOf(made), "red/a"), await get(keysOf(made), "blue/a")]).toEqual(["allowed", "AccessDenied"]);
    const managed = { PolicyArns: [{ arn: "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess" }] };
    expect(await get(keysOf(await federate(narrow.keys, managed)), "red/a")).toBe("allowed");
    expect(await outcome(federate(narrow.keys, { Name: "carl" }))).toBe("AccessDenied");
    const who = await sts(gateway, keysOf(made)).send(new GetCallerIdentityCommand({}));
    expect([who.Arn, who.UserId]).toEqual([made.FederatedUser?.Arn, made.FederatedUser?.FederatedUserId]);
  });

  test("without session policies has only what a resource's policy gives it by name", async () => {
    const keys = keysOf(await federate(user.keys, { Name: "dora" }));
    expect([await get(keys, "red/a"), await get(keys, "blue/a")]).toEqual(["AccessDenied", "AccessDenied"]);
    const statement = {
      Effect: "Allow",
      Principal: { AWS: `arn:aws:sts::${account}:federated-user/dora` },
      Action: "s3:GetObject",
      Resource: "arn:aws:s3:::sts-bucket/red/*",
    };
    await s3(gateway, gateway.admin).send(
      new PutBucketPolicyCommand({
        Bucket: "sts-bucket",
        Policy: JSON.stringify({ Version: "2012-10-17", Statement: [statement] }),
      }),
    );
    expect([await get(keys, "red/a"), await get(keys, "blue/a")]).toEqual(["allowed", "AccessDenied"]);
    const other = keysOf(await federate(user.keys, { Name: "emil" }));
    expect(await get(other, "red/a")).toBe("AccessDenied");
    const put = new PutObjectCommand({ Bucket: "sts-bucket", Key: "red/b", Body: "b" });
    expect(await outcome(s3(gateway, keys).send(put))).toBe("AccessDenied");
  });

  test("calls no IAM, of STS GetCallerIdentity alone, and is for lasting keys", async () => {
    const everything = { Policy: JSON.stringify(allow("*", "*")) };
    const keys = keysOf(await federate(user.keys, everything));
    const role = await makeRole("by-federated", `arn:aws:iam::${account}:root`);
    expect(await outcome(iam(gateway, keys).send(new ListUsersCommand({})))).toBe("InvalidClientTokenId");
    expect(await outcome(assume(keys, role))).toBe("AccessDenied");
    expect(await outcome(federate(keys, everything))).toBe("AccessDenied");
    expect(await outcome(federate(keysOf(await assume(user.keys, role)), everything))).toBe("AccessDenied");
  });

  test("its tags decide, and need a right; root's session lasts an hour at most and has root's rights", async () => {
    const policy = JSON.stringify(allow("s3:GetObject", "arn:aws:s3:::sts-bucket/${aws:PrincipalTag/team}/*"));
    const tags = { Tags: [{ Key: "team", Value: "blue" }], Policy: policy };
    const keys = keysOf(await federate(user.keys, tags));
    expect([await get(keys, "red/a"), await get(keys, "blue/a")]).toEqual(["AccessDenied", "allowed"]);
    const untagging = await makeUser(gateway, "untagging", { policy: allow("sts:GetFederationToken", "*") });
    expect(await outcome(federate(untagging.keys, tags))).toBe("AccessDenied");
    const rooted = await federate(gateway.root, { DurationSeconds: 129_600, ...reading("arn:aws:s3:::sts-bucket/*") });
    expect(seconds(rooted)).toBeLessThanOrEqual(3600);
    expect(await get(keysOf(rooted), "blue/a")).toBe("allowed");
    for (const Name of ["b", "x".repeat(33), "a b"])
      expect(await outcome(federate(user.keys, { Name }))).toBe("ValidationError");
  });
});

test("GetAccessKeyInfo gives the account of a key, lasting or temporary, whatever its state", async () => {
  const client = sts(gateway, user.keys);
  const made = keysOf(await client.send(new GetSessionTokenCommand({})));
  for (const AccessKeyId of [user.keys.accessKeyId, gateway.root.accessKeyId, made.accessKeyId])
    expect((await client.send(new GetAccessKeyInfoCommand({ AccessKeyId }))).Account).toBe(account);
  const unknown = new GetAccessKeyInfoCommand({ AccessKeyId: "AKIANOSUCHKEYNOSUCHK" });
  expect(await outcome(client.send(unknown))).toBe("ValidationError");
  const without = await makeUser(gateway, "no-info");
  const asked = new GetAccessKeyInfoCommand({ AccessKeyId: user.keys.accessKeyId });
  expect(await outcome(sts(gateway, without.keys).send(asked))).toBe("AccessDenied");
});

describe("a denial of IAM or STS", () => {
  const decode = async (keys: Keys, EncodedMessage: string) => {
    const { DecodedMessage = "" } = await sts(gateway, keys).send(
      new DecodeAuthorizationMessageCommand({ EncodedMessage }),
    );
    return JSON.parse(DecodedMessage) as unknown;
  };

  async function refusal(sent: Promise<unknown>): Promise<[text: string, encoded: string]> {
    const error: unknown = await sent.catch((thrown: unknown) => thrown);
    const text = error instanceof Error ? error.message : "";
    return [text, / Encoded authorization failure message: ([\w-]+)$/.exec(text)?.[1] ?? ""];
  }

  test("carries an explanation that only who may read it sees, and nobody alters", async () => {
    const statement = { Sid: "NoUsers", Effect: "Deny", Action: "iam:GetUser", Resource: "*" };
    const nosy = await makeUser(gateway, "nosy", { policy: { Version: "2012-10-17", Statement: [statement] } });
    const [text, encoded] = await refusal(iam(gateway, nosy.keys).send(new GetUserCommand({ UserName: "sts-user" })));
    expect(text).toContain("is not authorized to perform: iam:GetUser");
    expect(encoded.length).toBeLessThan(10_240);
    expect(await decode(user.keys, encoded)).toMatchObject({
      allowed: false,
      explicitDeny: true,
      matchedStatements: { items: [{ statementId: "NoUsers", effect: "DENY", policy: "inline" }] },
      failures: { items: [] },
      context: {
        principal: { id: nosy.userId, arn: nosy.arn },
        action: "iam:GetUser",
        resource: "user sts-user",
        conditions: {
          items: expect.arrayContaining([
            { key: "aws:username", values: { items: [{ value: "nosy" }] } },
            { key: "aws:sourceip", values: { items: [{ value: "127.0.0.1" }] } },
          ]) as unknown,
        },
      },
    });
    await expect(decode(nosy.keys, encoded)).rejects.toMatchObject({ name: "AccessDenied" });
    const [first = ""] = encoded;
    const others = [
      encoded.slice(1),
      `${encoded.slice(0, -6)}AAAAAA`,
      `${first === "A" ? "B" : "A"}${encoded.slice(1)}`,
      "AQ",
      "!",
    ];
    for (const altered of others)
      await expect(decode(user.keys, altered)).rejects.toMatchObject({ name: "InvalidAuthorizationMessageException" });
  });

  test("has an explanation of bounded size, whatever was sent", async () => {
    const plain = await makeUser(gateway, "plain");
    const Tags = Array.from({ length: 50 }, (_, at) => ({ Key: `${at}`.padEnd(128, "k"), Value: "v".repeat(256) }));
    const [, encoded] = await refusal(iam(gateway, plain.keys).send(new CreateUserCommand({ UserName: "u", Tags })));
    expect(encoded.length).toBeLessThanOrEqual(10_240);
    const read = (await decode(user.keys, encoded)) as {
      context: { conditions: { items: unknown[]; omitted: number } };
    };
    expect(read.context.conditions.omitted).toBeGreaterThan(20);
    expect(read).toMatchObject({ explicitDeny: false, matchedStatements: { items: [] } });
  });
});

describe("real clients", () => {
  test("AWS CLI: a session token, a federated user, tags, and a decoded denial", async () => {
    const role = await makeRole("cli-tags", user.arn);
    const call = async (...words: readonly string[]) =>
      JSON.parse(await output(aws(gateway, ["sts", ...words], { keys: user.keys }))) as Record<string, unknown>;
    expect(await call("get-session-token", "--duration-seconds", "900")).toHaveProperty("Credentials.SessionToken");
    const federated = await call("get-federation-token", "--name", "guest", "--tags", "Key=team,Value=red");
    expect(federated).toHaveProperty("FederatedUser.Arn", `arn:aws:sts::${account}:federated-user/guest`);
    const words = ["--role-arn", role, "--role-session-name", "cli", "--tags", "Key=team,Value=red"];
    const assumed = await call("assume-role", ...words, "--transitive-tag-keys", "team", "--source-identity", "ann");
    expect(assumed).toMatchObject({ SourceIdentity: "ann", PackedPolicySize: expect.any(Number) as number });
    const info = await call("get-access-key-info", "--access-key-id", user.keys.accessKeyId);
    expect(info).toEqual({ Account: account });
    const denied = await aws(gateway, ["iam", "get-user", "--user-name", "sts-user"], { keys: user.keys });
    const [, encoded = ""] = /failure message: ([\w-]+)/.exec(denied.stderr) ?? [];
    const { DecodedMessage } = await call("decode-authorization-message", "--encoded-message", encoded);
    expect(JSON.parse(String(DecodedMessage))).toMatchObject({ allowed: false, context: { action: "iam:GetUser" } });
  });

  test("boto3: a chain of roles keeps the transitive tag, which decides and cannot be set again", async () => {
    const own = allow(
      ["s3:GetObject", "sts:*"],
      ["arn:aws:s3:::sts-bucket/${aws:PrincipalTag/team}/*", "arn:aws:iam::*:role/*"],
    );
    const first = await makeRole("boto-first", user.arn, { policy: own });
    const last = await makeRole("boto-last", `arn:aws:iam::${account}:root`, { policy: own });
    const source = `
import boto3, os
from botocore.exceptions import ClientError
url = os.environ["ENDPOINT"]
def client(service, made=None):
    keys = {} if made is None else dict(aws_access_key_id=made["AccessKeyId"], aws_secret_access_key=made["SecretAccessKey"], aws_session_token=made["SessionToken"])
    return boto3.client(service, endpoint_url=url, **keys)
def assume(sts, role, **more):
    return sts.assume_role(RoleArn=role, RoleSessionName="boto", **more)["Credentials"]
def code(call):
    try:
        call()
        return "allowed"
    except ClientError as error:
        return error.response["Error"]["Code"]
tags = [{"Key": "team", "Value": "red"}]
one = assume(client("sts"), "${first}", Tags=tags, TransitiveTagKeys=["team"])
two = assume(client("sts", one), "${last}")
s3 = client("s3", two)
print(code(lambda: s3.get_object(Bucket="sts-bucket", Key="red/a")))
print(code(lambda: s3.get_object(Bucket="sts-bucket", Key="blue/a")))
print(code(lambda: assume(client("sts", one), "${last}", Tags=tags)))
`;
    expect((await output(python(gateway, source, { keys: user.keys }))).trim().split("\n")).toEqual([
      "allowed",
      "AccessDenied",
      "ValidationError",
    ]);
  });
});
