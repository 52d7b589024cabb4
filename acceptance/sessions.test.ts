import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  DeleteAccessKeyCommand,
  DeleteRoleCommand,
  DeleteUserCommand,
  DeleteUserPolicyCommand,
  DetachRolePolicyCommand,
  PutRolePermissionsBoundaryCommand,
  DeleteRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
  UpdateAccessKeyCommand,
} from "@aws-sdk/client-iam";
import { ListBucketsCommand } from "@aws-sdk/client-s3";
import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  type Credentials,
  GetFederationTokenCommand,
  GetSessionTokenCommand,
} from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cliHere, type Ended, iam, outcome, output, s3, sts } from "./clients.ts";
import { allow, makeUser } from "./fixtures.ts";
import type { Keys, RunningGateway } from "./gateway.ts";
import { startGatewayHere } from "./gateway-here.ts";

let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await startGatewayHere();
});
afterAll(() => gateway.stop());

const everything = "arn:aws:iam::aws:policy/AdministratorAccess";

function keysOf(made: { readonly Credentials?: Credentials | undefined }): Keys {
  const { AccessKeyId = "", SecretAccessKey = "", SessionToken = "" } = made.Credentials ?? {};
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
}

/** A role of this name that the account may assume, with the right to everything. */
async function makeRole(name: string): Promise<string> {
  const client = iam(gateway, gateway.admin);
  const statement = {
    Effect: "Allow",
    Principal: { AWS: `arn:aws:iam::${gateway.accountId}:root` },
    Action: ["sts:AssumeRole", "sts:SetSourceIdentity"],
  };
  const document = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
  const { Role } = await client.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: document }));
  await client.send(new AttachRolePolicyCommand({ RoleName: name, PolicyArn: everything }));
  return Role?.Arn ?? "";
}

async function assume(keys: Keys, role: string, more: Partial<AssumeRoleCommandInput> = {}): Promise<Keys> {
  return keysOf(
    await sts(gateway, keys).send(new AssumeRoleCommand({ RoleArn: role, RoleSessionName: "job", ...more })),
  );
}

/** What a request with these keys gets now. */
function now(keys: Keys): Promise<string> {
  return outcome(s3(gateway, keys).send(new ListBucketsCommand({})));
}

const each = (...all: readonly Keys[]): Promise<readonly string[]> => Promise.all(all.map(now));

function command(keys: Keys, ...words: readonly string[]): Promise<Ended> {
  const place = ["--endpoint-url", gateway.endpoint];
  return cliHere(gateway, [...words, ...place], { keys });
}

interface Row {
  readonly SessionId: string;
  readonly AccessKeyId: string;
  readonly State: string;
  readonly [name: string]: unknown;
}

async function rows(keys: Keys, ...words: readonly string[]): Promise<readonly Row[]> {
  return JSON.parse(await output(command(keys, "sessions", "list", ...words))) as readonly Row[];
}

const revoke = (...words: readonly string[]): Promise<string> =>
  output(command(gateway.admin, "sessions", "revoke", ...words));

async function idOf({ accessKeyId }: Keys): Promise<string> {
  return (await rows(gateway.admin)).find((row) => row.AccessKeyId === accessKeyId)?.SessionId ?? "";
}

describe("sessions list", () => {
  test("shows who has which session, by which key, from when until when, with which policies, and no secret", async () => {
    const role = await makeRole("listed");
    const ann = await makeUser(gateway, "ann", { managed: [everything] });
    const policies = {
      Policy: JSON.stringify(allow("s3:*", "*")),
      PolicyArns: [{ arn: everything }],
      SourceIdentity: "ann",
    };
    const assumed = await assume(ann.keys, role, policies);
    const token = keysOf(await sts(gateway, ann.keys).send(new GetSessionTokenCommand({ DurationSeconds: 900 })));
    const named = new GetFederationTokenCommand({ Name: "guest", Policy: policies.Policy });
    const federated = keysOf(await sts(gateway, ann.keys).send(named));

    const text = await output(command(gateway.admin, "sessions", "list", "--user", "ann"));
    for (const { secretAccessKey, sessionToken = "" } of [assumed, token, federated]) {
      expect(text).not.toContain(secretAccessKey);
      expect(text).not.toContain(sessionToken);
    }
    const listed = JSON.parse(text) as readonly Row[];
    expect(listed.map(({ AccessKeyId }) => AccessKeyId).toSorted()).toEqual(
      [assumed, token, federated].map(({ accessKeyId }) => accessKeyId).toSorted(),
    );
    const [found] = listed.filter(({ AccessKeyId }) => AccessKeyId === assumed.accessKeyId);
    expect(found).toMatchObject({
      SessionId: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
      Operation: "AssumeRole",
      PrincipalArn: `arn:aws:sts::${gateway.accountId}:assumed-role/listed/job`,
      SessionName: "job",
      State: "Active",
      Issuer: {
        AccountId: gateway.accountId,
        PrincipalId: ann.userId,
        Arn: ann.arn,
        AccessKeyId: ann.keys.accessKeyId,
      },
      SourceIpAddress: "127.0.0.1",
      SourceIdentity: "ann",
      MfaAuthenticated: false,
      PolicyArns: [everything],
      InlinePolicies: 1,
    });
    expect((await rows(gateway.admin, "--role", "listed")).map(({ AccessKeyId }) => AccessKeyId)).toEqual([
      assumed.accessKeyId,
    ]);
    const csv = await output(command(gateway.admin, "sessions", "list", "--role", "listed", "--csv"));
    expect(csv.split("\r\n")[1]).toContain(`job,20`);
  });

  test("and revoke are rights of their own, of one role where a policy says so", async () => {
    const role = await makeRole("guarded");
    const other = await makeRole("unguarded");
    const [guarded, unguarded] = [await assume(gateway.admin, role), await assume(gateway.admin, other)];
    const own = (action: string, resource: string) => ({
      Effect: "Allow",
      Action: `s3-credentials:${action}`,
      Resource: resource,
    });
    const policy = { Version: "2012-10-17", Statement: [own("ListSessions", "*"), own("RevokeSessions", role)] };
    const warden = await makeUser(gateway, "warden", { policy });
    const nobody = await makeUser(gateway, "nobody");
    expect((await command(nobody.keys, "sessions", "list")).stderr).toContain("s3-credentials:ListSessions");
    expect((await rows(warden.keys, "--role", "guarded")).length).toBe(1);
    const unguardedId = await idOf(unguarded);
    for (const words of [["--role", "unguarded"], [unguardedId], ["--source-identity", "x"], ["0".repeat(32)]]) {
      const { code, stderr } = await command(warden.keys, "sessions", "revoke", ...words);
      expect([code, stderr]).toEqual([1, expect.stringContaining("s3-credentials:RevokeSessions")]);
    }
    await output(command(warden.keys, "sessions", "revoke", await idOf(guarded)));
    expect(await each(guarded, unguarded)).toEqual(["InvalidToken", "allowed"]);
  });
});

describe("sessions revoke", () => {
  test("ends one session, and says so in the list", async () => {
    const role = await makeRole("one-by-one");
    const [one, other] = [await assume(gateway.admin, role), await assume(gateway.admin, role)];
    const id = await idOf(one);
    await revoke(id);
    expect(await each(one, other)).toEqual(["InvalidToken", "allowed"]);
    expect((await rows(gateway.admin, "--role", "one-by-one")).map(({ AccessKeyId }) => AccessKeyId)).toEqual([
      other.accessKeyId,
    ]);
    const all = await rows(gateway.admin, "--role", "one-by-one", "--all");
    expect(all.find(({ SessionId }) => SessionId === id)?.State).toBe("Revoked");
  });

  test("ends a role's sessions before a time, and not those after it", async () => {
    const role = await makeRole("by-role");
    const old = await assume(gateway.admin, role);
    await revoke("--role", "by-role", "--before", "2026-01-01T00:00:00Z");
    expect(await now(old)).toBe("allowed");
    await revoke("--role", "by-role");
    expect(await now(old)).toBe("InvalidToken");
    expect(await now(await assume(gateway.admin, role))).toBe("allowed");
  });

  test("ends a user's sessions, those of roles that it assumed, and those that roles assumed from them", async () => {
    const [first, second] = [await makeRole("chain-1"), await makeRole("chain-2")];
    const bob = await makeUser(gateway, "bob", { managed: [everything] });
    const token = keysOf(await sts(gateway, bob.keys).send(new GetSessionTokenCommand({})));
    const named = new GetFederationTokenCommand({ Name: "guest", PolicyArns: [{ arn: everything }] });
    const federated = keysOf(await sts(gateway, bob.keys).send(named));
    const assumed = await assume(token, first);
    const chained = await assume(assumed, second);
    const foreign = await assume(gateway.admin, second);
    expect(new Set(await each(token, federated, assumed, chained, foreign))).toEqual(new Set(["allowed"]));
    await revoke("--user", "bob");
    expect(await each(token, federated, assumed, chained, foreign)).toEqual([
      ...Array.from({ length: 4 }, () => "InvalidToken"),
      "allowed",
    ]);
    expect(await now(bob.keys)).toBe("allowed"); // its lasting key is `revoke bob`'s matter
  });

  test("ends what one key began, and what has a source identity", async () => {
    const role = await makeRole("by-key");
    const [carl, dora] = [
      await makeUser(gateway, "carl", { managed: [everything] }),
      await makeUser(gateway, "dora", { managed: [everything] }),
    ];
    const [his, hers] = [await assume(carl.keys, role), await assume(dora.keys, role, { SourceIdentity: "dora" })];
    await revoke("--key", carl.keys.accessKeyId);
    expect(await each(his, hers)).toEqual(["InvalidToken", "allowed"]);
    await revoke("--source-identity", "dora");
    expect(await now(hers)).toBe("InvalidToken");
  });

  test("ends the session whose temporary key it is given", async () => {
    const role = await makeRole("by-temporary-key");
    const [one, other] = [await assume(gateway.admin, role), await assume(gateway.admin, role)];
    const before = ["--before", "2026-01-01T00:00:00Z"];
    const ended = await command(gateway.admin, "sessions", "revoke", "--key", one.accessKeyId, ...before);
    expect([ended.code, ended.stderr]).toEqual([1, expect.stringContaining("not for one session")]);
    await revoke("--key", one.accessKeyId);
    expect(await each(one, other)).toEqual(["InvalidToken", "allowed"]);
  });

  test("ends them the way of the console too: a Deny by the time of issue", async () => {
    const role = await makeRole("denied-by-time");
    const old = await assume(gateway.admin, role);
    const before = new Date(Math.floor(Date.now() / 1000) * 1000 + 1000).toISOString().replace(".000", "");
    const statement = {
      Effect: "Deny",
      Action: "*",
      Resource: "*",
      Condition: { DateLessThan: { "aws:TokenIssueTime": before } },
    };
    await iam(gateway, gateway.admin).send(
      new PutRolePolicyCommand({
        RoleName: "denied-by-time",
        PolicyName: "AWSRevokeOlderSessions",
        PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: [statement] }),
      }),
    );
    expect(await now(old)).toBe("AccessDenied");
  });

  test.each([
    [["list", "x"], 2, "takes no ID"],
    [["revoke"], 2, "say what to revoke"],
    [["revoke", "x".repeat(32), "--role", "r"], 2, "say what to revoke"],
    [["revoke", "--role", "r", "--before", "tomorrow"], 2, "is not a time"],
    [["stop"], 2, "no action stop"],
    [["revoke", "x".repeat(32)], 2, "sessions list shows them"],
    [["revoke", "0".repeat(32)], 1, "does not exist"],
    [["revoke", "--role", "no-such-role"], 1, "does not exist"],
    [["revoke", "--key", "AKIANOSUCHKEYNOSUCHK"], 1, "does not exist"],
    [["list", "--user", "no-such-user"], 1, "does not exist"],
  ] as const)("%j is refused in one line", async (words, code, message) => {
    const ended = await command(gateway.admin, "sessions", ...words);
    expect([ended.code, ended.stderr]).toEqual([code, expect.stringContaining(message)]);
    expect(ended.stderr.trim()).not.toContain("\n");
  });
});

test("what changes takes effect on the next request of a session", async () => {
  const client = iam(gateway, gateway.admin);
  const role = await makeRole("changed");
  const session = await assume(gateway.admin, role);
  const ReadOnly = "arn:aws:iam::aws:policy/IAMReadOnlyAccess";
  expect(await now(session)).toBe("allowed");
  await client.send(new PutRolePermissionsBoundaryCommand({ RoleName: "changed", PermissionsBoundary: ReadOnly }));
  expect(await now(session)).toBe("AccessDenied");
  await client.send(new DeleteRolePermissionsBoundaryCommand({ RoleName: "changed" }));
  expect(await now(session)).toBe("allowed");
  await client.send(new DetachRolePolicyCommand({ RoleName: "changed", PolicyArn: everything }));
  expect(await now(session)).toBe("AccessDenied");
  await client.send(new AttachRolePolicyCommand({ RoleName: "changed", PolicyArn: everything }));
  expect(await now(session)).toBe("allowed");
  await client.send(new DetachRolePolicyCommand({ RoleName: "changed", PolicyArn: everything }));
  await client.send(new DeleteRoleCommand({ RoleName: "changed" }));
  expect(await now(session)).toBe("InvalidAccessKeyId");
  // A role of the same name is another one.
  await makeRole("changed");
  expect(await now(session)).toBe("InvalidAccessKeyId");

  const emil = await makeUser(gateway, "emil");
  const put = (document: unknown) =>
    client.send(
      new PutUserPolicyCommand({ UserName: "emil", PolicyName: "p", PolicyDocument: JSON.stringify(document) }),
    );
  const token = keysOf(await sts(gateway, emil.keys).send(new GetSessionTokenCommand({})));
  expect(await now(token)).toBe("AccessDenied");
  await put(allow("s3:ListAllMyBuckets", "*"));
  expect(await each(token, emil.keys)).toEqual(["allowed", "allowed"]);
  await put(allow("s3:GetObject", "*"));
  expect(await each(token, emil.keys)).toEqual(["AccessDenied", "AccessDenied"]);
  await put(allow("s3:ListAllMyBuckets", "*"));
  const key = { UserName: "emil", AccessKeyId: emil.keys.accessKeyId };
  await client.send(new UpdateAccessKeyCommand({ ...key, Status: "Inactive" }));
  // As at AWS: the key no longer signs; what it was used to ask for lives until it is revoked.
  expect(await each(emil.keys, token)).toEqual(["InvalidAccessKeyId", "allowed"]);
  await client.send(new DeleteAccessKeyCommand(key));
  await client.send(new DeleteUserPolicyCommand({ UserName: "emil", PolicyName: "p" }));
  expect(await now(token)).toBe("AccessDenied");
  await client.send(new DeleteUserCommand({ UserName: "emil" }));
  expect(await now(token)).toBe("InvalidAccessKeyId");
});

test("keyring rotate: a new key seals, sessions of the one before go on, and only the management account may", async () => {
  const role = await makeRole("across-keys");
  const old = await assume(gateway.admin, role);
  const keyring = async (action: string) =>
    JSON.parse(await output(command(gateway.admin, "keyring", action))) as readonly Record<string, string>[];
  const [before] = await keyring("show");
  expect(before).toMatchObject({ State: "Sealing" });
  const after = await keyring("rotate");
  expect(after.map(({ State }) => State)).toEqual(["Retiring", "Sealing"]);
  expect(after[0]).toMatchObject({ KeyId: before?.["KeyId"], DeletedAfter: expect.any(String) as string });
  const young = await assume(gateway.admin, role);
  expect(await each(old, young)).toEqual(["allowed", "allowed"]);
  const keyOf = ({ sessionToken = "" }: Keys) => Buffer.from(sessionToken, "base64").subarray(1, 5).toString("hex");
  expect([keyOf(old), keyOf(young)]).toEqual([before?.["KeyId"], after[1]?.["KeyId"]]);
  const plain = await makeUser(gateway, "plain");
  expect((await command(plain.keys, "keyring", "rotate")).stderr).toContain("s3-credentials:RotateKeyring");
  expect((await command(gateway.admin, "keyring", "turn")).code).toBe(2);
});
