import {
  GetUserCommand,
  GetUserPolicyCommand,
  ListAccessKeysCommand,
  ListUserPoliciesCommand,
  PutUserPolicyCommand,
  TagUserCommand,
} from "@aws-sdk/client-iam";
import { GetObjectCommand, ListObjectVersionsCommand, PutBucketVersioningCommand } from "@aws-sdk/client-s3";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { aws, cli, cliHere, environment, iam, outcome, run, s3 } from "./clients.ts";
import { makeBucket } from "./fixtures.ts";
import { command, type Keys, type RunningGateway } from "./gateway.ts";
import { startGatewayHere } from "./gateway-here.ts";

/** What becomes of credentials after they are made: planned, tried, listed, rotated, revoked, expired. */
describe("the life of a key", () => {
  let gateway: RunningGateway;
  beforeAll(async () => {
    gateway = await startGatewayHere();
  });
  afterAll(() => gateway.stop());
  const local = (...args: string[]) => cliHere(gateway, ["--local", ...args]);

  async function made(...args: string[]): Promise<Keys> {
    const { code, stdout, stderr } = await local("create", ...args);
    if (code !== 0) throw new Error(stderr);
    const json = JSON.parse(stdout) as { AccessKeyId: string; SecretAccessKey: string; SessionToken?: string };
    return {
      accessKeyId: json.AccessKeyId,
      secretAccessKey: json.SecretAccessKey,
      ...(json.SessionToken === undefined ? {} : { sessionToken: json.SessionToken }),
    };
  }

  /** Moves the end of a user's rights into the past: in its policy and in its tag, so that no test waits for it. */
  async function makeExpired(user: string): Promise<void> {
    const client = iam(gateway, gateway.admin);
    const past = "2026-01-01T00:00:00Z";
    const { PolicyNames = [] } = await client.send(new ListUserPoliciesCommand({ UserName: user }));
    for (const name of PolicyNames) {
      const place = { UserName: user, PolicyName: name };
      const { PolicyDocument = "" } = await client.send(new GetUserPolicyCommand(place));
      const document = decodeURIComponent(PolicyDocument);
      const ended = document.replace(/("aws:CurrentTime":\s*")[^"]+/g, `$1${past}`);
      expect(ended).not.toBe(document);
      await client.send(new PutUserPolicyCommand({ ...place, PolicyDocument: ended }));
    }
    await client.send(new TagUserCommand({ UserName: user, Tags: [{ Key: "s3-credentials:expires", Value: past }] }));
  }

  const reads = (keys: Keys, bucket: string) =>
    outcome(s3(gateway, keys).send(new GetObjectCommand({ Bucket: bucket, Key: "a.txt" })));

  test("--plan looks, prints every step with its document, and changes nothing", async () => {
    const plan = await local("create", "planned-bucket", "-c", "--public", "--plan");
    expect(plan).toMatchObject({ code: 0, stderr: "Proved: nothing outside planned-bucket\n" });
    expect(plan.stdout.split("\n").filter((line) => line.startsWith("Would"))).toEqual([
      "Would create bucket planned-bucket",
      "Would set the public access block of bucket planned-bucket",
      "Would attach a policy to bucket planned-bucket",
      "Would create user s3.read-write.planned-bucket with permissions boundary arn:aws:iam::aws:policy/AmazonS3FullAccess:",
      "Would attach policy s3.read-write.planned-bucket to user s3.read-write.planned-bucket:",
      "Would create an access key for user s3.read-write.planned-bucket",
    ]);
    expect((await local("create", "planned-bucket")).stderr).toContain("Bucket does not exist");
    const missing = await local("create", "planned-bucket", "--plan");
    expect(missing).toMatchObject({ code: 1, stdout: "" });
  });

  test("a website at a gateway that serves none: what is missing is said", async () => {
    const { code, stderr } = await local("create", "unserved", "-c", "--website");
    expect([code, stderr]).toEqual([0, expect.stringMatching(/; this gateway serves it once .* --website-port\n/)]);
  });

  test("every form credentials are printed in", async () => {
    await makeBucket(gateway, "form-bucket", ["a.txt"]);
    const printed = async (format: string) =>
      (await local("create", "form-bucket", "-d", "15m", "--silent", "-f", format)).stdout;
    const region = "us-east-1";
    expect(await printed("env")).toMatch(
      new RegExp(
        `^export AWS_ACCESS_KEY_ID='ASIA\\w+'\nexport AWS_SECRET_ACCESS_KEY='[^']+'\nexport AWS_SESSION_TOKEN='[^']+'\nexport AWS_REGION='${region}'\nexport AWS_DEFAULT_REGION='${region}'\nexport AWS_ENDPOINT_URL='${gateway.endpoint}'\n$`,
      ),
    );
    const dotenv = await printed("dotenv");
    expect(dotenv).toMatch(/^AWS_ACCESS_KEY_ID="ASIA\w+"\nAWS_SECRET_ACCESS_KEY="[^"]+"\nAWS_SESSION/);
    expect(dotenv).toContain(`\nAWS_ENDPOINT_URL="${gateway.endpoint}"\n`);
    const powershell = await printed("powershell");
    expect(powershell).toMatch(/^\$Env:AWS_ACCESS_KEY_ID = 'ASIA\w+'\n/);
    expect(powershell).toContain(`\n$Env:AWS_ENDPOINT_URL = '${gateway.endpoint}'\n`);
    const profile = await printed("profile");
    expect(profile).toMatch(/^\[s3-credentials\]\naws_access_key_id=ASIA\w+\n/);
    expect(profile).toContain(`\nregion=${region}\nendpoint_url=${gateway.endpoint}\n`);
    expect(await printed("ini")).not.toContain("endpoint");
    const processForm = JSON.parse(await printed("credential-process")) as Record<string, unknown>;
    expect(Object.keys(processForm)).toEqual([
      "Version",
      "AccessKeyId",
      "SecretAccessKey",
      "SessionToken",
      "Expiration",
    ]);
    expect(processForm["Version"]).toBe(1);
    expect(new Date(String(processForm["Expiration"])).getTime()).toBeGreaterThan(Date.now());
    expect(processForm["Expiration"]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  });

  test("--write-profile changes its own section of the shared file alone, and nobody else may read it", async () => {
    await makeBucket(gateway, "profile-bucket", ["a.txt"]);
    const file = join(gateway.home, ".aws", "credentials");
    mkdirSync(join(gateway.home, ".aws"));
    writeFileSync(file, "[other]\naws_access_key_id=AKIAOTHER\n# mine\n[scoped]\noutput=json\nregion=x\n", {
      mode: 0o644,
    });
    const written = await local("create", "profile-bucket", "-d", "15m", "--write-profile", "scoped");
    expect(written).toMatchObject({ code: 0, stdout: "" });
    expect(written.stderr).toContain(`Wrote profile scoped to ${file}`);
    const text = readFileSync(file, "utf8");
    expect(text).toMatch(
      /^\[other\]\naws_access_key_id=AKIAOTHER\n# mine\n\[scoped\]\n#.*\naws_access_key_id=ASIA\w+\n/,
    );
    expect(text).toMatch(/\noutput=json\nregion=x\n$/);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const who = await cliHere(gateway, ["whoami", "--profile", "scoped", "--endpoint-url", gateway.endpoint]);
    expect(who.stdout).toContain("assumed-role/s3-credentials.AmazonS3FullAccess/s3.read-write.profile-bucket");
    expect((await local("create", "profile-bucket", "--write-profile", "a]b")).code).toBe(2);
  });

  test("the lines of --format env are all a program needs to use the keys", async () => {
    await makeBucket(gateway, "env-bucket", ["a.txt"]);
    const file = join(gateway.home, "keys.env");
    writeFileSync(file, (await local("create", "env-bucket", "-d", "15m", "--silent", "-f", "env")).stdout);
    const used = await run(gateway, "/bin/sh", [
      "-c",
      `. ${file}; exec /usr/bin/node ${command} list-bucket env-bucket`,
    ]);
    expect(used).toMatchObject({ code: 0, stderr: "" });
    expect(used.stdout).toContain("a.txt");
  });

  test("--auth takes what aws sts prints", async () => {
    await makeBucket(gateway, "sts-bucket", ["a.txt"]);
    await made("sts-bucket", "-d", "15m");
    const role = `arn:aws:iam::${gateway.accountId}:role/s3-credentials.AmazonS3FullAccess`;
    const assume = ["sts", "assume-role", "--role-arn", role, "--role-session-name", "me"];
    const { code, stdout: input } = await aws(gateway, assume, { keys: gateway.admin });
    expect(code).toBe(0);
    const who = await cli(gateway, ["whoami", "--auth", "-", "--endpoint-url", gateway.endpoint], { input });
    expect(who.stdout).toContain("assumed-role/s3-credentials.AmazonS3FullAccess/me");
  });

  test("two keys are all a user may have: what create names makes room", async () => {
    await makeBucket(gateway, "two-keys", ["a.txt"]);
    const first = await made("two-keys");
    await made("two-keys");
    const third = await local("create", "two-keys");
    expect(third.code).toBe(1);
    expect(third.stderr).toContain("s3-credentials delete-key s3.read-write.two-keys KEY deletes one");
    const wrong = await local("delete-key", "s3.read-write.two-keys", first.accessKeyId, "AKIANOTTHERE");
    expect(wrong).toMatchObject({ code: 1, stdout: "" });
    expect(wrong.stderr).toContain("has no access key AKIANOTTHERE; nothing was deleted");
    const planned = await local("delete-key", "s3.read-write.two-keys", first.accessKeyId, "--plan");
    expect(planned.stdout).toBe(`Would delete access key ${first.accessKeyId} of user s3.read-write.two-keys\n`);
    expect(await reads(first, "two-keys")).toBe("allowed");
    const deleted = await local("delete-key", "s3.read-write.two-keys", first.accessKeyId);
    expect(deleted).toEqual({
      code: 0,
      stdout: "",
      stderr: `Deleted access key ${first.accessKeyId} of user s3.read-write.two-keys\n`,
    });
    expect(await reads(first, "two-keys")).toBe("InvalidAccessKeyId");
    expect((await local("create", "two-keys")).code).toBe(0);
  });

  test("--also-prefix", async () => {
    await makeBucket(gateway, "two-prefixes", ["a/x", "b/x", "c/x"]);
    const client = s3(
      gateway,
      await made("two-prefixes", "--prefix", "a/", "--also-prefix", "b/", "--read-only", "-d", "15m"),
    );
    const got = (Key: string) => outcome(client.send(new GetObjectCommand({ Bucket: "two-prefixes", Key })));
    expect([await got("a/x"), await got("b/x"), await got("c/x")]).toEqual(["allowed", "allowed", "AccessDenied"]);
  });

  test("--role self needs no role, and gives less than the caller has", async () => {
    await makeBucket(gateway, "self-bucket", ["a.txt"]);
    const keys = await made("self-bucket", "-d", "15m", "--role", "self", "--read-only");
    expect(await reads(keys, "self-bucket")).toBe("allowed");
    const who = await cliHere(gateway, [
      "whoami",
      "--access-key",
      keys.accessKeyId,
      "--secret-key",
      keys.secretAccessKey,
      "--session-token",
      keys.sessionToken ?? "",
      "--endpoint-url",
      gateway.endpoint,
    ]);
    expect(who.stdout).toContain(":user/admin");
    expect((await local("create", "self-bucket", "--role", "self")).code).toBe(2);
    expect((await local("create", "self-bucket", "-d", "15m", "--role", "nonsense")).code).toBe(2);
  });

  test("--verify hands over what is exactly as asked, and leaves nothing", async () => {
    await makeBucket(gateway, "verified", ["a.txt"]);
    await s3(gateway, gateway.admin).send(
      new PutBucketVersioningCommand({ Bucket: "verified", VersioningConfiguration: { Status: "Enabled" } }),
    );
    const done = await local("create", "verified", "--prefix", "in/", "--read-only", "-d", "15m", "--verify");
    expect(done.code).toBe(0);
    const rows = done.stderr.split("\n").filter((line) => line.startsWith("verified "));
    expect(rows.map((row) => row.replace(/s3-credentials-\w+\//, "RANDOM/").replace(/ +/g, " "))).toEqual([
      "verified in/ (inside) list allowed allowed ok",
      "verified in/ (inside) get allowed allowed ok",
      "verified in/ (inside) put refused refused ok",
      "verified in/ (inside) delete refused refused ok",
      "verified in0/ (neighbour) list refused refused ok",
      "verified in0/ (neighbour) get refused refused ok",
      "verified in0/ (neighbour) put refused refused ok",
      "verified in0/ (neighbour) delete refused refused ok",
      "verified RANDOM/ (outside) list refused refused ok",
      "verified RANDOM/ (outside) get refused refused ok",
      "verified RANDOM/ (outside) put refused refused ok",
      "verified RANDOM/ (outside) delete refused refused ok",
      "verified (all names) list refused refused ok",
      "verified (settings) get-policy refused refused ok",
    ]);
    const left = await s3(gateway, gateway.admin).send(new ListObjectVersionsCommand({ Bucket: "verified" }));
    expect(left.Versions?.map(({ Key }) => Key)).toEqual(["a.txt"]);
    expect(left.DeleteMarkers).toBeUndefined();
  });

  test("verify reports where credentials and policy differ, with exit 1", async () => {
    await makeBucket(gateway, "parted", ["a.txt"]);
    const made = await local("create", "parted", "-d", "15m");
    const file = join(gateway.home, "parted.json");
    writeFileSync(file, made.stdout);
    expect((await local("verify", "parted", "--credentials", file)).code).toBe(0);
    const wrong = await local("verify", "parted", "--credentials", file, "--read-only");
    expect(wrong.code).toBe(1);
    expect(wrong.stdout).toMatch(/put +refused +allowed +MISMATCH/);
    const rows = (await local("verify", "parted", "--credentials", file, "--nl")).stdout.trim().split("\n");
    expect(rows.map((row) => JSON.parse(row) as object)[0]).toEqual({
      Bucket: "parted",
      Place: "inside",
      Prefix: "",
      Operation: "list",
      Expected: "allowed",
      Observed: "allowed",
      AsExpected: true,
    });
    const all = join(gateway.home, "all.json");
    writeFileSync(
      all,
      JSON.stringify({ AccessKeyId: gateway.admin.accessKeyId, SecretAccessKey: gateway.admin.secretAccessKey }),
    );
    const tooMuch = await local("verify", "parted", "--credentials", all);
    expect(tooMuch.code).toBe(1);
    expect(tooMuch.stdout).toMatch(/^parted +\(settings\) +get-policy +refused +allowed +MISMATCH$/m);
    expect(tooMuch.stdout).toMatch(/ +\(another bucket\) +list +refused +allowed +MISMATCH$/m);
    const conditional = {
      Effect: "Allow",
      Action: "s3:*",
      Resource: "*",
      Condition: { IpAddress: { "aws:SourceIp": "127.0.0.1" } },
    };
    const policy = JSON.stringify({ Version: "2012-10-17", Statement: [conditional] });
    const unknown = await local("verify", "parted", "--credentials", all, "--policy", policy);
    expect(unknown.code).toBe(3);
    expect(unknown.stdout).toMatch(/every key +get +depends on aws:sourceip +allowed +not known$/m);
    const absent = await local("verify", "parted", "parted-0", "--credentials", file);
    expect([absent.code, absent.stdout, absent.stderr]).toEqual([
      1,
      "",
      "Error: Bucket does not exist: parted-0; check the name\n",
    ]);
    const left = await s3(gateway, gateway.admin).send(new ListObjectVersionsCommand({ Bucket: "parted" }));
    expect(left.Versions?.map(({ Key }) => Key)).toEqual(["a.txt"]);
  });

  test("what is issued is listed: users by tag, temporary credentials from the ledger, without secrets", async () => {
    await makeBucket(gateway, "listed", ["a.txt"]);
    const user = await made("listed", "--read-only", "--prefix", "p/", "--tag", "team=blue", "--expires", "30d");
    const temporary = await made("listed", "-d", "15m", "--source-identity", "carol");
    const { Tags } =
      (await iam(gateway, gateway.admin).send(new GetUserCommand({ UserName: "s3.read-only.listed" }))).User ?? {};
    expect(Tags).toEqual(
      expect.arrayContaining([
        { Key: "s3-credentials:creator", Value: `arn:aws:iam::${gateway.accountId}:user/admin` },
        { Key: "s3-credentials:purpose", Value: "read-only listed/p/" },
        { Key: "s3-credentials:expires", Value: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) },
        { Key: "team", Value: "blue" },
      ]),
    );
    const listed = await local("list-credentials", "--nl");
    const rows = listed.stdout
      .trim()
      .split("\n")
      .map((row) => JSON.parse(row) as Record<string, unknown>);
    expect(rows.find(({ Name }) => Name === "s3.read-only.listed")).toMatchObject({
      Kind: "user",
      AccessKeyIds: [user.accessKeyId],
      Purpose: "read-only listed/p/",
      State: "active",
    });
    expect(rows.find(({ SourceIdentity }) => SourceIdentity === "carol")).toMatchObject({
      Kind: "temporary",
      AccessKeyIds: [temporary.accessKeyId],
      State: "active",
    });
    expect(listed.stdout).not.toContain(temporary.secretAccessKey);
    expect(listed.stdout).not.toContain(temporary.sessionToken);
    expect(rows.map(({ Name }) => Name)).not.toContain("admin");
    const keys = JSON.parse((await local("list-keys", "s3.read-only.listed")).stdout) as object[];
    expect(keys).toEqual([
      {
        UserName: "s3.read-only.listed",
        AccessKeyId: user.accessKeyId,
        Status: "Active",
        CreateDate: expect.any(String) as string,
      },
    ]);
  });

  test("rotate-key: the new key works before the old one is off, and a third time needs no hand", async () => {
    await makeBucket(gateway, "rotated", ["a.txt"]);
    const first = await made("rotated");
    const user = "s3.read-write.rotated";
    const rotate = async (): Promise<Keys> => {
      const { code, stdout, stderr } = await local("rotate-key", user);
      expect({ code, stderr }).toMatchObject({ code: 0 });
      const json = JSON.parse(stdout) as { AccessKeyId: string; SecretAccessKey: string };
      return { accessKeyId: json.AccessKeyId, secretAccessKey: json.SecretAccessKey };
    };
    const second = await rotate();
    expect(await reads(second, "rotated")).toBe("allowed");
    expect(await reads(first, "rotated")).toBe("InvalidAccessKeyId");
    const third = await rotate();
    expect(await reads(third, "rotated")).toBe("allowed");
    expect(await reads(second, "rotated")).not.toBe("allowed");
    const { AccessKeyMetadata = [] } = await iam(gateway, gateway.admin).send(
      new ListAccessKeysCommand({ UserName: user }),
    );
    expect(AccessKeyMetadata.map(({ AccessKeyId, Status }) => [AccessKeyId, Status])).toEqual(
      expect.arrayContaining([
        [second.accessKeyId, "Inactive"],
        [third.accessKeyId, "Active"],
      ]),
    );
    expect((await local("rotate-key", user, "--key", first.accessKeyId)).stderr).toBe(
      `Error: user ${user} has no access key ${first.accessKeyId}; list-keys ${user} shows the keys\n`,
    );
    // A key that is off is replaced without a change of the other.
    expect((await local("rotate-key", user, "--key", second.accessKeyId)).code).toBe(0);
    expect(await reads(third, "rotated")).toBe("allowed");
    expect((await local("list-keys", user, "--csv")).stdout).not.toContain(second.accessKeyId);
  });

  test("revoke a user: keys are off at once", async () => {
    await makeBucket(gateway, "revoked-user", ["a.txt"]);
    const keys = await made("revoked-user");
    const plan = await local("revoke", "s3.read-write.revoked-user", "--plan");
    expect(plan.stdout).toContain(`Would turn off access key ${keys.accessKeyId}`);
    expect(await reads(keys, "revoked-user")).toBe("allowed");
    expect((await local("revoke", "s3.read-write.revoked-user")).code).toBe(0);
    expect(await reads(keys, "revoked-user")).toBe("InvalidAccessKeyId");
    expect((await local("revoke")).code).toBe(2);
    expect((await local("revoke", "nobody")).code).toBe(1);
  });

  test("revoke one session of the role by its source identity, then all that exist now; new ones work", async () => {
    await makeBucket(gateway, "sessions", ["a.txt"]);
    const temporary = (name: string) => made("sessions", "-d", "15m", "--source-identity", name);
    const alice = await temporary("alice");
    const bob = await temporary("bob");
    expect((await local("revoke", "--source-identity", "alice")).code).toBe(0);
    expect(await reads(alice, "sessions")).toBe("AccessDenied");
    expect(await reads(bob, "sessions")).toBe("allowed");
    expect((await local("revoke", "--role", "s3-credentials.AmazonS3FullAccess")).code).toBe(0);
    expect(await reads(bob, "sessions")).toBe("AccessDenied");
    // The second of the revocation counts as a whole.
    const revoked = Date.now();
    while (Math.floor(Date.now() / 1000) === Math.floor(revoked / 1000)) await sleep(10);
    expect(await reads(await temporary("alice"), "sessions")).toBe("allowed");
  });

  test("expires: the policy itself ends, and expire deletes what is past its date and what is ours alone", async () => {
    await makeBucket(gateway, "ending", ["a.txt"]);
    const keys = await made("ending", "--expires", "1d");
    expect(await reads(keys, "ending")).toBe("allowed");
    expect((await local("expire")).stdout).toBe("");
    await makeExpired("s3.read-write.ending");
    expect(await reads(keys, "ending")).toBe("AccessDenied");
    const listed = await local("list-credentials", "--expired", "--nl");
    expect(listed.stdout).toContain('"Name": "s3.read-write.ending"');
    expect((await local("expire", "--plan")).stdout).toMatch(/^User: s3.read-write.ending\n {2}Would delete policy/);
    const expired = await local("expire");
    expect(expired.stdout).toMatch(/^User: s3.read-write.ending\n {2}Deleted policy: [^]* {2}Deleted user\n$/);
    expect((await local("expire")).stdout).toBe("");
    expect((await local("create", "ending", "--expires", "yesterday")).code).toBe(2);
    expect((await local("create", "ending", "--username", "admin", "--expires", "1d")).stderr).toContain(
      "was not made by this tool",
    );
  });

  test("exec runs a command with the scoped credentials alone", async () => {
    await makeBucket(gateway, "exec-bucket", ["a.txt"]);
    // Its program writes to the streams of the process.
    const started = (...args: string[]) => cli(gateway, ["--local", ...args]);
    const script =
      "process.stdout.write(JSON.stringify(Object.entries(process.env).filter(([n]) => n.startsWith('AWS_'))))";
    const ran = await started(
      "exec",
      "--bucket",
      "exec-bucket",
      "--read-only",
      "--silent",
      "--",
      process.execPath,
      "-e",
      script,
    );
    expect(ran.code).toBe(0);
    const env = Object.fromEntries(JSON.parse(ran.stdout) as [string, string][]);
    expect(env["AWS_ENDPOINT_URL"]).toBe(gateway.endpoint);
    const keys = {
      accessKeyId: env["AWS_ACCESS_KEY_ID"] ?? "",
      secretAccessKey: env["AWS_SECRET_ACCESS_KEY"] ?? "",
      sessionToken: env["AWS_SESSION_TOKEN"] ?? "",
    };
    expect(await reads(keys, "exec-bucket")).toBe("allowed");
    expect((await started("exec", "-b", "exec-bucket", "--", process.execPath, "-e", "process.exit(7)")).code).toBe(7);
    const absent = await local("exec", "-b", "exec-bucket", "--", "/no/such/command");
    expect([absent.code, absent.stderr]).toEqual([127, expect.stringContaining("cannot run /no/such/command")]);
    expect((await local("exec", "-b", "exec-bucket", "--", gateway.home)).code).toBe(126);
    expect((await local("exec", "--", "true")).code).toBe(2);
  });

  test("exec passes every signal on to its command, and waits for it", async () => {
    await makeBucket(gateway, "exec-signals", []);
    const program = `let n = 0;
      process.on("SIGTERM", () => { console.log("told " + ++n); if (n === 2) process.exit(5); });
      setInterval(() => {}, 1e6);
      console.log("ready")`;
    const args = ["--local", "exec", "-b", "exec-signals", "--silent", "--", process.execPath, "-e", program];
    const started = spawn(process.execPath, [command, ...args], {
      env: environment(gateway, {}),
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = once(started, "close");
    const lines = createInterface({ input: started.stdout });
    const seen: string[] = [];
    for await (const line of lines) {
      seen.push(line);
      // The second would end a process that had only its first handled.
      started.kill("SIGTERM");
    }
    expect([seen, await ended]).toEqual([
      ["ready", "told 1", "told 2"],
      [5, null],
    ]);
  });
});
