import { CreateRoleCommand, PutRolePolicyCommand, AttachRolePolicyCommand } from "@aws-sdk/client-iam";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cliHere, iam } from "./clients.ts";
import { makeBucket } from "./fixtures.ts";
import type { RunningGateway } from "./gateway.ts";
import { startGatewayHere } from "./gateway-here.ts";

/** The commands around a bucket's configuration, and the list of roles, as their users run them. */
describe("bucket configuration", () => {
  let gateway: RunningGateway;
  beforeAll(async () => {
    gateway = await startGatewayHere();
  });
  afterAll(() => gateway.stop());
  const local = (...args: string[]) => cliHere(gateway, ["--local", ...args]);

  test("CORS: the default rule, and every option", async () => {
    await makeBucket(gateway, "cors-bucket");
    const none = await local("get-cors-policy", "cors-bucket");
    expect(none).toMatchObject({ code: 1, stdout: "" });
    expect(none.stderr).toMatch(/^Error: .*\(NoSuchCORSConfiguration, HTTP 404\)/);
    expect(await local("set-cors-policy", "cors-bucket")).toMatchObject({ code: 0, stdout: "" });
    expect((await local("get-cors-policy", "cors-bucket")).stdout).toBe(`[
    {
        "ID": "set-by-s3-credentials",
        "AllowedMethods": [
            "GET"
        ],
        "AllowedOrigins": [
            "*"
        ]
    }
]
`);
    const words = "-m GET -m PUT -h Authorization -o https://www.example.com -e ETag --max-age-seconds 60".split(" ");
    expect((await local("set-cors-policy", "cors-bucket", ...words)).code).toBe(0);
    expect(JSON.parse((await local("get-cors-policy", "cors-bucket")).stdout)).toEqual([
      {
        ID: "set-by-s3-credentials",
        AllowedHeaders: ["Authorization"],
        AllowedMethods: ["GET", "PUT"],
        AllowedOrigins: ["https://www.example.com"],
        ExposeHeaders: ["ETag"],
        MaxAgeSeconds: 60,
      },
    ]);
    const plan = await local("set-cors-policy", "cors-bucket", "--plan");
    expect(plan.stdout).toMatch(/^Would set the CORS rule of bucket cors-bucket:\n\{\n/);
    expect((await local("get-cors-policy", "cors-bucket")).stdout).toContain("https://www.example.com");
    expect((await local("set-cors-policy", "cors-bucket", "-m", "get")).code).toBe(2);
    expect((await local("set-cors-policy", "no-such-bucket")).stderr).toContain("Bucket does not exist");
  });

  test("policy: what is set is printed back, and what no bucket policy can be is refused", async () => {
    await makeBucket(gateway, "policy-bucket");
    const file = join(gateway.home, "policy.json");
    const policy = {
      Version: "2012-10-17",
      Statement: [
        { Effect: "Deny", Principal: "*", Action: "s3:DeleteObject", Resource: "arn:aws:s3:::policy-bucket/*" },
      ],
    };
    writeFileSync(file, JSON.stringify(policy));
    const set = await local("set-bucket-policy", "policy-bucket", "--policy-file", file);
    expect(set).toMatchObject({ code: 0, stdout: "" });
    expect(set.stderr).toBe(`Policy set:\n${JSON.stringify(policy, null, 4)}\n`);
    const got = await local("get-bucket-policy", "policy-bucket");
    expect(got.stdout).toBe(`${JSON.stringify(policy, null, 4)}\n`);
    writeFileSync(file, JSON.stringify({ ...policy, Statement: [{ ...policy.Statement[0], Principal: undefined }] }));
    const refused = await local("set-bucket-policy", "policy-bucket", "--policy-file", file);
    expect(refused.code).toBe(1);
    expect(refused.stderr.trim().split("\n")).toHaveLength(1);
    expect((await local("get-bucket-policy", "policy-bucket")).stdout).toBe(got.stdout);
    expect((await local("set-bucket-policy", "policy-bucket")).code).toBe(2);
    expect((await local("set-bucket-policy", "policy-bucket", "--allow-all-get", "--policy-file", file)).code).toBe(2);
  });

  test("public access: a bucket is opened to readers, and looked at", async () => {
    await makeBucket(gateway, "open-bucket", ["a.txt"]);
    const read = () => fetch(`${gateway.endpoint}/open-bucket/a.txt`);
    expect((await local("set-bucket-policy", "open-bucket", "--allow-all-get")).stderr).toContain("AccessDenied");
    expect((await local("set-public-access-block", "open-bucket", "--allow-public-access")).code).toBe(0);
    expect((await local("set-bucket-policy", "open-bucket", "--allow-all-get")).code).toBe(0);
    expect((await read()).status).toBe(200);
    const debug = await local("debug-bucket", "open-bucket");
    expect(debug.stdout).toMatch(/^Bucket ACL:\n\{\n {4}"Owner": \{/);
    expect(debug.stdout).toContain(
      'Bucket policy status:\n{\n    "PolicyStatus": {\n        "IsPublic": true\n    }\n}\n',
    );
    expect(debug.stdout).toContain('Bucket public access block:\n{\n    "PublicAccessBlockConfiguration": {\n');
    const words = ["--block-public-acls", "yes", "--restrict-public-buckets", "1"];
    const set = await local("set-public-access-block", "open-bucket", ...words);
    expect(set.stderr).toBe(
      "Set public access block of bucket open-bucket: BlockPublicAcls on, IgnorePublicAcls off, BlockPublicPolicy off, RestrictPublicBuckets on\n",
    );
    expect((await local("get-public-access-block", "open-bucket")).stdout).toBe(`{
    "BlockPublicAcls": true,
    "IgnorePublicAcls": false,
    "BlockPublicPolicy": false,
    "RestrictPublicBuckets": true
}
`);
    expect((await read()).status).toBe(403);
    expect((await local("set-public-access-block", "open-bucket")).code).toBe(2);
    expect((await local("set-public-access-block", "open-bucket", "--block-public-acls", "maybe")).code).toBe(2);
  });

  test("debug-bucket says what cannot be read and goes on", async () => {
    const debug = await local("debug-bucket", "no-such-bucket");
    expect(debug).toMatchObject({ code: 0, stderr: "" });
    expect(debug.stdout.trim().split("\n")).toEqual([
      expect.stringMatching(/^Error checking bucket ACL: .*NoSuchBucket/),
      expect.stringMatching(/^Error checking bucket policy status: .*NoSuchBucket/),
      expect.stringMatching(/^Error checking bucket public access block: .*NoSuchBucket/),
    ]);
  });

  test("list-roles, and with --details every policy with its document", async () => {
    const client = iam(gateway, gateway.admin);
    const trust = {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: { AWS: gateway.accountId }, Action: "sts:AssumeRole" }],
    };
    const RoleName = "reader";
    const inline = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "s3:*", Resource: "*" }] };
    await client.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: JSON.stringify(trust) }));
    await client.send(
      new PutRolePolicyCommand({ RoleName, PolicyName: "all", PolicyDocument: JSON.stringify(inline) }),
    );
    const PolicyArn = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess";
    await client.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
    const [plain] = JSON.parse((await local("list-roles", "reader")).stdout) as [Record<string, unknown>];
    expect(Object.keys(plain)).toEqual([
      "Path",
      "RoleName",
      "RoleId",
      "Arn",
      "CreateDate",
      "AssumeRolePolicyDocument",
      "MaxSessionDuration",
    ]);
    expect(plain["AssumeRolePolicyDocument"]).toMatchObject({ Statement: [{ Action: "sts:AssumeRole" }] });
    const [detailed] = JSON.parse((await local("list-roles", "reader", "--details")).stdout) as [object];
    expect(detailed).toMatchObject({
      ...plain,
      inline_policies: [{ RoleName, PolicyName: "all", PolicyDocument: inline }],
      attached_policies: [
        {
          Arn: PolicyArn,
          PolicyVersion: { IsDefaultVersion: true, Document: { Version: "2012-10-17" } },
        },
      ],
    });
    const csv = await local("list-roles", "--csv");
    expect(csv.stdout.split("\r\n")[0]).toBe(
      "Path,RoleName,RoleId,Arn,CreateDate,AssumeRolePolicyDocument,Description,MaxSessionDuration,PermissionsBoundary,Tags,RoleLastUsed",
    );
    expect((await local("list-roles", "nobody")).stdout).toBe("[]\n");
  });
});
