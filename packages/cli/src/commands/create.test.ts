import { afterEach, describe, expect, test } from "vitest";
import { runCommand } from "../test/run-command.ts";
import {
  type Call,
  queryError,
  queryReply,
  type Reply,
  s3Error,
  scriptedService,
  type ScriptedService,
} from "../test/scripted-service.ts";

let service: ScriptedService | undefined;
afterEach(async () => {
  await service?.stop();
  service = undefined;
});

type Script = Readonly<Record<string, Reply | ((call: Call, earlier: readonly Call[]) => Reply)>>;

/** An account in which everything works and nothing is there, but for what the script says. */
async function account(script: Script): Promise<ScriptedService> {
  service = await scriptedService((call, earlier) => {
    const reply = { ...emptyAccount, ...script }[call.name];
    if (reply === undefined) return { status: 200 };
    return typeof reply === "function" ? reply(call, earlier) : reply;
  });
  return service;
}

const missing = queryError("NoSuchEntity", "There is none.", 404);
const emptyAccount: Script = {
  "HEAD /new-bucket": { status: 404 },
  GetUser: missing,
  GetRole: missing,
  ListAccessKeys: queryReply("ListAccessKeys", "<AccessKeyMetadata></AccessKeyMetadata>"),
  CreateAccessKey: ({ form }) =>
    queryReply(
      "CreateAccessKey",
      `<AccessKey><UserName>${form.get("UserName")}</UserName><AccessKeyId>AKIA1</AccessKeyId><Status>Active</Status><SecretAccessKey>made/secret</SecretAccessKey><CreateDate>2021-11-03T01:38:24.120000Z</CreateDate></AccessKey>`,
    ),
  GetCallerIdentity: queryReply(
    "GetCallerIdentity",
    "<UserId>AIDA1</UserId><Account>123456789012</Account><Arn>arn:aws:iam::123456789012:user/me</Arn>",
  ),
  CreateRole: queryReply("CreateRole", "<Role><RoleName>r</RoleName></Role>"),
  AssumeRole: queryReply(
    "AssumeRole",
    "<Credentials><AccessKeyId>ASIA1</AccessKeyId><SecretAccessKey>made/secret</SecretAccessKey><SessionToken>tok</SessionToken><Expiration>2021-11-11T03:24:07Z</Expiration></Credentials>",
  ),
};

const create = (on: ScriptedService, ...argv: readonly string[]) => runCommand(["create", ...argv, ...on.options]);

test("permanent credentials are made step by step, reported on standard error, and printed alone on standard output", async () => {
  const on = await account({});
  expect(await create(on, "my-bucket")).toEqual({
    code: 0,
    stderr: `Proved: nothing outside my-bucket
Created user: s3.read-write.my-bucket with permissions boundary: arn:aws:iam::aws:policy/AmazonS3FullAccess
Attached policy s3.read-write.my-bucket to user s3.read-write.my-bucket
Created access key for user: s3.read-write.my-bucket
`,
    stdout: `{
    "UserName": "s3.read-write.my-bucket",
    "AccessKeyId": "AKIA1",
    "Status": "Active",
    "SecretAccessKey": "made/secret",
    "CreateDate": "2021-11-03 01:38:24.120000+00:00"
}
`,
  });
  expect(on.changes()).toEqual(["CreateUser", "PutUserPolicy", "CreateAccessKey"]);
});

test("what is about to be granted is proved to keep to its bucket and prefix", async () => {
  const on = await account({});
  const made = await create(on, "my-bucket", "--prefix", "reports/", "--also-prefix", "logs/", "--duration", "15m");
  expect(made.stderr).toMatch(/^Proved: nothing outside my-bucket\/reports\/, my-bucket\/logs\/\n/);
  const own = '{"Effect":"Allow","Action":"s3:GetObjectVersion","Resource":"arn:aws:s3:::my-bucket/*"}';
  const custom = await create(on, "my-bucket", "--prefix", "reports/", "--statement", own);
  expect(custom.stderr).toMatch(/^Proved: nothing outside my-bucket\n/);
});

test("a statement that allows more than the buckets is shown a request that it allows; --strict refuses it", async () => {
  const on = await account({});
  const wide = '{"Effect":"Allow","Action":"s3:PutObject","Resource":"arn:aws:s3:::my-bucket*"}';
  const warned = await create(on, "my-bucket", "--statement", wide);
  expect(warned.code).toBe(0);
  expect(warned.stderr).toContain(
    "Warning: the policy allows more than the buckets that were named (my-bucket), such as s3:PutObject on arn:aws:s3:::my-bucketx/x",
  );
  expect(warned.stderr).not.toContain("Proved");
  const before = on.changes().length;
  const refused = await create(on, "my-bucket", "--statement", wide, "--strict");
  expect(refused).toMatchObject({ code: 1, stdout: "" });
  expect(refused.stderr).toContain("--strict refuses the policy: it allows more than the buckets");
  expect(on.changes()).toHaveLength(before);
  const dry = await create(on, "my-bucket", "--statement", wide, "--dry-run");
  expect(dry.stderr).toContain("such as s3:PutObject on arn:aws:s3:::my-bucketx/x");
});

describe("every command that makes a policy proves it the same way", () => {
  const wide = '{"Effect":"Allow","Action":"s3:PutObject","Resource":"arn:aws:s3:::my-bucket*"}';
  const proved = "Proved: nothing outside my-bucket/reports/\n";
  const made = [
    ["create", ["my-bucket"], []],
    ["create-role", ["r", "my-bucket", "--trust", "123456789012"], []],
    ["exec", ["--bucket", "my-bucket", "--duration", "15m"], ["--", "true"]],
    ["localserver", ["my-bucket", "--port", "0", "--duration", "15m"], []],
  ] as const;
  const started = async (command: string, words: readonly string[], rest: readonly string[]) => {
    const on = await account({});
    const signal = AbortSignal.timeout(60_000);
    const argv = [command, ...words, ...on.options, ...rest];
    const ended = await runCommand(argv, { signal: command === "localserver" ? AbortSignal.abort() : signal });
    return { ...ended, changes: on.changes() };
  };

  test.each(made)("%s", async (command, words, rest) => {
    expect((await started(command, [...words, "--prefix", "reports/"], rest)).stderr).toContain(proved);
    const warned = await started(command, [...words, "--statement", wide], rest);
    expect(warned.stderr).toContain("(my-bucket), such as s3:PutObject on arn:aws:s3:::my-bucketx/x");
    expect(warned.stderr).not.toContain("Proved");
    const refused = await started(command, [...words, "--statement", wide, "--strict"], rest);
    // What ends the local server in this test is an interrupt that was there before it began.
    const code = command === "localserver" ? 130 : 1;
    expect(refused).toMatchObject({ code, stdout: "", changes: [] });
    expect(refused.stderr).toContain("Error: --strict refuses the policy: it allows more than the buckets");
  });
});

test("--silent leaves the credentials alone; --format ini has the three lines", async () => {
  const on = await account({});
  expect(await create(on, "my-bucket", "--silent", "-f", "ini")).toEqual({
    code: 0,
    stderr: "",
    stdout: "[default]\naws_access_key_id=AKIA1\naws_secret_access_key=made/secret\n",
  });
});

test("a public website is made only with -c, in order", async () => {
  const on = await account({});
  expect(await create(on, "new-bucket", "--website")).toEqual({
    code: 1,
    stdout: "",
    stderr: "Error: Bucket does not exist: new-bucket - try --create-bucket to create it\n",
  });
  expect(on.changes()).toEqual([]);
  const { stderr } = await create(on, "new-bucket", "--website", "-c", "--bucket-region", "eu-west-1");
  expect(stderr.split("\n").slice(0, 5)).toEqual([
    "Proved: nothing outside new-bucket",
    "Created bucket: new-bucket in region: eu-west-1",
    "Set public access block configuration",
    "Attached bucket policy allowing public access",
    "Configured website: IndexDocument=index.html, ErrorDocument=error.html",
  ]);
  const bucket = on.calls.find(({ name }) => name === "PUT /new-bucket");
  expect(bucket?.body).toContain("<LocationConstraint>eu-west-1</LocationConstraint>");
});

test("us-east-1 as bucket region is never named to S3", async () => {
  const on = await account({});
  const outcome = await runCommand([
    "create",
    "new-bucket",
    "-c",
    "--bucket-region",
    "us-east-1",
    ...on.options,
    "--region",
    "eu-west-1",
  ]);
  expect(outcome.stderr).toContain("Created bucket: new-bucket in region: us-east-1\n");
  expect(on.calls.find(({ name }) => name === "PUT /new-bucket")?.body).not.toContain("LocationConstraint");
});

test("an existing bucket is never changed", async () => {
  const on = await account({});
  const { code, stderr } = await create(on, "my-bucket", "--public", "-c", "--silent");
  expect(code).toBe(0);
  expect(stderr).toBe("Warning: bucket my-bucket exists already and is not changed: no effect of --public\n");
  expect(on.changes().filter((name) => name.startsWith("PUT"))).toEqual([]);
});

test("403 is not missing: nothing is created, and the reason is reported", async () => {
  const on = await account({
    "HEAD /my-bucket": { status: 403 },
    "GET /my-bucket?location": s3Error("AccessDenied", "Access Denied", 403),
  });
  const { code, stderr } = await create(on, "my-bucket", "-c");
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /^Error: bucket my-bucket is there but these credentials may not use it: Access Denied \(AccessDenied, HTTP 403\); [^\n]*\n$/,
  );
  expect(on.changes()).toEqual([]);
});

test("a 403 for a wrong key is reported as that", async () => {
  const on = await account({
    "HEAD /my-bucket": { status: 403 },
    "GET /my-bucket?location": s3Error("InvalidAccessKeyId", "The key is not known.", 403),
  });
  expect((await create(on, "my-bucket", "-c")).stderr).toBe(
    "Error: cannot look at bucket my-bucket: The key is not known (InvalidAccessKeyId, HTTP 403); check the access key and the endpoint it belongs to\n",
  );
});

test("301 is not missing", async () => {
  const on = await account({ "HEAD /my-bucket": { status: 301 } });
  const { code } = await create(on, "my-bucket", "-c");
  expect(code).toBe(0);
  expect(on.changes()).toEqual(["CreateUser", "PutUserPolicy", "CreateAccessKey"]);
});

test("a failure in the middle undoes what was made, last first", async () => {
  const on = await account({ CreateAccessKey: queryError("LimitExceeded", "No more keys.", 409) });
  const { code, stdout, stderr } = await create(on, "new-bucket", "-c");
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr.split("\n").at(-2)).toBe(
    "Error: cannot create an access key for user s3.read-write.new-bucket: No more keys (LimitExceeded, HTTP 409); delete what is not needed, or ask for a higher quota; what this run had made was undone",
  );
  expect(on.changes()).toEqual([
    "PUT /new-bucket",
    "CreateUser",
    "PutUserPolicy",
    "CreateAccessKey",
    "DeleteUserPolicy",
    "DeleteUser",
    "DELETE /new-bucket",
  ]);
});

test("what cannot be undone is named", async () => {
  const on = await account({
    CreateAccessKey: queryError("LimitExceeded", "No more keys.", 409),
    "DELETE /new-bucket": s3Error("BucketNotEmpty", "It has objects.", 409),
  });
  const { stderr } = await create(on, "new-bucket", "-c");
  expect(stderr).toContain(
    "left behind: bucket new-bucket (It has objects (BucketNotEmpty, HTTP 409); delete its objects first), to be removed with: aws s3api delete-bucket --bucket new-bucket\n",
  );
});

const existingUser: Script = {
  GetUser: queryReply(
    "GetUser",
    "<User><UserName>u</UserName><UserId>AIDA2</UserId><Path>/</Path><Arn>arn:aws:iam::123456789012:user/u</Arn></User>",
  ),
  ListUserPolicies: queryReply(
    "ListUserPolicies",
    "<PolicyNames><member>s3.read-write.my-bucket</member><member>other</member></PolicyNames><IsTruncated>false</IsTruncated>",
  ),
  GetUserPolicy: ({ form }) =>
    queryReply(
      "GetUserPolicy",
      `<UserName>u</UserName><PolicyName>${form.get("PolicyName")}</PolicyName><PolicyDocument>${encodeURIComponent('{"Version": "2012-10-17", "Statement": []}')}</PolicyDocument>`,
    ),
  ListAccessKeys: queryReply(
    "ListAccessKeys",
    "<AccessKeyMetadata><member><AccessKeyId>AKIA0</AccessKeyId></member></AccessKeyMetadata><IsTruncated>false</IsTruncated>",
  ),
};

test("an overwritten policy of an existing user is put back", async () => {
  const on = await account({ ...existingUser, CreateAccessKey: queryError("ServiceFailure", "Out of order.", 400) });
  const { code, stderr } = await create(on, "my-bucket", "--username", "u", "--replace-policy");
  expect(code).toBe(1);
  expect(stderr).toContain("Warning: user u exists already and has no permissions boundary; it is not changed\n");
  expect(on.changes()).toEqual(["PutUserPolicy", "CreateAccessKey", "PutUserPolicy"]);
  expect(on.calls.at(-1)?.form.get("PolicyDocument")).toBe('{"Version": "2012-10-17", "Statement": []}');
});

test("a third access key is refused before anything happens", async () => {
  const on = await account({
    ...existingUser,
    ListAccessKeys: queryReply(
      "ListAccessKeys",
      "<AccessKeyMetadata><member><AccessKeyId>AKIA0</AccessKeyId></member><member><AccessKeyId>AKIA9</AccessKeyId></member></AccessKeyMetadata><IsTruncated>false</IsTruncated>",
    ),
  });
  const { code, stderr } = await create(on, "new-bucket", "-c", "--username", "u");
  expect(code).toBe(1);
  expect(stderr).toContain("Error: user u has 2 access keys already (AKIA0, AKIA9)");
  expect(on.changes()).toEqual([]);
});

test("the policies a user has count against the limit of 2,048", async () => {
  const long = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "s3:*", Resource: `arn:aws:s3:::${"x".repeat(1800)}` }],
  });
  const on = await account({
    ...existingUser,
    GetUserPolicy: ({ form }) =>
      queryReply(
        "GetUserPolicy",
        `<PolicyName>${form.get("PolicyName")}</PolicyName><PolicyDocument>${encodeURIComponent(long)}</PolicyDocument>`,
      ),
  });
  const { code, stderr } = await create(on, "my-bucket", "--username", "u", "--replace-policy");
  expect(code).toBe(1);
  expect(stderr).toContain("at most 2048 are allowed");
  expect(on.changes()).toEqual([]);
});

test("temporary credentials: a role is made, waited for, and assumed", async () => {
  let attempts = 0;
  const on = await account({
    AssumeRole: () => {
      attempts += 1;
      return attempts < 2 ? queryError("AccessDenied", "Not yet.", 403) : (emptyAccount["AssumeRole"] as Reply);
    },
  });
  expect(await create(on, "my-bucket", "--duration", "15m")).toEqual({
    code: 0,
    stderr:
      "Proved: nothing outside my-bucket\nCreated role: s3-credentials.AmazonS3FullAccess\nAssume role against arn:aws:iam::123456789012:role/s3-credentials.AmazonS3FullAccess for 900s\n",
    stdout: `{
    "AccessKeyId": "ASIA1",
    "SecretAccessKey": "made/secret",
    "SessionToken": "tok",
    "Expiration": "2021-11-11 03:24:07+00:00"
}
`,
  });
  expect(on.changes()).toEqual(["CreateRole", "AttachRolePolicy", "AssumeRole", "AssumeRole"]);
  const role = on.calls.find(({ name }) => name === "CreateRole")?.form;
  expect(role?.get("MaxSessionDuration")).toBe("43200");
  expect(JSON.parse(role?.get("AssumeRolePolicyDocument") ?? "")).toEqual({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { AWS: "arn:aws:iam::123456789012:root" }, Action: "sts:AssumeRole" }],
  });
});

const role = (principal: unknown, maxSeconds: number): Reply =>
  queryReply(
    "GetRole",
    `<Role><RoleName>s3-credentials.AmazonS3FullAccess</RoleName><Arn>arn:aws:iam::123456789012:role/s3-credentials.AmazonS3FullAccess</Arn><MaxSessionDuration>${maxSeconds}</MaxSessionDuration><AssumeRolePolicyDocument>${encodeURIComponent(
      JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Principal: principal, Action: "sts:AssumeRole" }],
      }),
    )}</AssumeRolePolicyDocument></Role>`,
  );

test.each([
  ["*"],
  [{ AWS: "arn:aws:iam::999999999999:root" }],
  [{ Service: "ec2.amazonaws.com" }],
  [{ AWS: ["123456789012", "999999999999"] }],
])("an existing role that others may assume is refused: %j", async (principal) => {
  const on = await account({ GetRole: role(principal, 43_200) });
  const { code, stderr } = await create(on, "my-bucket", "--duration", "15m");
  expect(code).toBe(1);
  expect(stderr).toContain("others than this account may assume it");
  expect(on.changes()).toEqual([]);
});

test("an existing role without its policy, or with shorter sessions, is repaired", async () => {
  const on = await account({
    GetRole: role({ AWS: "arn:aws:iam::123456789012:root" }, 3600),
    ListAttachedRolePolicies: queryReply(
      "ListAttachedRolePolicies",
      "<AttachedPolicies/><IsTruncated>false</IsTruncated>",
    ),
  });
  expect((await create(on, "my-bucket", "--duration", "2h")).code).toBe(0);
  expect(on.changes()).toEqual(["AttachRolePolicy", "UpdateRole", "AssumeRole"]);
});

test.each([
  ["arn:aws:sts::123456789012:assumed-role/r/s", "2h", "one hour"],
  ["arn:aws:iam::123456789012:root", "15m", "root may not assume roles"],
])("%s for %s is reported why not, before anything is made", async (arn, duration, reported) => {
  const on = await account({
    GetCallerIdentity: queryReply(
      "GetCallerIdentity",
      `<UserId>x</UserId><Account>123456789012</Account><Arn>${arn}</Arn>`,
    ),
  });
  const { code, stderr } = await create(on, "new-bucket", "-c", "--duration", duration);
  expect(code).toBe(1);
  expect(stderr).toContain(reported);
  expect(on.changes()).toEqual([]);
});

test("a statement beyond S3 with a duration warns that the role has S3 only", async () => {
  const on = await account({});
  const { stderr } = await create(
    on,
    "my-bucket",
    "--duration",
    "15m",
    "--statement",
    '{"Effect":"Allow","Action":"textract:*","Resource":"*"}',
  );
  expect(stderr).toContain("Warning: the role has S3 only: what the policy says of textract has no effect");
});

test("no secret is in any message", async () => {
  const on = await account({ CreateUser: queryError("ValidationError", "bad topsecretkey", 400) });
  const { stderr } = await create(on, "my-bucket");
  expect(stderr).toContain("bad [secret]");
  expect(stderr).not.toContain("topsecretkey");
});

test("an interrupt before the first change makes none", async () => {
  const on = await account({});
  const interrupted = new AbortController();
  interrupted.abort();
  const outcome = await runCommand(["create", "my-bucket", ...on.options], { signal: interrupted.signal });
  expect(outcome).toEqual({ code: 130, stdout: "", stderr: "Proved: nothing outside my-bucket\nError: interrupted\n" });
  expect(on.changes()).toEqual([]);
});
