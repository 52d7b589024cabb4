import { createHmac } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { aws as awsCli, documentedSettings, output, run } from "../clients.ts";
import { allow, makeUser } from "../fixtures.ts";
import type { RunningGateway } from "../gateway.ts";
import { startGatewayHere } from "../gateway-here.ts";

/** What an authenticator app shows: RFC 6238 with a secret in base32. */
function totp(secret: string, step: number): string {
  const bits = Array.from(secret, (letter) =>
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0"),
  );
  const seed = Buffer.from((bits.join("").match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac("sha1", seed).update(counter).digest();
  const offset = mac.readUInt8(19) & 15;
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

describe("AWS CLI of Debian", { timeout: 120_000 }, () => {
  let gateway: RunningGateway;
  beforeAll(async () => {
    gateway = await startGatewayHere();
    mkdirSync(join(gateway.home, "up/dir"), { recursive: true });
    for (const name of ["a.txt", "dir/b.txt", "sp ace +ü%41.txt"]) writeFileSync(join(gateway.home, "up", name), name);
    await s3("mb", "s3://everyday");
  });
  afterAll(() => gateway.stop());

  const ended = (args: readonly string[], keys = gateway.admin, input = "/dev/null") =>
    awsCli(gateway, args, { keys, input });
  const aws = (...args: string[]) => output(ended(args));
  const s3 = (...args: string[]) => aws("s3", ...args);
  const json = async (...args: string[]) => JSON.parse(await aws(...args)) as unknown;

  test("the settings of the guide", async () => {
    const shell = run(
      gateway,
      "/bin/sh",
      ["-c", documentedSettings(gateway, "AWS CLI").replace("aws ", "/usr/bin/aws ")],
      {
        keys: gateway.admin,
        env: { AWS_DEFAULT_REGION: undefined },
      },
    );
    expect(await output(shell)).toMatch(/ everyday\n$/);
  });

  test("s3: buckets made and removed, by force when they are not empty", async () => {
    await s3("mb", "s3://short-lived");
    await s3("cp", "up/a.txt", "s3://short-lived/");
    const refused = await ended(["s3", "rb", "s3://short-lived"]);
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain("BucketNotEmpty");
    expect(await s3("rb", "--force", "s3://short-lived")).toContain("remove_bucket: short-lived");
  });

  test("s3: a file over the threshold for parts, up, copied, down; described by s3api", async () => {
    const bytes = Buffer.alloc(8 * 1024 * 1024 + 1, "0123456789abcdef");
    writeFileSync(join(gateway.home, "big.bin"), bytes);
    await s3("cp", "big.bin", "s3://everyday/big.bin");
    await s3("cp", "s3://everyday/big.bin", "s3://everyday/copy.bin");
    await s3("cp", "s3://everyday/copy.bin", "back.bin");
    expect(readFileSync(join(gateway.home, "back.bin")).equals(bytes)).toBe(true);
    expect(await json("s3api", "head-object", "--bucket", "everyday", "--key", "copy.bin")).toMatchObject({
      ContentLength: bytes.length,
      ETag: expect.stringMatching(/^"[0-9a-f]{32}-2"$/) as string,
    });
    await s3("rm", "--recursive", "s3://everyday/", "--exclude", "*", "--include", "*.bin");
    expect(await s3("ls", "s3://everyday/")).not.toContain(".bin");
  });

  test("s3: pipes, metadata, content types, storage classes, moves", async () => {
    const options = [
      "--content-type",
      "text/csv",
      "--metadata",
      "colour=blue",
      "--storage-class",
      "STANDARD_IA",
      "--sse",
      "AES256",
    ];
    const input = join(gateway.home, "up/a.txt");
    expect((await ended(["s3", "cp", ...options, "-", "s3://everyday/one/a"], gateway.admin, input)).code).toBe(0);
    expect(await json("s3api", "head-object", "--bucket", "everyday", "--key", "one/a")).toMatchObject({
      ServerSideEncryption: "AES256",
    });
    await s3("mv", "s3://everyday/one/a", "s3://everyday/one/moved");
    expect(await s3("cp", "s3://everyday/one/moved", "-")).toBe("a.txt");
    expect(await json("s3api", "head-object", "--bucket", "everyday", "--key", "one/moved")).toMatchObject({
      ContentType: "text/csv",
      Metadata: { colour: "blue" },
    });
    const cold = await ended(["s3", "cp", "up/a.txt", "s3://everyday/one/cold", "--storage-class", "DEEP_ARCHIVE"]);
    expect(cold.stderr).toContain("The storage class DEEP_ARCHIVE needs RestoreObject, which is not implemented.");
  });

  test("s3api: tags of an object and of a bucket, also on a copy", async () => {
    const put = ["--bucket", "everyday", "--key", "one/moved", "--tagging", "TagSet=[{Key=team,Value=red}]"];
    await aws("s3api", "put-object-tagging", ...put);
    await s3("cp", "s3://everyday/one/moved", "s3://everyday/one/copy");
    expect(await json("s3api", "get-object-tagging", "--bucket", "everyday", "--key", "one/copy")).toEqual({
      TagSet: [{ Key: "team", Value: "red" }],
    });
    await aws("s3api", "put-bucket-tagging", "--bucket", "everyday", "--tagging", "TagSet=[{Key=cost,Value=7}]");
    expect(await json("s3api", "get-bucket-tagging", "--bucket", "everyday")).toEqual({
      TagSet: [{ Key: "cost", Value: "7" }],
    });
    await s3("rm", "--recursive", "s3://everyday/one/");
  });

  test("s3: a folder synchronized both ways, odd names included", async () => {
    await s3("sync", "up", "s3://everyday/sync");
    const listed = await s3("ls", "--summarize", "s3://everyday/sync/");
    expect(listed).toContain("PRE dir/");
    expect(listed).toContain("sp ace +ü%41.txt");
    expect(listed).toContain("Total Objects: 2");
    rmSync(join(gateway.home, "up/a.txt"));
    expect(await s3("sync", "--delete", "up", "s3://everyday/sync")).toBe("delete: s3://everyday/sync/a.txt\n");
    await s3("sync", "s3://everyday/sync", "down");
    expect(readFileSync(join(gateway.home, "down/sp ace +ü%41.txt"), "utf8")).toBe("sp ace +ü%41.txt");
    const keys = await json(
      "s3api",
      "list-objects-v2",
      "--bucket",
      "everyday",
      "--prefix",
      "sync/",
      "--page-size",
      "1",
    );
    expect(keys).toMatchObject({ Contents: [{ Key: "sync/dir/b.txt" }, { Key: "sync/sp ace +ü%41.txt" }] });
    const link = (await s3("presign", "s3://everyday/sync/sp ace +ü%41.txt", "--expires-in", "60")).trim();
    expect(await (await fetch(link)).text()).toBe("sp ace +ü%41.txt");
  });

  test("iam and sts: without a code of an MFA device a user is denied, with one it is not", async () => {
    const statements = [
      { Effect: "Allow", Action: ["s3:ListAllMyBuckets", "iam:ChangePassword"], Resource: "*" },
      {
        Effect: "Deny",
        Action: "*",
        Resource: "*",
        Condition: { BoolIfExists: { "aws:MultiFactorAuthPresent": "false" } },
      },
      {
        Effect: "Deny",
        NotAction: "s3:*",
        Resource: "*",
        Condition: { NumericGreaterThanIfExists: { "aws:MultiFactorAuthAge": "3600" } },
      },
    ];
    const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: statements });
    await aws("iam", "create-user", "--user-name", "cli-mfa");
    await aws(
      "iam",
      "put-user-policy",
      "--user-name",
      "cli-mfa",
      "--policy-name",
      "mfa",
      "--policy-document",
      PolicyDocument,
    );
    const made = (await json("iam", "create-access-key", "--user-name", "cli-mfa")) as {
      AccessKey: { AccessKeyId: string; SecretAccessKey: string };
    };
    const keys = { accessKeyId: made.AccessKey.AccessKeyId, secretAccessKey: made.AccessKey.SecretAccessKey };
    const { VirtualMFADevice } = (await json(
      "iam",
      "create-virtual-mfa-device",
      "--virtual-mfa-device-name",
      "cli-phone",
      "--outfile",
      "seed.txt",
      "--bootstrap-method",
      "Base32StringSeed",
    )) as { VirtualMFADevice: { SerialNumber: string } };
    const { SerialNumber } = VirtualMFADevice;
    const secret = readFileSync(join(gateway.home, "seed.txt"), "utf8");
    const code = (stepsAgo: number) => totp(secret, Math.floor(Date.now() / 30_000) - stepsAgo);
    await aws(
      "iam",
      "enable-mfa-device",
      "--user-name",
      "cli-mfa",
      "--serial-number",
      SerialNumber,
      "--authentication-code1",
      code(1),
      "--authentication-code2",
      code(0),
    );
    expect((await ended(["s3api", "list-buckets"], keys)).stderr).toContain("AccessDenied");
    const token = ["sts", "get-session-token", "--serial-number", SerialNumber, "--token-code"];
    expect((await ended([...token, "000000"], keys)).stderr).toContain("invalid MFA one time pass code");
    const used = code(-1);
    const given = JSON.parse(await output(ended([...token, used], keys))) as {
      Credentials: { AccessKeyId: string; SecretAccessKey: string; SessionToken: string };
    };
    expect((await ended([...token, used], keys)).stderr).toContain("invalid MFA one time pass code");
    const session = {
      accessKeyId: given.Credentials.AccessKeyId,
      secretAccessKey: given.Credentials.SecretAccessKey,
      sessionToken: given.Credentials.SessionToken,
    };
    expect(JSON.parse(await output(ended(["s3api", "list-buckets"], session)))).toHaveProperty("Buckets");

    const [old, next] = ["Correct-Horse-1", "Battery-Staple-2"];
    await aws("iam", "update-account-password-policy", "--minimum-password-length", "12", "--require-symbols");
    expect(await json("iam", "get-account-password-policy")).toMatchObject({
      PasswordPolicy: { MinimumPasswordLength: 12, RequireSymbols: true, ExpirePasswords: false },
    });
    await aws("iam", "create-login-profile", "--user-name", "cli-mfa", "--password", old);
    const change = (from: string, to: string) =>
      ended(["iam", "change-password", "--old-password", from, "--new-password", to], session);
    expect((await change(old, "short")).stderr).toContain("PasswordPolicyViolation");
    expect((await change(old, next)).code).toBe(0);
    expect((await change(old, next)).stderr).toContain("old password was incorrect");
    await aws("iam", "delete-account-password-policy");

    const made0 = Date.now();
    while (((await json("iam", "generate-credential-report")) as { State: string }).State !== "COMPLETE")
      if (Date.now() - made0 > 60_000) throw new Error("the report is not made");
    const report = (await json("iam", "get-credential-report")) as { Content: string };
    const lines = Buffer.from(report.Content, "base64").toString().split("\n");
    expect(lines.find((line) => line.startsWith("cli-mfa,"))).toMatch(
      /^cli-mfa,[^,]+,[^,]+,true,no_information,[^,]+,N\/A,true,true,/,
    );
  });

  test("iam and sts: a user, a role, an assumed session, and why it is refused", async () => {
    const { keys } = await makeUser(gateway, "somebody");
    expect(await output(ended(["sts", "get-caller-identity"], keys))).toContain(":user/somebody");
    expect(await json("iam", "create-user", "--user-name", "cli-user", "--path", "/team/")).toMatchObject({
      User: { Arn: `arn:aws:iam::${gateway.accountId}:user/team/cli-user`, Path: "/team/" },
    });
    expect(await json("iam", "list-users", "--path-prefix", "/team/")).toMatchObject({
      Users: [{ UserName: "cli-user" }],
    });
    const trust = {
      Version: "2012-10-17",
      Statement: { Effect: "Allow", Principal: { AWS: gateway.accountId }, Action: "sts:AssumeRole" },
    };
    const document = ["--assume-role-policy-document", JSON.stringify(trust)];
    await aws("iam", "create-role", "--role-name", "cli-role", ...document);
    const policyArn = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess";
    await aws("iam", "attach-role-policy", "--role-name", "cli-role", "--policy-arn", policyArn);
    expect(await json("iam", "list-attached-role-policies", "--role-name", "cli-role")).toMatchObject({
      AttachedPolicies: [{ PolicyName: "AmazonS3ReadOnlyAccess" }],
    });
    const role = `arn:aws:iam::${gateway.accountId}:role/cli-role`;
    const { Credentials } = (await json("sts", "assume-role", "--role-arn", role, "--role-session-name", "cli")) as {
      Credentials: Record<"AccessKeyId" | "SecretAccessKey" | "SessionToken", string>;
    };
    const session = {
      accessKeyId: Credentials.AccessKeyId,
      secretAccessKey: Credentials.SecretAccessKey,
      sessionToken: Credentials.SessionToken,
    };
    expect((await ended(["s3", "ls", "s3://everyday/"], session)).code).toBe(0);
    const refused = await ended(["s3", "rm", "s3://everyday/one/moved"], session);
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain("AccessDenied");
    expect(refused.stderr).toContain(
      `${role.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/")}/cli is not authorized to perform: s3:DeleteObject`,
    );
  });

  test("s3api: versions, a bucket policy, waiters, many deleted, what is not there", async () => {
    const bucket = ["--bucket", "versions"];
    await aws("s3api", "create-bucket", ...bucket);
    await aws("s3api", "wait", "bucket-exists", ...bucket);
    await aws("s3api", "put-bucket-versioning", ...bucket, "--versioning-configuration", "Status=Enabled");
    for (const name of ["dir/b.txt", "sp ace +ü%41.txt"]) {
      await aws("s3api", "put-object", ...bucket, "--key", "a", "--body", `up/${name}`);
    }
    const { Versions } = (await json("s3api", "list-object-versions", ...bucket)) as {
      Versions: { VersionId: string }[];
    };
    const [, first] = Versions.map(({ VersionId }) => VersionId);
    await aws("s3api", "get-object", ...bucket, "--key", "a", "--version-id", first ?? "", "first.txt");
    expect(readFileSync(join(gateway.home, "first.txt"), "utf8")).toBe("dir/b.txt");
    const policy = allow("s3:GetObject", "arn:aws:s3:::versions/*") as { Statement: object[] };
    const mine = policy.Statement.map((one) => ({ ...one, Principal: { AWS: gateway.accountId } }));
    await aws("s3api", "put-bucket-policy", ...bucket, "--policy", JSON.stringify({ ...policy, Statement: mine }));
    expect(await aws("s3api", "get-bucket-policy", ...bucket)).toContain("s3:GetObject");
    const objects = Versions.map(({ VersionId }) => ({ Key: "a", VersionId }));
    await aws("s3api", "delete-objects", ...bucket, "--delete", JSON.stringify({ Objects: objects }));
    await aws("s3api", "delete-bucket", ...bucket);
    const missing = await ended(["s3", "ls", "s3://versions"]);
    expect(missing.stderr).toContain("(NoSuchBucket)");
  });
});
