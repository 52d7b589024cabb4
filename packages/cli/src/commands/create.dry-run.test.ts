import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { runCommand } from "../test/run-command.ts";

const readWrite = (bucket: string) => `{
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": [
                "s3:ListBucket",
                "s3:GetBucketLocation"
            ],
            "Resource": [
                "arn:aws:s3:::${bucket}"
            ]
        },
        {
            "Effect": "Allow",
            "Action": [
                "s3:GetObject",
                "s3:GetObjectAcl",
                "s3:GetObjectLegalHold",
                "s3:GetObjectRetention",
                "s3:GetObjectTagging"
            ],
            "Resource": [
                "arn:aws:s3:::${bucket}/*"
            ]
        },
        {
            "Effect": "Allow",
            "Action": [
                "s3:PutObject",
                "s3:DeleteObject"
            ],
            "Resource": [
                "arn:aws:s3:::${bucket}/*"
            ]
        }
    ]
}`;

const writeOnly = (bucket: string) => `{
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": [
                "s3:PutObject"
            ],
            "Resource": [
                "arn:aws:s3:::${bucket}/*"
            ]
        }
    ]
}`;

const publicPolicy = (bucket: string) => `{
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "AllowAllGetObject",
            "Effect": "Allow",
            "Principal": "*",
            "Action": [
                "s3:GetObject"
            ],
            "Resource": [
                "arn:aws:s3:::${bucket}/*"
            ]
        }
    ]
}`;

const dryRun = (...argv: readonly string[]) => runCommand(["create", "--dry-run", ...argv]);

test("permanent credentials: the user, its policies, its key", async () => {
  expect(await dryRun("my-bucket")).toEqual({
    code: 0,
    stderr: "",
    stdout: `Would create bucket: 'my-bucket'
Would create user: 's3.read-write.my-bucket' with permissions boundary: 'arn:aws:iam::aws:policy/AmazonS3FullAccess'
Would attach policy called 's3.read-write.my-bucket' to user 's3.read-write.my-bucket', details:
${readWrite("my-bucket")}
Would call create access key for user 's3.read-write.my-bucket'
`,
  });
});

test("a website in a region, for several buckets", async () => {
  const bucket = (name: string) => `Would create bucket: '${name}' with args {
    "CreateBucketConfiguration": {
        "LocationConstraint": "eu-west-1"
    }
}
... then add this public access block configuration:
{"BlockPublicAcls": false, "IgnorePublicAcls": false, "BlockPublicPolicy": false, "RestrictPublicBuckets": false}
... then attach the following bucket policy to it:
${publicPolicy(name)}
... then configure index.html and error.html website settings
`;
  const { stdout } = await dryRun("b-1", "b-2", "--website", "-c", "--write-only", "--bucket-region", "eu-west-1");
  expect(stdout)
    .toBe(`${bucket("b-1")}${bucket("b-2")}Would create user: 's3.write-only.b-1,b-2' with permissions boundary: 'arn:aws:iam::aws:policy/AmazonS3FullAccess'
Would attach policy called 's3.write-only.b-1' to user 's3.write-only.b-1,b-2', details:
${writeOnly("b-1")}
Would attach policy called 's3.write-only.b-2' to user 's3.write-only.b-1,b-2', details:
${writeOnly("b-2")}
Would call create access key for user 's3.write-only.b-1,b-2'
`);
});

test("temporary credentials: the role and the session policy", async () => {
  const { stdout } = await dryRun("my-bucket", "--write-only", "--duration", "20m");
  expect(stdout).toBe(`Would create bucket: 'my-bucket'
Would ensure role: 's3-credentials.AmazonS3FullAccess'
Would assume role using following policy for 1200 seconds:
${writeOnly("my-bucket")}
`);
});

test("--silent does not silence a dry run", async () => {
  expect((await dryRun("my-bucket", "--silent")).stdout).toBe((await dryRun("my-bucket")).stdout);
});

test("read-only has the read-only boundary; a custom policy has none; one that is given counts", async () => {
  const boundary = async (...argv: readonly string[]) =>
    /Would create user: .*/.exec((await dryRun("my-bucket", ...argv)).stdout)?.[0];
  const statement = ["--statement", '{"Effect":"Allow","Action":"s3:*","Resource":"*"}'];
  expect(await boundary("--read-only")).toBe(
    "Would create user: 's3.read-only.my-bucket' with permissions boundary: 'arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess'",
  );
  expect(await boundary(...statement)).toBe("Would create user: 's3.custom.my-bucket'");
  expect(await boundary("--user-permissions-boundary", "none", "--username", "u")).toBe("Would create user: 'u'");
  expect(await boundary(...statement, "--user-permissions-boundary", "arn:aws:iam::123456789012:policy/mine")).toBe(
    "Would create user: 's3.custom.my-bucket' with permissions boundary: 'arn:aws:iam::123456789012:policy/mine'",
  );
});

const custom = `{
  "Version": "2012-10-17",
  "Statement": [{"Sid": "One", "Effect": "Allow", "Action": ["s3:GetObject*"], "Resource": ["arn:aws:s3:::$!BUCKET_NAME!$/*"]}]
}`;

test("a custom policy, from text, file and standard input, names each bucket", async () => {
  const folder = mkdtempSync(join(tmpdir(), "s3-credentials-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "policy.json");
  writeFileSync(file, custom);
  const expected = await dryRun("b-1", "b-2", "--policy", custom);
  expect(expected.stdout).toContain("Would attach policy called 's3.custom.b-2' to user 's3.custom.b-1,b-2'");
  expect(expected.stdout).toContain("arn:aws:s3:::b-1/*");
  expect(expected.stdout).toContain("arn:aws:s3:::b-2/*");
  expect(await dryRun("b-1", "b-2", "--policy", file)).toEqual(expected);
  expect(await runCommand(["create", "--dry-run", "b-1", "b-2", "--policy", "-"], { stdin: custom })).toEqual(expected);
});

test("a custom policy with a duration applies to every bucket, its Sids kept apart", async () => {
  const { stdout } = await dryRun("b-1", "b-2", "--policy", custom, "-d", "900");
  const policy = JSON.parse(stdout.slice(stdout.indexOf("{")));
  expect(policy).toEqual({
    Version: "2012-10-17",
    Statement: [
      { Sid: "One", Effect: "Allow", Action: ["s3:GetObject*"], Resource: ["arn:aws:s3:::b-1/*"] },
      { Sid: "One2", Effect: "Allow", Action: ["s3:GetObject*"], Resource: ["arn:aws:s3:::b-2/*"] },
    ],
  });
});

test("what does not fit a session policy is merged across buckets", async () => {
  const buckets = Array.from({ length: 8 }, (_, index) => `bucket-${index}`);
  const { stdout, code } = await dryRun(...buckets, "-d", "15m");
  const policy = JSON.parse(stdout.slice(stdout.indexOf("{")));
  expect(code).toBe(0);
  expect(policy.Statement).toHaveLength(3);
  expect(policy.Statement[0].Resource).toEqual(buckets.map((bucket) => `arn:aws:s3:::${bucket}`));
  expect(policy.Statement[2]).toEqual({
    Effect: "Allow",
    Action: ["s3:PutObject", "s3:DeleteObject"],
    Resource: buckets.map((bucket) => `arn:aws:s3:::${bucket}/*`),
  });
});

test("what does not fit at all is refused before anything is done", async () => {
  const buckets = Array.from({ length: 30 }, (_, index) => `a-bucket-with-a-long-name-${index}`);
  for (const duration of [[], ["-d", "15m"]]) {
    const { code, stdout, stderr } = await dryRun(...buckets, ...duration);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/^Error: .*2048 characters.*use fewer buckets[^\n]*\n$/);
  }
});

test("names over 64 characters are shortened, and stay different", async () => {
  const user = async (bucket: string) => /user: '([^']*)'/.exec((await dryRun(bucket)).stdout)?.[1] ?? "";
  const names = [await user(`${"a".repeat(60)}-1`), await user(`${"a".repeat(60)}-2`)];
  expect(names.map((name) => name.length)).toEqual([64, 64]);
  expect(names[0]).not.toBe(names[1]);
  expect(names[0]).toMatch(/^s3\.read-write\.a+-[0-9a-f]{10}$/);
});

test("a partition of its own has ARNs of its own", async () => {
  const { stdout } = await dryRun("my-bucket", "--public", "--region", "cn-north-1");
  expect(stdout).not.toContain("arn:aws:");
  expect(stdout).toContain("arn:aws-cn:s3:::my-bucket/*");
  expect(stdout).toContain("arn:aws-cn:iam::aws:policy/AmazonS3FullAccess");
});

test.each([
  [["--read-only", "--write-only"], 2, "together"],
  [["--duration", "13h"], 2, `"13h": give 15 minutes to 12 hours`],
  [["--duration", "15"], 2, `"15": a number without a unit is seconds (15m is minutes); give 15 minutes to 12 hours`],
  [["--format", "yaml"], 2, "yaml"],
  [
    ["--policy", '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": ["*"],}]}'],
    2,
    "comma before the closing }",
  ],
  [["--policy", "/no/such/file.json"], 2, "there is no such file"],
  [["--policy", "{}"], 1, "--policy is refused"],
  [["--policy", '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*"}]}'], 1, "--policy is refused"],
  [
    ["--statement", '{"Effect":"Perhaps","Action":"s3:*","Resource":"*"}'],
    1,
    "--statement is refused at /Statement/Effect",
  ],
  [["--username", "a b"], 2, "--username"],
  [["--user-permissions-boundary", "AmazonS3FullAccess"], 2, "--user-permissions-boundary"],
  [["--policy", "-", "--auth", "-"], 2, "standard input"],
])("%j is refused with one line", async (options, code, named) => {
  const dry = options.includes("--auth") ? [] : ["--dry-run"];
  const outcome = await runCommand(["create", "my-bucket", ...dry, ...options], {
    stdin: '{"AccessKeyId":"A","SecretAccessKey":"B"}',
  });
  expect({ code: outcome.code, stdout: outcome.stdout }).toEqual({ code, stdout: "" });
  expect(outcome.stderr).toMatch(/^Error: [^\n]*\n$/);
  expect(outcome.stderr).toContain(named);
});
