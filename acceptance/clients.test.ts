import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { HeadObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { aws, python, run, s3 } from "./clients.ts";
import { makeBucket } from "./fixtures.ts";
import { type RunningGateway, startGateway } from "./gateway.ts";

/** The clients people have, as Debian ships them: AWS CLI, boto3, curl. */
describe("other clients", () => {
  let gateway: RunningGateway;
  beforeAll(async () => {
    gateway = await startGateway();
    await makeBucket(gateway, "clients-bucket", ["a.txt", "dir/b.txt", "dir/c.txt"]);
  });
  afterAll(() => gateway.stop());

  const asAdmin = (...args: string[]) => aws(gateway, args, { keys: gateway.admin });

  test("aws s3: copy up and down, list, multipart, remove", { timeout: 120_000 }, async () => {
    const folder = join(gateway.home, "aws-cli");
    mkdirSync(folder);
    const big = Buffer.alloc(20 * 1024 * 1024, "0123456789abcdef");
    writeFileSync(join(folder, "big.bin"), big);
    expect((await asAdmin("s3", "cp", join(folder, "big.bin"), "s3://clients-bucket/big.bin")).code).toBe(0);
    expect((await asAdmin("s3", "cp", "s3://clients-bucket/big.bin", join(folder, "back.bin"))).code).toBe(0);
    expect(readFileSync(join(folder, "back.bin")).equals(big)).toBe(true);
    const head = JSON.parse(
      (await asAdmin("s3api", "head-object", "--bucket", "clients-bucket", "--key", "big.bin")).stdout,
    ) as { ETag: string };
    expect(head.ETag).toMatch(/^"[0-9a-f]{32}-3"$/);
    const listed = await asAdmin("s3", "ls", "s3://clients-bucket/");
    expect(listed.stdout).toContain("PRE dir/");
    expect((await asAdmin("s3", "cp", "s3://clients-bucket/big.bin", "s3://clients-bucket/copy.bin")).code).toBe(0);
    expect(
      (await asAdmin("s3", "rm", "--recursive", "s3://clients-bucket/", "--exclude", "*", "--include", "*.bin")).code,
    ).toBe(0);
    expect((await asAdmin("s3", "ls", "s3://clients-bucket/")).stdout).not.toContain("big.bin");
  });

  test("aws iam and sts: a user, a role, an assumed session", { timeout: 120_000 }, async () => {
    const made = await asAdmin("iam", "create-user", "--user-name", "cli-user", "--path", "/team/");
    expect(JSON.parse(made.stdout)).toMatchObject({
      User: { Arn: `arn:aws:iam::${gateway.accountId}:user/team/cli-user`, Path: "/team/" },
    });
    const trust = {
      Version: "2012-10-17",
      Statement: { Effect: "Allow", Principal: { AWS: gateway.accountId }, Action: "sts:AssumeRole" },
    };
    await asAdmin(
      "iam",
      "create-role",
      "--role-name",
      "cli-role",
      "--assume-role-policy-document",
      JSON.stringify(trust),
    );
    await asAdmin(
      "iam",
      "attach-role-policy",
      "--role-name",
      "cli-role",
      "--policy-arn",
      "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess",
    );
    const attached = await asAdmin("iam", "list-attached-role-policies", "--role-name", "cli-role");
    expect(JSON.parse(attached.stdout)).toMatchObject({ AttachedPolicies: [{ PolicyName: "AmazonS3ReadOnlyAccess" }] });
    const role = `arn:aws:iam::${gateway.accountId}:role/cli-role`;
    const assumed = await asAdmin("sts", "assume-role", "--role-arn", role, "--role-session-name", "cli");
    const { Credentials } = JSON.parse(assumed.stdout) as {
      Credentials: Record<"AccessKeyId" | "SecretAccessKey" | "SessionToken", string>;
    };
    const keys = {
      accessKeyId: Credentials.AccessKeyId,
      secretAccessKey: Credentials.SecretAccessKey,
      sessionToken: Credentials.SessionToken,
    };
    expect((await aws(gateway, ["s3", "ls", "s3://clients-bucket/"], { keys })).code).toBe(0);
    const refused = await aws(gateway, ["s3", "rm", "s3://clients-bucket/a.txt"], { keys });
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain("AccessDenied");
    expect(refused.stderr).toContain(
      `${role.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/")}/cli is not authorized to perform: s3:DeleteObject`,
    );
  });

  test("boto3: presigned, multipart, versions, pagination", { timeout: 120_000 }, async () => {
    const source = `
import boto3, io, json, os, urllib.request
from botocore.client import Config
from botocore.exceptions import ClientError
kw = dict(endpoint_url=os.environ["ENDPOINT"], region_name="us-east-1", config=Config(signature_version="s3v4", s3={"addressing_style": "path"}))
s3 = boto3.client("s3", **kw)
s3.create_bucket(Bucket="boto-bucket")
s3.put_bucket_versioning(Bucket="boto-bucket", VersioningConfiguration={"Status": "Enabled"})
key = "sp ace/ü+%~'()*.txt"
one = s3.put_object(Bucket="boto-bucket", Key=key, Body=b"one", Metadata={"colour": "blue"})
two = s3.put_object(Bucket="boto-bucket", Key=key, Body=b"two")
url = s3.generate_presigned_url("get_object", Params={"Bucket": "boto-bucket", "Key": key, "VersionId": one["VersionId"]})
assert urllib.request.urlopen(url).read() == b"one"
put = s3.generate_presigned_url("put_object", Params={"Bucket": "boto-bucket", "Key": "presigned"})
urllib.request.urlopen(urllib.request.Request(put, data=b"sent", method="PUT"))
assert s3.get_object(Bucket="boto-bucket", Key="presigned")["Body"].read() == b"sent"
assert s3.head_object(Bucket="boto-bucket", Key=key, VersionId=one["VersionId"])["Metadata"] == {"colour": "blue"}
s3.upload_fileobj(io.BytesIO(b"x" * (9 * 1024 * 1024)), "boto-bucket", "nine", Config=boto3.s3.transfer.TransferConfig(multipart_threshold=5 * 1024 * 1024, multipart_chunksize=5 * 1024 * 1024))
assert s3.get_object(Bucket="boto-bucket", Key="nine", Range="bytes=5242879-5242880")["Body"].read() == b"xx"
s3.delete_object(Bucket="boto-bucket", Key=key)
try:
    s3.get_object(Bucket="boto-bucket", Key=key)
    raise SystemExit("a deleted object was read")
except ClientError as error:
    assert error.response["Error"]["Code"] == "NoSuchKey", error
versions = s3.list_object_versions(Bucket="boto-bucket", Prefix="sp ace/")
assert [v["VersionId"] for v in versions["Versions"]] == [two["VersionId"], one["VersionId"]], versions
assert len(versions["DeleteMarkers"]) == 1
for n in range(7):
    s3.put_object(Bucket="boto-bucket", Key=f"page/{n}", Body=b"")
pages = list(s3.get_paginator("list_objects_v2").paginate(Bucket="boto-bucket", Prefix="page/", PaginationConfig={"PageSize": 3}))
assert [len(p["Contents"]) for p in pages] == [3, 3, 1]
print(json.dumps(s3.delete_objects(Bucket="boto-bucket", Delete={"Objects": [{"Key": f"page/{n}"} for n in range(7)], "Quiet": True}).get("Errors", [])))
`;
    const ended = await python(gateway, source, { keys: gateway.admin });
    expect(ended.stderr).toBe("");
    expect(ended.stdout.trim()).toBe("[]");
  });

  test("curl: an anonymous request is refused, with the reason as XML", async () => {
    const refused = await run(gateway, "/usr/bin/curl", [
      "-s",
      "-w",
      "%{http_code}",
      `${gateway.endpoint}/clients-bucket/a.txt`,
    ]);
    expect(refused.stdout).toMatch(/<Error><Code>AccessDenied<\/Code>.*403$/s);
  });

  test("curl signs as the gateway does", async () => {
    const { accessKeyId, secretAccessKey } = gateway.admin;
    const signed = [
      "-s",
      "--aws-sigv4",
      "aws:amz:us-east-1:s3",
      "--user",
      `${accessKeyId}:${secretAccessKey}`,
      "-H",
      "x-amz-content-sha256: UNSIGNED-PAYLOAD",
    ];
    const read = await run(gateway, "/usr/bin/curl", [...signed, `${gateway.endpoint}/clients-bucket/a.txt`]);
    expect(read.stdout).toBe("a.txt");
  });

  test("headers beyond ASCII: boto3, curl and the SDK sign them, and every byte comes back", async () => {
    const { accessKeyId, secretAccessKey } = gateway.admin;
    const script = `
import boto3, os, urllib.request
from botocore.config import Config
s3 = boto3.client("s3", endpoint_url=os.environ["ENDPOINT"])
name = 'attachment; filename="café à la carte, voilà"'
s3.put_object(Bucket="clients-bucket", Key="boto", Body=b"x", ContentDisposition=name)
raw = lambda answer: answer["ContentDisposition"].encode("latin-1").decode("utf-8")
assert raw(s3.head_object(Bucket="clients-bucket", Key="boto")) == name
assert raw(s3.get_object(Bucket="clients-bucket", Key="boto")) == name
s3.copy_object(Bucket="clients-bucket", Key="copy", CopySource="clients-bucket/boto")
assert raw(s3.head_object(Bucket="clients-bucket", Key="copy")) == name
presigner = boto3.client("s3", endpoint_url=os.environ["ENDPOINT"], config=Config(signature_version="s3v4"))
url = presigner.generate_presigned_url("get_object", Params={"Bucket": "clients-bucket", "Key": "boto", "ResponseContentDisposition": name})
assert urllib.request.urlopen(url).headers["content-disposition"].encode("latin-1").decode("utf-8") == name
print("ok")
`;
    const boto = await python(gateway, script, { keys: gateway.admin });
    expect(boto.stderr).toBe("");
    expect(boto.stdout.trim()).toBe("ok");

    const curl = (...args: readonly string[]) =>
      run(gateway, "/usr/bin/curl", [
        "-s",
        "-i",
        "--aws-sigv4",
        "aws:amz:us-east-1:s3",
        "--user",
        `${accessKeyId}:${secretAccessKey}`,
        "-H",
        "x-amz-content-sha256: UNSIGNED-PAYLOAD",
        ...args,
      ]);
    const url = `${gateway.endpoint}/clients-bucket/curl`;
    const headers = ["-H", "content-disposition: café", "-H", "x-amz-meta-name: voilà"];
    expect((await curl(...headers, "-X", "PUT", "--data-binary", "x", url)).stdout).toContain("200 OK");
    for (const verb of [[], ["-I"]]) {
      const { stdout } = await curl(...verb, url);
      expect(stdout).toContain("content-disposition: café\r\n");
      expect(stdout).toContain("x-amz-meta-name: voilà\r\n");
    }

    // A text body goes out in one piece with the head, in UTF-8; bytes after a head in ISO 8859-1.
    const client = s3(gateway, gateway.admin);
    const place = { Bucket: "clients-bucket", Key: "sdk" };
    for (const [body, encoding] of [
      ["x", "utf8"],
      [Buffer.from("x"), "latin1"],
    ] as const) {
      await client.send(new PutObjectCommand({ ...place, Body: body, Metadata: { name: "café" } }));
      const { Metadata } = await client.send(new HeadObjectCommand(place));
      expect(Buffer.from(Metadata?.["name"] ?? "", "latin1").toString(encoding)).toBe("café");
    }
  });

  test("a bucket in the host name", async () => {
    const url = `http://clients-bucket.localhost:${gateway.port}/a.txt`;
    const resolve = ["--resolve", `clients-bucket.localhost:${gateway.port}:127.0.0.1`];
    const { accessKeyId, secretAccessKey } = gateway.admin;
    const signed = [
      "-s",
      "--aws-sigv4",
      "aws:amz:us-east-1:s3",
      "--user",
      `${accessKeyId}:${secretAccessKey}`,
      "-H",
      "x-amz-content-sha256: UNSIGNED-PAYLOAD",
    ];
    expect((await run(gateway, "/usr/bin/curl", [...resolve, ...signed, url])).stdout).toBe("a.txt");
  });
});
