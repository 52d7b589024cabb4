/** The account as a folder: exported, applied, narrowed and undone. */
import {
  AddUserToGroupCommand,
  AttachGroupPolicyCommand,
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateAccountAliasCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  GetUserCommand,
  PutRolePolicyCommand,
  PutUserPermissionsBoundaryCommand,
  PutUserPolicyCommand,
  UpdateAccountPasswordPolicyCommand,
} from "@aws-sdk/client-iam";
import { CreateBucketCommand, PutBucketPolicyCommand, PutObjectLockConfigurationCommand } from "@aws-sdk/client-s3";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, request as httpRequest, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { buffer } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cliHere, iam, outcome, s3 } from "./clients.ts";
import { makeBucket } from "./fixtures.ts";
import { run } from "../packages/cli/src/run.ts";
import { cleanEnvironment, type RunningGateway } from "./gateway.ts";
import { startGatewayHere } from "./gateway-here.ts";

const statement = (Action: string, Resource: string, more: object = {}) => ({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", ...more, Action, Resource }],
});
const reading = JSON.stringify(statement("s3:GetObject", "arn:aws:s3:::data/*"));

/** Passes requests on to the gateway; of those with this text nobody gets the answer. */
async function startLossy(gateway: RunningGateway, text: string) {
  const pass = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await buffer(request);
    const { method, url, headers } = request;
    const on = httpRequest(new URL(url ?? "", gateway.endpoint), { method, headers }, (answer) => {
      if (!body.includes(text)) answer.pipe(response.writeHead(answer.statusCode ?? 500, answer.headers));
      else answer.resume().on("end", () => response.destroy());
    });
    on.end(body);
  };
  const server = createServer((request, response) => void pass(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, stop: () => server.close() };
}

/** Files of a folder by name, but for the manifest. */
function filesOf(folder: string): Readonly<Record<string, string>> {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".json"));
  return Object.fromEntries(
    names
      .toSorted()
      .flatMap((name) => (name === "export.json" ? [] : [[name, readFileSync(join(folder, name), "utf8")]])),
  );
}

async function fill(gateway: RunningGateway): Promise<void> {
  const client = iam(gateway, gateway.admin);
  const own = `arn:aws:iam::${gateway.accountId}`;
  const tags = [{ Key: "team", Value: "ö 1" }];
  await makeBucket(gateway, "data");
  for (const [PolicyName, PolicyDocument] of [
    ["limit", JSON.stringify(statement("s3:*", "*"))],
    ["reading", reading],
  ])
    await client.send(
      new CreatePolicyCommand({ PolicyName, Path: "/team/", Description: "what", PolicyDocument, Tags: tags }),
    );
  await client.send(new CreateUserCommand({ UserName: "ann", Path: "/people/", Tags: tags }));
  await client.send(
    new PutUserPermissionsBoundaryCommand({ UserName: "ann", PermissionsBoundary: `${own}:policy/team/limit` }),
  );
  await client.send(new CreateUserCommand({ UserName: "con" }));
  await client.send(new PutUserPolicyCommand({ UserName: "ann", PolicyName: "in", PolicyDocument: reading }));
  await client.send(
    new AttachUserPolicyCommand({ UserName: "con", PolicyArn: "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess" }),
  );
  await client.send(new CreateGroupCommand({ GroupName: "readers" }));
  await client.send(new AddUserToGroupCommand({ GroupName: "readers", UserName: "ann" }));
  await client.send(new AttachGroupPolicyCommand({ GroupName: "readers", PolicyArn: `${own}:policy/team/reading` }));
  // Each names the other, so neither can be made whole first.
  const trust = (principal: string) =>
    JSON.stringify({
      Version: "2012-10-17",
      Statement: { Effect: "Allow", Principal: { AWS: principal }, Action: "sts:AssumeRole" },
    });
  await client.send(
    new CreateRoleCommand({ RoleName: "b", AssumeRolePolicyDocument: trust(`${own}:user/people/ann`) }),
  );
  await client.send(
    new CreateRoleCommand({
      RoleName: "a",
      Description: "deploys",
      MaxSessionDuration: 7200,
      AssumeRolePolicyDocument: trust(`${own}:role/b`),
    }),
  );
  await client.send(new PutRolePolicyCommand({ RoleName: "a", PolicyName: "in", PolicyDocument: reading }));
  await client.send(new CreateAccountAliasCommand({ AccountAlias: `team-${gateway.port}` }));
  await client.send(new UpdateAccountPasswordPolicyCommand({ MinimumPasswordLength: 12, RequireNumbers: true }));
  const Policy = JSON.stringify(
    statement("s3:GetObject", "arn:aws:s3:::data/*", { Principal: { AWS: `${own}:user/people/ann` } }),
  );
  await s3(gateway, gateway.admin).send(new PutBucketPolicyCommand({ Bucket: "data", Policy }));
  await makeLocked(gateway);
  await lockAsThere(gateway);
}

async function makeLocked(gateway: RunningGateway): Promise<void> {
  await s3(gateway, gateway.admin).send(
    new CreateBucketCommand({ Bucket: "locked", ObjectLockEnabledForBucket: true }),
  );
}

async function lockAsThere(gateway: RunningGateway): Promise<void> {
  const Rule = { DefaultRetention: { Mode: "COMPLIANCE", Days: 3 } } as const;
  const ObjectLockConfiguration = { ObjectLockEnabled: "Enabled", Rule } as const;
  await s3(gateway, gateway.admin).send(
    new PutObjectLockConfigurationCommand({ Bucket: "locked", ObjectLockConfiguration }),
  );
}

describe("export and apply", () => {
  let gateway: RunningGateway;
  let folder: string;
  beforeAll(async () => {
    gateway = await startGatewayHere();
    folder = mkdtempSync(join(tmpdir(), "s3-credentials-configuration-"));
    await fill(gateway);
  });
  afterAll(async () => {
    await gateway.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const local = (...args: string[]) => cliHere(gateway, [...args, "--local"]);
  const path = (...names: string[]) => join(folder, ...names);

  const edit = (file: string, change: (value: Record<string, unknown>) => void): void => {
    const value = JSON.parse(readFileSync(path(file), "utf8")) as Record<string, unknown>;
    change(value);
    writeFileSync(path(file), JSON.stringify(value));
  };

  test("a second export gives the same bytes, and applying it changes nothing", async () => {
    expect(await local("export", path("one"))).toMatchObject({ code: 0, stdout: "" });
    const files = filesOf(path("one"));
    expect(Object.keys(files)).toContain("users/%63on.json");
    const again = await local("export", path("one"));
    expect(again.stderr).toContain(": 0 files written, 0 removed, 13 as they were in ");
    expect(filesOf(path("one"))).toEqual(files);
    expect(await local("apply", "-f", path("one"), "--dry-run")).toEqual({
      code: 0,
      stdout: "Nothing to change\n",
      stderr: "",
    });
  });

  test("applied to an empty gateway, it is the same there but for ids", async () => {
    const other = await startGatewayHere();
    try {
      await makeBucket(other, "data");
      await makeLocked(other);
      const there = (...args: string[]) => cliHere(other, [...args, "--local"]);
      const refused = await there("apply", "-f", path("one"), "--yes");
      expect(refused).toMatchObject({ code: 2, stdout: "" });
      expect(refused.stderr).toContain(`add --account-id ${other.accountId}`);
      // What locks objects for good is not done by a file.
      const locked = await there("apply", "-f", path("one"), "--account-id", other.accountId, "--yes");
      expect(locked).toMatchObject({ code: 1, stdout: "" });
      expect(locked.stderr).toContain(
        "buckets/locked.json at /ObjectLockConfiguration: bucket locked would lock each new object in compliance mode",
      );
      await lockAsThere(other);
      const applied = await there("apply", "-f", path("one"), "--account-id", other.accountId, "--yes");
      expect(applied.stderr).not.toContain("Error");
      expect(applied.stdout).toContain("this widens: user con, which may now do s3:GetObject on ");
      expect(applied.code).toBe(0);
      await there("export", path("two"));
      const files = Object.entries(filesOf(path("two")));
      const renamed = files.map(([name, text]) => [name, text.replaceAll(other.accountId, gateway.accountId)]);
      expect(Object.fromEntries(renamed)).toEqual(filesOf(path("one")));
    } finally {
      await other.stop();
    }
  });

  test("everything that is wrong is said, with file and pointer, before any call", async () => {
    cpSync(path("one"), path("wrong"), { recursive: true });
    edit("wrong/users/ann.json", (user) => {
      user["Tag"] = [];
      user["UserPolicyList"] = [
        { PolicyName: "in", PolicyDocument: { Version: "2012-10-17", Statement: { Effect: "Allo" } } },
      ];
    });
    writeFileSync(path("wrong/roles/b.json"), "{");
    writeFileSync(path("wrong/users/anne.json"), readFileSync(path("one/users/admin.json")));
    mkdirSync(path("wrong/user"));
    const { code, stdout, stderr } = await cliHere(gateway, [
      "apply",
      "-f",
      path("wrong"),
      "--endpoint-url",
      "http://127.0.0.1:1",
      "--access-key",
      "AKIAEXAMPLE",
      "--secret-key",
      "topsecretkey",
    ]);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr.split("\n").map((line) => line.replace(/: .*/, ""))).toEqual([
      "user",
      "users/ann.json at /Tag",
      "users/ann.json at /UserPolicyList/0/PolicyDocument/Statement",
      "users/ann.json at /UserPolicyList/0/PolicyDocument/Statement",
      "users/ann.json at /UserPolicyList/0/PolicyDocument/Statement/Effect",
      "users/anne.json at /UserName",
      "roles/b.json",
      "Error",
      "",
    ]);
  });

  test("what is not there, or cannot be changed, is said before anything is done", async () => {
    cpSync(path("one"), path("dangling"), { recursive: true });
    edit("dangling/users/ann.json", (user) => (user["Path"] = "/"));
    edit("dangling/groups/readers.json", (group) => (group["Users"] = ["nobody"]));
    edit("dangling/users/admin.json", (user) => (user["AttachedManagedPolicies"] = ["arn:aws:iam::aws:policy/NoSuch"]));
    const { code, stderr } = await local("apply", "-f", path("dangling"), "--yes");
    expect(code).toBe(1);
    expect(stderr).toContain('users/ann.json at /Path: user ann has "/people/", which cannot be changed');
    expect(stderr).toContain("groups/readers.json at /Users: there is no user nobody");
    expect(stderr).toContain("users/admin.json: the service has no policy arn:aws:iam::aws:policy/NoSuch");
    expect(stderr).toContain("user admin, the caller itself, could not change its policies any more");
  });

  test("no folder that is not an export is written", async () => {
    mkdirSync(path("mine"));
    writeFileSync(path("mine/notes.txt"), "mine");
    const { code, stderr } = await local("export", path("mine"));
    expect([code, stderr]).toEqual([2, expect.stringContaining("is not an export and not empty")]);
    expect((await local("apply", "-f", path("mine"))).stderr).toContain("it has no export.json");
  });

  test("wider, narrower and the same, each by what it allows", async () => {
    cpSync(path("one"), path("change"), { recursive: true });
    const narrow = JSON.parse(reading.replace("data/*", "data/a/*")) as unknown;
    // The group still gives ann all of it.
    edit("change/users/ann.json", (user) => (user["UserPolicyList"] = [{ PolicyName: "in", PolicyDocument: narrow }]));
    edit("change/roles/a.json", (role) => (role["RolePolicyList"] = [{ PolicyName: "in", PolicyDocument: narrow }]));
    edit("change/roles/b.json", (role) => {
      role["AssumeRolePolicyDocument"] = {
        Version: "2012-10-17",
        Statement: { Effect: "Allow", Principal: { AWS: gateway.accountId }, Action: "sts:AssumeRole" },
      };
    });
    edit("change/policies/reading.json", (policy) => (policy["Tags"] = []));
    const dry = await local("apply", "-f", path("change"), "--dry-run");
    expect(dry.code).toBe(4);
    const verdicts = dry.stdout.split("\n").filter((line) => /^(this|narrows|same|not)/.test(line));
    expect(verdicts).toEqual([
      "same: user ann",
      "narrows: role a",
      expect.stringMatching(/^this widens: the trust policy of role b, which may now do sts:AssumeRole on /),
    ]);
    expect(dry.stdout).toContain(
      '-            "Resource": "arn:aws:s3:::data/*"\n+            "Resource": "arn:aws:s3:::data/a/*"',
    );
    const refused = await local("apply", "-f", path("change"), "--refuse-widening", "--yes");
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.stderr).toContain("rights grow or that is not decided: the trust policy of role b");
    const shown = await local("apply", "-f", path("change"), "--dry-run", "--format", "json");
    expect(JSON.parse(shown.stdout)).toMatchObject({
      files: expect.arrayContaining([expect.objectContaining({ file: "roles/a.json", change: "changed" })]),
      verdicts: [{ of: "user ann", verdict: "same" }, { verdict: "narrows" }, { verdict: "widens", witness: {} }],
    });
    const asked = await local("apply", "-f", path("change"));
    expect([asked.code, asked.stderr]).toEqual([2, expect.stringContaining("there is no terminal to ask at")]);
    expect((await local("apply", "-f", path("one"), "--dry-run")).stdout).toBe("Nothing to change\n");
  });

  test("a bucket policy that denies less widens what others may do there, though it grants nothing", async () => {
    cpSync(path("one"), path("denies"), { recursive: true });
    const deny = { Effect: "Deny", Principal: "*", Action: "s3:DeleteObject", Resource: "arn:aws:s3:::data/*" };
    edit("denies/buckets/data.json", (bucket) => {
      (bucket["Policy"] as { Statement: unknown[] }).Statement.push(deny);
    });
    const denied = await local("apply", "-f", path("denies"), "--yes");
    expect(denied.stdout).toContain("narrows: the policy of bucket data");
    expect(denied.code).toBe(0);
    const back = await local("apply", "-f", path("one"), "--yes");
    expect(back.stdout).toMatch(/this widens: the policy of bucket data, which may now do s3:DeleteObject on /);
    expect(back.code).toBe(0);
  });

  test("settings of a bucket: each as it is said, what may let somebody do more is named, and what cannot be taken back is refused", async () => {
    cpSync(path("one"), path("settings"), { recursive: true });
    const block = {
      BlockPublicAcls: true,
      BlockPublicPolicy: false,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    };
    edit("settings/buckets/data.json", (bucket) => {
      Object.assign(bucket, {
        CORSConfiguration: { CORSRules: [{ AllowedMethods: ["GET"], AllowedOrigins: ["*"] }] },
        LifecycleConfiguration: {
          Rules: [
            { Expiration: { Date: "2099-01-01T00:00:00Z" }, Filter: { Prefix: "" }, ID: "end", Status: "Enabled" },
          ],
        },
        ObjectOwnership: "BucketOwnerPreferred",
        PublicAccessBlockConfiguration: block,
        Tags: [{ Key: "team", Value: "b" }],
        WebsiteConfiguration: { IndexDocument: { Suffix: "index.html" } },
      });
    });
    const applied = await local("apply", "-f", path("settings"), "--yes");
    expect([
      applied.code,
      applied.stdout.split("\n").filter((line) => /^(Would|not|this|same|narrows)/.test(line)),
    ]).toEqual([
      0,
      [
        "not decided: what public access is blocked of bucket data, because of public access that is blocked no more: BlockPublicPolicy",
        "not decided: the object ownership of bucket data, because of access control lists, which count again",
        "not decided: the website of bucket data, because of a website, which shows everybody what everybody may read",
        "Would set what public access is blocked of bucket data",
        "Would set the object ownership of bucket data",
        "Would set the lifecycle of bucket data",
        "Would set the CORS rules of bucket data",
        "Would set the website of bucket data",
        "Would set the tags of bucket data",
      ],
    ]);
    await local("export", path("settings"));
    const { Version } = JSON.parse(readFileSync(path("settings/export.json"), "utf8")) as { Version: number };
    expect(Version).toBe(2);
    // A folder of an earlier version knows policies alone.
    cpSync(path("one"), path("earlier"), { recursive: true });
    edit("earlier/export.json", (manifest) => delete manifest["Version"]);
    rmSync(path("earlier/buckets/locked.json"));
    expect(await local("apply", "-f", path("earlier"), "--prune", "--dry-run")).toMatchObject({
      code: 0,
      stdout: "Nothing to change\n",
    });
    // Everything that is wrong, before any call.
    cpSync(path("settings"), path("bad"), { recursive: true });
    edit("bad/buckets/data.json", (bucket) => {
      Object.assign(bucket, {
        LifecycleConfiguration: { Rules: [{ Expiration: { Date: "tomorrow", Dayz: 1 }, Status: true }] },
        PublicAccessBlockConfiguration: { BlockPublicAcls: false },
        CORSConfiguration: { CORSRules: {} },
        InventoryConfigurationList: [{ Id: "daily", Enabled: true }],
      });
    });
    const bad = await local("apply", "-f", path("bad"), "--yes");
    expect(bad.stderr.split("\n").map((line) => line.replace(/(: .*?)[;,].*/, "$1"))).toEqual([
      ...[
        "/Expiration/Date: it is not a time like 2030-01-01T00:00:00Z",
        "/Expiration/Dayz: there is no such member",
      ].map((text) => `buckets/data.json at /LifecycleConfiguration/Rules/0${text}`),
      "buckets/data.json at /LifecycleConfiguration/Rules/0/Status: it is not a text",
      "buckets/data.json at /CORSConfiguration/CORSRules: it is not a list",
      "buckets/data.json at /InventoryConfigurationList/0/Enabled: there is no such member",
      ...["BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"].map(
        (name) => `buckets/data.json at /PublicAccessBlockConfiguration/${name}: it is missing: write true or false`,
      ),
      expect.stringContaining("Error: nothing was done"),
      "",
    ]);
    // What nothing takes away.
    edit("settings/buckets/locked.json", (bucket) => {
      delete bucket["ObjectLockConfiguration"];
      delete bucket["Versioning"];
    });
    edit("settings/buckets/data.json", (bucket) => {
      bucket["ObjectLockConfiguration"] = { ObjectLockEnabled: "Enabled" };
    });
    const { stderr } = await local("apply", "-f", path("settings"), "--yes");
    expect(stderr).toContain(
      "data.json at /ObjectLockConfiguration: bucket data has no Object Lock, which nobody could",
    );
    expect(stderr).toContain(
      "locked.json at /Versioning: bucket locked has versioning, which can be suspended and not",
    );
    expect(stderr).toContain("locked.json at /ObjectLockConfiguration: bucket locked has Object Lock, which is never");
    const back = await local("apply", "-f", path("one"), "--yes");
    expect(back.stdout).toContain("narrows: what public access is blocked of bucket data");
    expect((await local("export", path("one"))).stderr).toContain(": 0 files written, 0 removed,");
  });

  test("when a change fails, all that was done before it is undone", async () => {
    cpSync(path("one"), path("fails"), { recursive: true });
    // Each by itself is short enough, and the service takes so much of a user's inline policies together.
    const long = (letter: string) => JSON.parse(reading.replace("data/*", `data/${letter.repeat(1500)}`)) as unknown;
    edit("fails/users/ann.json", (user) => {
      user["UserPolicyList"] = ["a", "b"].map((letter) => ({ PolicyName: letter, PolicyDocument: long(letter) }));
      user["Tags"] = [{ Key: "team", Value: "2" }];
    });
    edit("fails/roles/a.json", (role) => (role["Description"] = "other"));
    edit("fails/policies/reading.json", (policy) => {
      policy["PolicyDocument"] = JSON.parse(reading.replace("GetObject", "PutObject"));
    });
    writeFileSync(path("fails/users/new.json"), JSON.stringify({ UserName: "new" }));
    const failed = await local("apply", "-f", path("fails"), "--yes");
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain("Done: create user new");
    expect(failed.stderr).toMatch(/Error: cannot put policy [ab] into user ann: .*what this run had made was undone/);
    expect((await local("apply", "-f", path("one"), "--dry-run")).stdout).toBe("Nothing to change\n");
  });

  test.each([
    ["PutUserPolicy", "put policy wide into user ann"],
    ["CreatePolicyVersion", "replace the document of policy reading"],
  ])("a change whose answer is lost is taken back with those before it: %s", async (action, words) => {
    cpSync(path("one"), path(action), { recursive: true });
    edit(`${action}/users/ann.json`, (user) => {
      user["UserPolicyList"] = [{ PolicyName: "wide", PolicyDocument: statement("s3:*", "*") }];
      user["Tags"] = [{ Key: "team", Value: "2" }];
    });
    edit(`${action}/policies/reading.json`, (policy) => (policy["PolicyDocument"] = statement("s3:*", "*")));
    const lossy = await startLossy(gateway, `Action=${action}&`);
    const args = ["apply", "-f", path(action), "--yes", "--endpoint-url", lossy.endpoint];
    const failed = await cliHere(gateway, args, { keys: gateway.admin });
    lossy.stop();
    expect(failed.stderr).toContain(`Error: cannot ${words}: `);
    expect(failed.stderr).toMatch(
      /; it is not known whether that was done, so it was taken back(; what this run had.*)?$/m,
    );
    expect((await local("apply", "-f", path("one"), "--dry-run")).stdout).toBe("Nothing to change\n");
  });

  test("what the folder does not have stays, or goes with --prune; never the caller, and a user with a key only with --yes", async () => {
    const client = iam(gateway, gateway.admin);
    await client.send(new CreateUserCommand({ UserName: "old" }));
    await client.send(new PutUserPolicyCommand({ UserName: "old", PolicyName: "p", PolicyDocument: reading }));
    await client.send(new CreateAccessKeyCommand({ UserName: "old" }));
    await client.send(new CreateGroupCommand({ GroupName: "olds" }));
    await client.send(new AddUserToGroupCommand({ GroupName: "olds", UserName: "old" }));
    await client.send(new CreatePolicyCommand({ PolicyName: "old", PolicyDocument: reading }));
    expect((await local("apply", "-f", path("one"), "--yes")).stdout).toBe("Nothing to change\n");
    const asked = await local("apply", "-f", path("one"), "--prune");
    expect(asked).toMatchObject({ code: 1 });
    expect(asked.stdout).toMatch(/Would delete user old with .*access key AKIA.* \(cannot be undone\)/);
    expect(asked.stderr).toContain("old would be deleted and has a key or a password; add --yes");
    cpSync(path("one"), path("without-admin"), { recursive: true });
    rmSync(path("without-admin/users/admin.json"));
    const self = await local("apply", "-f", path("without-admin"), "--prune", "--yes");
    expect(self.stderr).toContain("user admin is the caller itself");
    const pruned = await local("apply", "-f", path("one"), "--prune", "--yes");
    expect(pruned).toMatchObject({ code: 0 });
    expect(await outcome(client.send(new GetUserCommand({ UserName: "old" })))).toBe("NoSuchEntityException");
    expect((await local("export", path("one"))).stderr).toContain(": 0 files written, 0 removed,");
  });

  test("a terminal is asked, and nothing is done when the account has changed meanwhile", async () => {
    const answered = async (answer: string, meanwhile: () => Promise<unknown>) => {
      const stdin = Object.assign(new PassThrough(), { isTTY: true });
      const stderr = Object.assign(new PassThrough(), { isTTY: true });
      let said = "";
      stderr.on("data", (chunk: Buffer) => {
        const before = said.includes("Do this?");
        said += chunk.toString("utf8");
        if (!before && said.includes("Do this?")) void meanwhile().then(() => stdin.write(`${answer}\n`));
      });
      const env = cleanEnvironment(gateway.home);
      const argv = ["apply", "-f", path("change"), "--local"];
      const code = await run(argv, { stdin, stdout: new PassThrough().resume(), stderr, env });
      return { code, said };
    };
    const nothing = () => Promise.resolve();
    expect(await answered("y", nothing)).toMatchObject({ code: 1, said: expect.stringContaining("nothing was done") });
    const client = iam(gateway, gateway.admin);
    const changed = await answered("yes", () => client.send(new CreateUserCommand({ UserName: "meanwhile" })));
    expect(changed).toMatchObject({
      code: 1,
      said: expect.stringContaining("the account has changed since it was read"),
    });
    expect(await answered("yes", nothing)).toMatchObject({ code: 0, said: expect.stringContaining("Done: ") });
    expect((await local("apply", "-f", path("change"), "--dry-run")).code).toBe(0);
  });
});

test("the organization: accounts, control policies and what they are attached to", async () => {
  const gateway = await startGatewayHere();
  const folder = mkdtempSync(join(tmpdir(), "s3-credentials-configuration-"));
  try {
    const local = (...args: string[]) => cliHere(gateway, [...args, "--local"]);
    await local("export", folder);
    mkdirSync(join(folder, "organization/accounts"));
    const Email = "research@example.com";
    writeFileSync(join(folder, "organization/accounts/a.json"), JSON.stringify({ Email, AccountName: "research" }));
    const misnamed = await local("apply", "-f", folder, "--yes");
    expect(misnamed.stderr).toContain(`organization/accounts/${Email}.json is that of ${Email}`);
    rmSync(join(folder, "organization/accounts/a.json"));
    writeFileSync(
      join(folder, `organization/accounts/${Email}.json`),
      JSON.stringify({ Email, AccountName: "research" }),
    );
    const Content = {
      Version: "2012-10-17",
      Statement: { Effect: "Deny", Action: "s3:DeleteBucket", Resource: "*" },
    };
    const control = join(folder, "organization/service-control-policies/no-deletes.json");
    const aws = join(folder, "organization/service-control-policies/FullAWSAccess.json");
    const full = JSON.parse(readFileSync(aws, "utf8")) as { Targets: unknown[] };
    full.Targets.push({ Type: "ACCOUNT", Email });
    writeFileSync(aws, JSON.stringify(full));
    writeFileSync(control, JSON.stringify({ Name: "no-deletes", Content, Targets: [{ Type: "ACCOUNT", Email }] }));
    const applied = await local("apply", "-f", folder, "--yes");
    expect(applied.stderr).not.toContain("Error");
    expect(applied.stdout).toContain(`narrows: users and roles of account ${Email} (service control policies)`);
    expect(applied.code).toBe(0);
    await local("export", folder);
    expect(JSON.parse(readFileSync(control, "utf8"))).toEqual({
      Name: "no-deletes",
      Content,
      Targets: [{ Type: "ACCOUNT", Email }],
    });
    rmSync(control);
    expect((await local("apply", "-f", folder, "--dry-run")).stdout).toBe("Nothing to change\n");
    const pruned = await local("apply", "-f", folder, "--prune", "--yes");
    expect(pruned.stdout).toContain(
      `this widens: users and roles of account ${Email} (service control policies), which may now do s3:DeleteBucket`,
    );
    expect(pruned.code).toBe(0);
    expect((await local("export", folder)).stderr).toContain(" 0 removed, ");
  } finally {
    await gateway.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});
