import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Readable, Writable } from "node:stream";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { run } from "../run.ts";
import { runCommand } from "../test/run-command.ts";
import { queryError, queryReply, s3Error, type ScriptedService, scriptedService } from "../test/scripted-service.ts";

const folder = mkdtempSync(join(tmpdir(), "s3-credentials-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("help", () => {
  test("`help create`, `create -h` and `create --help` are one", async () => {
    const [whole, ...others] = await Promise.all(
      [
        ["create", "--help"],
        ["create", "-h"],
        ["help", "create"],
      ].map((argv) => runCommand(argv)),
    );
    expect(whole?.stdout).toContain("-h, --help");
    for (const other of others) expect(other).toEqual(whole);
    expect((await runCommand(["help"])).stdout).toContain("list-buckets");
  });

  test("of a command that is not there: what the command itself would say", async () => {
    const { code, stdout, stderr } = await runCommand(["help", "lst-users"]);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toBe("Error: unknown command 'lst-users'; did you mean list-users? (see --help)\n");
  });

  test("where -h is another option it stays that", async () => {
    const { stdout } = await runCommand(["set-cors-policy", "--help"]);
    expect(stdout).toContain("-h, --allowed-header");
    expect(stdout).not.toContain("-h, --help");
  });
});

describe("names and files", () => {
  test.each([
    ["ab", "it has 2 characters"],
    ["a".repeat(256), "it has 256 characters"],
    ["s3://my-bucket", "without s3://"],
    ["my-bucket/key", "it holds a `/`"],
    ["my bucket", "it holds ` `"],
    ["-bucket", "it must begin with a letter or a digit"],
  ])("%s: which rule it breaks", async (name, reported) => {
    const { code, stderr } = await runCommand(["policy", "--", name]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(reported)]);
  });

  test("a folder in place of a file", async () => {
    const { code, stderr } = await runCommand(["create", "b-1", "--dry-run", "--policy", folder]);
    expect([code, stderr]).toEqual([2, `Error: cannot read the --policy file ${folder}: it is a folder\n`]);
  });

  test("an unknown profile", async () => {
    const { code, stderr } = await runCommand(["whoami", "--profile", "nosuch"], { env: { HOME: folder } });
    expect([code, stderr]).toEqual([2, expect.stringContaining("there is no profile nosuch in")]);
  });

  test("create --policy prints the warnings of validate-policy", async () => {
    const file = join(folder, "wide.json");
    const statement = { Effect: "Allow", Action: "s3:GetObjct", Resource: "arn:aws:s3:::$!BUCKET_NAME!$/*" };
    writeFileSync(file, JSON.stringify({ Version: "2012-10-17", Statement: [statement] }));
    const { stderr } = await runCommand(["create", "b-1", "--dry-run", "--policy", file]);
    expect(stderr).toMatch(/--policy .*s3:GetObjct.*did you mean `s3:GetObject`/);
  });
});

test("nobody reads on: silent, and 141 as shells have it", async () => {
  const stdout = new Writable({
    write: (_chunk, _encoding, done) => done(Object.assign(new Error("write EPIPE"), { code: "EPIPE" })),
  });
  const stderr = new PassThrough();
  const code = await run(["policy", "b-1"], { stdin: Readable.from([]), stdout, stderr, env: {} });
  expect([code, stderr.read()]).toEqual([141, null]);
});

describe("of a service", () => {
  let service: ScriptedService | undefined;
  afterEach(() => service?.stop());

  test.each([
    ["minio", [], "MinIO cannot create permanent credentials"],
    ["4everland", [], "4EVERLAND cannot create permanent credentials"],
    ["ceph", ["--user-permissions-boundary", "arn:aws:iam::aws:policy/ReadOnlyAccess"], "permissions boundary"],
    ["wasabi", ["--user-permissions-boundary", "arn:aws:iam::aws:policy/ReadOnlyAccess"], "permissions boundary"],
    ["ceph", ["--duration", "15m", "--tag", "team=blue"], "Ceph cannot tag temporary credentials"],
  ] as const)("%s %s: what it cannot do is reported before any call", async (provider, more, reported) => {
    service = await scriptedService(() => s3Error("InvalidAccessKeyId", "no", 403));
    const argv = ["create", "b-1", "--provider", provider, ...more, ...service.options];
    const { code, stderr } = await runCommand(argv);
    expect([code, stderr, service.calls]).toEqual([1, expect.stringContaining(reported), []]);
  });

  test("access-map says why the account of the credentials is not known", async () => {
    service = await scriptedService(() => queryError("InvalidClientTokenId", "The token is not known", 403));
    const { code, stderr } = await runCommand(["access-map", "b-1", ...service.options]);
    expect([code, stderr]).toEqual([1, expect.stringContaining("The token is not known (InvalidClientTokenId")]);
  });

  test("get-object -o into a folder that is not there", async () => {
    service = await scriptedService(() => ({ body: "content", headers: { "content-type": "text/plain" } }));
    const file = join(folder, "nosuch", "a.txt");
    const { code, stderr } = await runCommand(["get-object", "b-1", "a.txt", "-o", file, ...service.options]);
    expect([code, stderr]).toEqual([1, `Error: cannot write ${file}: no such file or directory (ENOENT)\n`]);
  });

  test("get-object -o - is standard output, and makes no file", async () => {
    service = await scriptedService(() => ({ body: "content\n", headers: { "content-type": "text/plain" } }));
    const outcome = await runCommand(["get-object", "b-1", "a.txt", "-o", "-", ...service.options]);
    expect([outcome, existsSync("-")]).toEqual([{ code: 0, stdout: "content\n", stderr: "" }, false]);
  });

  test.each([
    ["0", false],
    ["60", true],
  ])("--max-age-seconds %s, as the Python tool sends it", async (seconds, sent) => {
    service = await scriptedService(() => ({}));
    const { code } = await runCommand(["set-cors-policy", "b-1", "--max-age-seconds", seconds, ...service.options]);
    expect([code, service.calls.at(-1)?.body.includes("<MaxAgeSeconds>")]).toEqual([0, sent]);
  });

  test.each([
    [["sh", "-c", "true"], "-c", "sh"],
    [["curl", "-d", "1h"], "-d", "curl"],
    [["aws", "s3", "ls", "--profile", "p"], "--profile", "aws"],
  ])("exec without -- before %j is reported about it, before any call", async (words, option, program) => {
    service = await scriptedService(() => ({}));
    const { code, stderr } = await runCommand(["exec", "--bucket", "b-1", ...service.options, ...words]);
    const advice = `Error: put -- before ${program}, so that ${option} is an option of it: exec … -- ${program} …\n`;
    expect([code, stderr, service.calls]).toEqual([2, advice, []]);
  });

  test("credentials nobody reads are taken back, in words", async () => {
    service = await scriptedService(({ name }) =>
      name === "AssumeRole"
        ? queryReply(
            name,
            "<Credentials><AccessKeyId>ASIA</AccessKeyId><SecretAccessKey>s</SecretAccessKey>" +
              "<SessionToken>t</SessionToken><Expiration>2030-01-02T03:04:05Z</Expiration></Credentials>",
          )
        : {},
    );
    const stdout = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error("write EPIPE"), { code: "EPIPE" })),
    });
    const stderr = new PassThrough();
    const argv = ["create", "b-1", "-d", "15m", "--role", "self", "--silent", ...service.options];
    const code = await run(argv, { stdin: Readable.from([]), stdout, stderr, env: {} });
    expect([code, String(stderr.read())]).toEqual([
      1,
      "Error: nobody has the credentials: standard output was closed before they were written (EPIPE)\n",
    ]);
  });

  test("names that are not there are reported after the others", async () => {
    service = await scriptedService(({ name }) => ({
      body: name.startsWith("GET ")
        ? "<ListAllMyBucketsResult><Buckets><Bucket><Name>b-1</Name></Bucket></Buckets></ListAllMyBucketsResult>"
        : "<ListRolesResponse><ListRolesResult><Roles/></ListRolesResult></ListRolesResponse>",
    }));
    const buckets = await runCommand(["list-buckets", "--csv", "b-2", "b-1", "b-3", ...service.options]);
    expect(buckets).toEqual({
      code: 0,
      stdout: "Name,CreationDate\r\nb-1,\r\n",
      stderr: "Warning: there is no bucket b-2 in this account\nWarning: there is no bucket b-3 in this account\n",
    });
    const roles = await runCommand(["list-roles", "r", ...service.options]);
    expect(roles).toEqual({ code: 0, stdout: "[]\n", stderr: "Warning: there is no role r in this account\n" });
  });

  test("a public policy that a public access block refuses", async () => {
    const message = "because public policies are blocked by the BlockPublicPolicy block public access setting.";
    service = await scriptedService(() => s3Error("AccessDenied", message, 403));
    const { stderr } = await runCommand(["set-bucket-policy", "b-1", "--allow-all-get", ...service.options]);
    expect(stderr).toContain("set-public-access-block BUCKET --block-public-policy false");
  });

  test("exec gives the credentials, the region and the endpoint, and none of the caller's AWS_ variables", async () => {
    service = await scriptedService(({ name }) =>
      queryReply(
        name,
        name === "AssumeRole"
          ? "<Credentials><AccessKeyId>ASIAMADE</AccessKeyId><SecretAccessKey>made-secret</SecretAccessKey><SessionToken>made-token</SessionToken><Expiration>2040-01-01T00:00:00Z</Expiration></Credentials>"
          : "<Account>111122223333</Account>",
      ),
    );
    const file = join(folder, "environment");
    const script = `require("node:fs").writeFileSync(${JSON.stringify(file)}, JSON.stringify(process.env))`;
    const own = { AWS_PROFILE: "p", AWS_CONFIG_FILE: "f", AWS_ACCESS_KEY_ID: "mine" };
    const endpoint = service.options.at(-1) ?? "";
    const { code } = await runCommand(
      [
        "exec",
        "--bucket",
        "b-1",
        "--role",
        "self",
        ...service.options.slice(0, -2),
        "--",
        process.execPath,
        "-e",
        script,
      ],
      { env: { ...own, AWS_ENDPOINT_URL: endpoint, XDG_STATE_HOME: folder } },
    );
    expect(code).toBe(0);
    const seen = Object.entries(JSON.parse(readFileSync(file, "utf8")) as Record<string, string>);
    expect(Object.fromEntries(seen.filter(([name]) => name.startsWith("AWS_")))).toEqual({
      AWS_ACCESS_KEY_ID: "ASIAMADE",
      AWS_SECRET_ACCESS_KEY: "made-secret",
      AWS_SESSION_TOKEN: "made-token",
      AWS_REGION: "us-east-1",
      AWS_DEFAULT_REGION: "us-east-1",
      AWS_ENDPOINT_URL: endpoint,
    });
  });

  test("exec's advice for a bucket that is not there is a command that makes it", async () => {
    service = await scriptedService(({ name }) =>
      name.startsWith("HEAD") ? { status: 404 } : queryReply(name, "<Account>111122223333</Account>"),
    );
    const { stderr } = await runCommand(["exec", "--bucket", "b-1", ...service.options, "--", "true"]);
    expect(stderr).toBe("Error: Bucket does not exist: b-1 - s3-credentials create b-1 --create-bucket makes it\n");
  });

  test("verify finds nothing out where nobody answers, and claims nothing", async () => {
    const keys = join(folder, "keys.json");
    writeFileSync(keys, JSON.stringify({ AccessKeyId: "AKIATRIED", SecretAccessKey: "tried-secret" }));
    service = await scriptedService(({ name }) => queryReply(name, "<Account>111122223333</Account>"));
    const { options } = service;
    await service.stop();
    const { code, stdout, stderr } = await runCommand(["verify", "b-1", "--credentials", keys, ...options]);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^Error: cannot look at bucket b-1: .*ECONNREFUSED.*; check that the service runs/);
  });
});
