import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { runCommand } from "../test/run-command.ts";
import { queryError, queryReply, type ScriptedService, scriptedService } from "../test/scripted-service.ts";

const account = "111122223333";
const arn = (kind: string, of = account) => `arn:aws:${kind === "assumed-role" ? "sts" : "iam"}::${of}:${kind}`;

function allow(action: string): string {
  return encodeURIComponent(
    JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: action, Resource: "*" }] }),
  );
}

const replies: Readonly<Record<string, string>> = {
  GetUser: `<User><UserName>ann</UserName><UserId>AIDAANN</UserId><Arn>${arn("user")}/ann</Arn></User>`,
  ListUserPolicies: "<PolicyNames><member>p</member></PolicyNames>",
  GetUserPolicy: `<UserName>ann</UserName><PolicyName>p</PolicyName><PolicyDocument>${allow("s3:*")}</PolicyDocument>`,
  GetRole: `<Role><RoleName>r</RoleName><RoleId>AROA</RoleId><Arn>${arn("role")}/r</Arn></Role>`,
  ListRolePolicies: "<PolicyNames><member>p</member></PolicyNames>",
  GetRolePolicy: `<RoleName>r</RoleName><PolicyName>p</PolicyName><PolicyDocument>${allow("s3:*")}</PolicyDocument>`,
  GetCallerIdentity: `<Account>${account}</Account><Arn>${arn("user")}/admin</Arn><UserId>AIDA</UserId>`,
};

describe("explain", () => {
  let service: ScriptedService;
  beforeEach(async () => {
    service = await scriptedService(({ name, form }) => {
      if (name.startsWith("GET ")) return { status: 404, body: "<Error><Code>NoSuchBucketPolicy</Code></Error>" };
      if (form.get("UserName") === "stranger") return queryError("NoSuchEntity", "no such user", 404);
      return queryReply(name, replies[name] ?? "");
    });
  });
  afterEach(() => service.stop());
  const explain = (...args: string[]) => runCommand(["explain", ...args, ...service.options]);
  const denied = (who: string, reason: string) =>
    `User: ${who} is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::b/k" ${reason}`;

  test("a session policy that decided is said not to be visible, and nothing says ALLOWED", async () => {
    const reason = "because no session policy allows the s3:GetObject action";
    const { code, stdout } = await explain("--message", denied(`${arn("assumed-role")}/r/job`, reason));
    expect(code).toBe(0);
    expect(stdout).toMatch(/^DENIED by a session policy: because no session policy allows/);
    expect(stdout).toContain("That layer is not visible here");
    expect(stdout).toContain("--session FILE");
    expect(stdout).not.toContain("ALLOWED");
    expect(stdout).not.toContain("would allow it");
    const json = await explain("--json", "--message", denied(`${arn("assumed-role")}/r/job`, reason));
    expect(JSON.parse(json.stdout)).toMatchObject({ decision: { allowed: false, layer: "session" } });
  });

  test("a service control policy is never visible", async () => {
    const { stdout } = await explain(
      "--message",
      denied(`${arn("user")}/ann`, "with an explicit deny in a service control policy"),
    );
    expect(stdout).toMatch(/^DENIED by a service control policy: /);
    expect(stdout).not.toContain("ALLOWED");
  });

  test("the reason in the message is kept when the policies allow it now", async () => {
    const reason = "because no identity-based policy allows the s3:GetObject action";
    const { stdout } = await explain("--message", denied(`${arn("user")}/ann`, reason));
    expect(stdout).toMatch(/^DENIED when it was asked: because no identity-based policy allows/);
    expect(stdout).toContain("they have changed since");
    expect(stdout).not.toContain("ALLOWED");
  });

  test("IAM's names of users, roles and groups are taken as their ARNs", async () => {
    const who = `${arn("user")}/ann`;
    for (const [reported, meant] of [
      ['"user ann"', "user/ann"],
      ["user ann", "user/ann"],
      ["role night-job", "role/night-job"],
      ['"group ops"', "group/ops"],
    ]) {
      const message = `User: ${who} is not authorized to perform: iam:GetUser on resource: ${reported} because no identity-based policy allows the iam:GetUser action`;
      const { code, stdout, stderr } = await explain("--message", message);
      expect([code, stderr]).toEqual([0, ""]);
      expect(stdout).toMatch(/^DENIED: nothing in policies of the caller allows it\n/);
      expect(stdout).toContain(`on resource: arn:aws:iam::${account}:${meant} `);
    }
  });

  test("another account's user is refused in one line, there or not", async () => {
    for (const name of ["ann", "stranger"]) {
      const { code, stdout, stderr } = await explain("--message", denied(`${arn("user", "999999999999")}/${name}`, ""));
      expect([code, stdout]).toEqual([1, ""]);
      expect(stderr).toBe(
        `Error: user ${name} is of account 999999999999, and the credentials used here are of account ${account}; use credentials of account 999999999999\n`,
      );
    }
  });

  test.each([
    [
      ["--action", "s3:GetObjct", "--resource", "arn:aws:s3:::b/k"],
      "unknown action s3:GetObjct: did you mean s3:GetObject?",
    ],
    [
      ["--action", "s3:ListObjectsV2", "--resource", "arn:aws:s3:::b"],
      "s3:ListObjectsV2 is an operation, and the action it asks for is s3:ListBucket: use --action s3:ListBucket",
    ],
    [
      ["--action", "s3:CreateMultipartUpload", "--resource", "arn:aws:s3:::b/k"],
      "s3:CreateMultipartUpload is an operation, and the action it asks for is s3:PutObject: use --action s3:PutObject",
    ],
    [["--action", "s3:PutBucketPolicy"], "say what s3:PutBucketPolicy is asked on: --resource ARN, of the form arn:"],
    [
      ["--action", "s3:GetObject", "--resource", "arn:aws:s3:::b/k", "--context", "aws:SourceIpp=1.2.3.4"],
      "unknown condition key aws:sourceipp: did you mean aws:SourceIp?",
    ],
    [
      ["--action", "s3:GetObject", "--resource", "arn:aws:s3:::b/k", "--context", "s3:prefix=a"],
      "a request for s3:GetObject never has the condition key s3:prefix",
    ],
    [
      ["--action", "s3:GetObject", "--resource", "arn:aws:s3:::b"],
      "s3:GetObject is asked on an object, not on a bucket: use --resource arn:aws:s3:::BUCKET/KEY",
    ],
    [
      ["--action", "s3:ListBucket", "--resource", "arn:aws:s3:::b/k"],
      "s3:ListBucket is asked on a bucket, not on an object: use --resource arn:aws:s3:::BUCKET",
    ],
  ])("a question that is a slip is refused: %j", async (args, says) => {
    const { code, stdout, stderr } = await explain("--user", "ann", ...args);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(says);
  });

  test("an action without a resource needs none, and GetCallerIdentity no permission", async () => {
    expect((await explain("--user", "ann", "--action", "s3:ListAllMyBuckets")).stdout).toMatch(/^ALLOWED by policies/);
    expect((await explain("--user", "ann", "--action", "sts:GetCallerIdentity")).stdout).toMatch(
      /^ALLOWED: this action needs no permission/,
    );
  });

  test("with --policy, a caller given by ARN is not fetched; another account's bucket needs both sides", async () => {
    const folder = mkdtempSync(join(tmpdir(), "s3-credentials-explain-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, "policy.json");
    writeFileSync(file, decodeURIComponent(allow("s3:*")));
    const stranger = `${arn("user", "444455556666")}/bob`;
    const asked = ["--policy", file, "--user", stranger, "--action", "s3:GetObject", "--resource", "arn:aws:s3:::b/k"];
    // Who is not given is of the account that the resource names, so that a policy alone can allow it.
    const anyone = ["--policy", file, "--action", "s3:GetAccessPoint", "--resource"];
    const named = await runCommand(["explain", ...anyone, `arn:aws:s3:eu-west-1:${account}:accesspoint/a`]);
    expect(named.stdout).toMatch(/^ALLOWED by policies of the caller\n/);
    const own = await runCommand(["explain", ...asked]);
    expect([own.code, own.stdout.split("\n")[0]]).toEqual([0, "ALLOWED by policies of the caller"]);
    const across = await runCommand(["explain", ...asked, "--resource-account", account]);
    expect(across.stdout).toMatch(/^DENIED: nothing in policy of the resource allows it\n/);
    expect(across.stdout).toContain(`add a statement that allows s3:GetObject on arn:aws:s3:::b/k to ${stranger}`);
    const grant = join(folder, "bucket.json");
    const Statement = { Effect: "Allow", Principal: { AWS: stranger }, Action: "s3:*", Resource: "arn:aws:s3:::b/*" };
    writeFileSync(grant, JSON.stringify({ Version: "2012-10-17", Statement }));
    const both = await runCommand(["explain", ...asked, "--resource-account", account, "--resource-policy", grant]);
    expect(both.stdout).toMatch(/^ALLOWED by policy of the resource\n/);
    const tree = await runCommand(["explain", ...asked, "--resource-account", account, "--tree"]);
    expect(tree.stdout).toContain("\n└─ Policies of the caller: allows\n   └─ ");
    for (const format of [["--format", "json"], ["--json"]]) {
      const json = await runCommand(["explain", ...asked, "--tree", ...format]);
      expect(JSON.parse(json.stdout)).toMatchObject({
        decision: { allowed: true },
        tree: [{ layer: "identity", outcome: "allows", decided: true, policies: [{ statements: [{ index: 0 }] }] }],
      });
    }
  });

  test("what could be no request, no policy or no question is refused in one line", async () => {
    const folder = mkdtempSync(join(tmpdir(), "s3-credentials-explain-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, "policy.json");
    writeFileSync(file, decodeURIComponent(allow("s3:*")));
    const on = ["--resource", "arn:aws:s3:::b/k"];
    for (const [args, says] of [
      [["--policy", file, "--action", "GetObject", ...on], "it is SERVICE:NAME, such as s3:GetObject"],
      [["--policy", file, "--action", "s3:GetObject", "--resource", "b/k"], 'invalid --resource "b/k": it is an ARN'],
      [["--resource-policy", file, "--action", "s3:GetObject", ...on], "is not a resource policy: "],
      [["--who-can", "--policy", file, "--action", "s3:GetObject", ...on], "leave out --policy"],
      [["--who-can", "--user", "ann", "--action", "s3:GetObject", ...on], "leave out --user"],
      [["--who-can", "--tree", "--action", "s3:GetObject", ...on], "leave out one of them"],
    ] as const) {
      const { code, stdout, stderr } = await explain(...args);
      expect([code, stdout]).toEqual([2, ""]);
      expect(stderr).toMatch(/^Error: [^\n]*\n$/);
      expect(stderr).toContain(says);
    }
  });

  test("a role's trust policy from a file is read as one", async () => {
    const folder = mkdtempSync(join(tmpdir(), "s3-credentials-explain-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, "trust.json");
    const trust = { Effect: "Allow", Principal: { AWS: account }, Action: "sts:AssumeRole" };
    writeFileSync(file, JSON.stringify({ Version: "2012-10-17", Statement: [trust] }));
    const asked = ["--action", "sts:AssumeRole", "--resource", `${arn("role")}/r`];
    const { code, stdout } = await explain("--resource-policy", file, ...asked);
    expect(code).toBe(0);
    expect(stdout).not.toContain("cannot be read");
  });

  describe("--request-id", () => {
    const line = (allowed: boolean, extra: object = {}) =>
      JSON.stringify({
        requestId: "4442587FB7D0A2F9",
        principal: `${arn("user")}/ann`,
        decision: {
          allowed,
          reason: allowed ? "allow" : "explicit-deny",
          layer: "identity",
          statement: { policyName: "inline", index: 1, sid: allowed ? undefined : "NoSecrets" },
          action: "s3:GetObject",
          resource: "arn:aws:s3:::b/k",
          resourceAccount: account,
          context: { "aws:sourceip": "127.0.0.1" },
        },
        ...extra,
        msg: "request",
      });
    const fromLog = (text: string) => {
      const folder = mkdtempSync(join(tmpdir(), "s3-credentials-log-"));
      onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
      const file = join(folder, "gateway.log");
      writeFileSync(file, `not json\n${text}\n`);
      return explain("--request-id", "4442587FB7D0A2F9", "--log", file);
    };

    test("the recorded decision is shown beside the present one", async () => {
      const same = await fromLog(line(true));
      expect(same.stdout).toMatch(
        /^Recorded: allowed by identity: inline, statement 2\nNow, the same:\n\nALLOWED by policies of the caller/,
      );
      const other = await fromLog(line(false));
      expect(other.stdout).toMatch(
        /^Recorded: denied by identity: inline, statement 2 \(NoSecrets\)\nNow it is decided otherwise: the policies have changed/,
      );
    });

    test("from standard input, and what is not there", async () => {
      const piped = await runCommand(
        ["explain", "--request-id", "4442587FB7D0A2F9", "--log", "-", ...service.options],
        { stdin: line(true) },
      );
      expect(piped.stdout).toMatch(/^Recorded: allowed/);
      expect((await fromLog("{}")).stderr).toContain("the log has no request 4442587FB7D0A2F9");
      const early = await fromLog(line(false, { decision: undefined, code: "SignatureDoesNotMatch" }));
      expect(early.stderr).toContain("it was refused before (SignatureDoesNotMatch)");
      expect((await explain("--log", "-")).code).toBe(2);
      expect((await explain("--request-id", "4442587FB7D0A2F9", "--user", "ann")).code).toBe(2);
    });
  });
});
