import {
  AddUserToGroupCommand,
  CreateGroupCommand,
  GetUserPolicyCommand,
  PutGroupPolicyCommand,
} from "@aws-sdk/client-iam";
import { GetObjectCommand } from "@aws-sdk/client-s3";
import { AssumeRoleCommand } from "@aws-sdk/client-sts";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cliHere, iam, outcome, s3, sts } from "./clients.ts";
import { allow, makeBucket, makeUser } from "./fixtures.ts";
import type { Keys, RunningGateway } from "./gateway.ts";
import { startGatewayHere } from "./gateway-here.ts";

/** What `create` makes of users that are there, and roles for others to assume. */
describe("create, again", () => {
  let gateway: RunningGateway;
  beforeAll(async () => {
    gateway = await startGatewayHere();
    await makeBucket(gateway, "data", ["in/a.txt", "b.txt"]);
  });
  afterAll(() => gateway.stop());
  const local = (...args: string[]) => cliHere(gateway, ["--local", ...args]);

  async function made(...args: string[]): Promise<{ readonly keys: Keys; readonly stderr: string }> {
    const { code, stdout, stderr } = await local("create", ...args);
    if (code !== 0) throw new Error(stderr);
    const json = JSON.parse(stdout) as { AccessKeyId: string; SecretAccessKey: string };
    return { keys: { accessKeyId: json.AccessKeyId, secretAccessKey: json.SecretAccessKey }, stderr };
  }
  const read = (keys: Keys, Key: string) =>
    outcome(s3(gateway, keys).send(new GetObjectCommand({ Bucket: "data", Key })));
  async function policyOf(user: string): Promise<string> {
    const { PolicyDocument = "" } = await iam(gateway, gateway.admin).send(
      new GetUserPolicyCommand({ UserName: user, PolicyName: "s3.read-only.data" }),
    );
    return decodeURIComponent(PolicyDocument);
  }

  test("a key in use is not widened: the difference is shown, and nothing is done without --replace-policy", async () => {
    const { keys } = await made("data", "--read-only", "--prefix", "in/");
    const before = await policyOf("s3.read-only.data");
    for (const more of [[], ["--plan"]]) {
      const refused = await local("create", "data", "--read-only", ...more);
      expect(refused).toMatchObject({ code: 1, stdout: "" });
      const lines = refused.stderr.trim().split("\n");
      expect(lines[0]).toBe("--- policy s3.read-only.data of user s3.read-only.data as it is");
      expect(lines).toContain('-                "arn:aws:s3:::data/in/*"');
      expect(lines).toContain('+                "arn:aws:s3:::data/*"');
      expect(lines.at(-1)).toBe(
        `Error: policy s3.read-only.data of user s3.read-only.data would change, and with it what the access keys in use (${keys.accessKeyId}) may do; use --username NAME for another user, or --replace-policy to change it`,
      );
    }
    expect(await policyOf("s3.read-only.data")).toBe(before);
    expect([await read(keys, "in/a.txt"), await read(keys, "b.txt")]).toEqual(["allowed", "AccessDenied"]);
    const again = await made("data", "--read-only", "--prefix", "in/");
    expect(again.stderr).not.toContain("Warning");
    await local("delete-key", "s3.read-only.data", again.keys.accessKeyId);
    const replaced = await made("data", "--read-only", "--replace-policy");
    expect(replaced.stderr).toContain(
      `Warning: the access keys that user s3.read-only.data has already (${keys.accessKeyId}) get the new policy too\n`,
    );
    expect(await read(keys, "b.txt")).toBe("allowed");
    expect((await local("create", "data", "-d", "15m", "--replace-policy")).code).toBe(2);
  });

  test("the end of a user's rights stays until another is asked for", async () => {
    await made("data", "--read-only", "--username", "ending", "--expires", "2030-01-31");
    const before = await policyOf("ending");
    expect(before).toContain("2030-01-31T00:00:00Z");
    const again = await made("data", "--read-only", "--username", "ending");
    expect(again.stderr).toContain(
      "Warning: user ending still expires at 2030-01-31T00:00:00Z; --expires WHEN sets another end\n",
    );
    expect(await policyOf("ending")).toBe(before);
    await local("delete-key", "ending", again.keys.accessKeyId);
    await made("data", "--read-only", "--username", "ending", "--expires", "2031-01-31");
    expect(await policyOf("ending")).toBe(before.replaceAll("2030", "2031"));
  });

  test("what an existing user may do beyond the request is said, also by --plan", async () => {
    const user = await makeUser(gateway, "busy", {
      policy: allow(["s3:PutObject", "s3:GetObject"], "arn:aws:s3:::data/*"),
      managed: ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"],
    });
    const client = iam(gateway, gateway.admin);
    await client.send(new CreateGroupCommand({ GroupName: "team" }));
    const logs = allow("s3:*", "arn:aws:s3:::logs/${aws:username}/*", { Bool: { "aws:SecureTransport": "true" } });
    await client.send(
      new PutGroupPolicyCommand({ GroupName: "team", PolicyName: "logs", PolicyDocument: JSON.stringify(logs) }),
    );
    await client.send(new AddUserToGroupCommand({ GroupName: "team", UserName: user.name }));
    for (const more of [["--plan"], []]) {
      const { code, stderr } = await local("create", "data", "--read-only", "--username", "busy", ...more);
      expect(code).toBe(0);
      const said = stderr.split("\n").filter((line) => line.includes("may do more than was asked"));
      expect(said[0]).toBe(
        "Warning: user busy may do more than was asked: s3:PutObject on arn:aws:s3:::data/* (policy inline)",
      );
      expect(said.some((line) => line.includes("(policy arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess)"))).toBe(true);
      expect(said.at(-1)).toBe(
        "Warning: user busy may do more than was asked: s3:* on arn:aws:s3:::logs/${aws:username}/* under conditions (policy logs (of group team))",
      );
      expect(stderr).toContain(
        `Warning: the access keys that user busy has already (${user.keys.accessKeyId}) get the new policy too\n`,
      );
    }
  });

  test("create-role: who is trusted may assume it, and the session may do what was asked", async () => {
    const user = await makeUser(gateway, "worker", { policy: allow("sts:AssumeRole", "*") });
    const planned = await local(
      "create-role",
      "readers",
      "data",
      "--read-only",
      "--prefix",
      "in/",
      "--trust",
      user.arn,
      "--plan",
    );
    expect(planned.stdout.split("\n").filter((line) => line.startsWith("Would"))).toEqual([
      "Would create role readers:",
      "Would attach policy s3.read-only.data to role readers:",
    ]);
    const created = await local(
      "create-role",
      "readers",
      "data",
      "--read-only",
      "--prefix",
      "in/",
      "--trust",
      user.arn,
      "--tag",
      "team=blue",
    );
    expect(created.stderr).toBe(
      "Proved: nothing outside data/in/\nCreated role: readers\nAttached policy s3.read-only.data to role readers\n",
    );
    const role = JSON.parse(created.stdout) as { Arn: string; AssumeRolePolicyDocument: unknown; Tags: unknown };
    expect(role).toMatchObject({ RoleName: "readers", Arn: `arn:aws:iam::${gateway.accountId}:role/readers` });
    expect(role.AssumeRolePolicyDocument).toEqual({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: { AWS: user.arn }, Action: "sts:AssumeRole" }],
    });
    const { Credentials } = await sts(gateway, user.keys).send(
      new AssumeRoleCommand({ RoleArn: role.Arn, RoleSessionName: "session" }),
    );
    const keys = {
      accessKeyId: Credentials?.AccessKeyId ?? "",
      secretAccessKey: Credentials?.SecretAccessKey ?? "",
      sessionToken: Credentials?.SessionToken ?? "",
    };
    expect([await read(keys, "in/a.txt"), await read(keys, "b.txt")]).toEqual(["allowed", "AccessDenied"]);
    const again = await local("create-role", "readers", "data", "--trust", user.arn);
    expect(again).toMatchObject({ code: 1, stdout: "" });
    expect(again.stderr).toBe(
      "Error: role readers exists already and is not changed; choose another name, or delete it first: delete-role readers\n",
    );
    const looked = await local("delete-role", "readers", "--plan");
    expect(looked.stdout).toBe("Role: readers\n  Would delete policy s3.read-only.data\n  Would delete role\n");
    const wrong = await local("delete-role", "readers", "no-such-role");
    expect(wrong).toMatchObject({
      code: 1,
      stdout: "",
      stderr: expect.stringContaining("nothing was deleted") as string,
    });
    expect((await local("delete-role", "readers")).stdout).toBe(
      "Role: readers\n  Deleted policy: s3.read-only.data\n  Deleted role\n",
    );
    expect(await read(keys, "in/a.txt")).not.toBe("allowed");
  });

  test("create-role: services and accounts, a document of one's own, and what is refused", async () => {
    const document = {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" }],
    };
    const file = join(gateway.home, "trust.json");
    writeFileSync(file, JSON.stringify(document));
    const trusted = async (...args: string[]) => {
      const { stdout, stderr } = await local("create-role", "planned", "data", "--plan", ...args);
      return stdout === "" ? stderr : (JSON.parse(/^\{[^]*?^\}/m.exec(stdout)?.[0] ?? "null") as unknown);
    };
    expect(await trusted("--trust-policy", file)).toEqual(document);
    expect(await trusted("--trust", "lambda.amazonaws.com", "--trust", gateway.accountId)).toMatchObject({
      Statement: [{ Principal: { AWS: `arn:aws:iam::${gateway.accountId}:root`, Service: "lambda.amazonaws.com" } }],
    });
    for (const args of [
      [],
      ["--trust", "*"],
      ["--trust", "somebody"],
      ["--trust", gateway.accountId, "--trust-policy", file],
    ])
      expect((await local("create-role", "planned", "data", ...args)).code).toBe(2);
    expect(
      await trusted("--trust-policy", '{"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole"}]}'),
    ).toContain("--trust-policy is refused");
    expect((await local("create-role", "planned", "no-such-bucket", "--trust", gateway.accountId)).stderr).toContain(
      "Bucket does not exist: no-such-bucket",
    );
  });
});
