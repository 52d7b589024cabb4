import {
  DeleteUserCommand,
  DeleteAccessKeyCommand,
  DeleteUserPolicyCommand,
  UpdateAccessKeyCommand,
} from "@aws-sdk/client-iam";
import {
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { AssumeRoleCommand } from "@aws-sdk/client-sts";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cliHere, iam, outcome, python, run, s3, sts } from "./clients.ts";
import { allow, makeBucket, makeUser } from "./fixtures.ts";
import type { Keys, RunningGateway } from "./gateway.ts";
import { startGatewayHere } from "./gateway-here.ts";
import { presignedV2, type RawReply, send } from "./raw.ts";

/** URLs as older clients presign them by themselves: Signature Version 2. */
describe("presigned URLs of Signature Version 2", () => {
  let gateway: RunningGateway;
  beforeAll(async () => {
    gateway = await startGatewayHere();
    await makeBucket(gateway, "urls", ["a.txt", "b.txt"]);
  });
  afterAll(() => gateway.stop());

  const admin = () => s3(gateway, gateway.admin);
  const open = (keys: Keys, path = "/urls/a.txt", signed: Record<string, string> = {}, method = "GET") =>
    send(gateway, { method, path, query: presignedV2(keys, { method, path, signed }) });
  async function session(keys: Keys): Promise<Keys> {
    const { Credentials } = await sts(gateway, keys).send(
      new AssumeRoleCommand({
        RoleArn: undefined,
        RoleSessionName: "v2",
        Policy: JSON.stringify(allow("s3:*", "arn:aws:s3:::urls/*")),
      }),
    );
    return {
      accessKeyId: Credentials?.AccessKeyId ?? "",
      secretAccessKey: Credentials?.SecretAccessKey ?? "",
      sessionToken: Credentials?.SessionToken ?? "",
    };
  }

  test("boto3 without a setting: read, write, delete, versions, parts, copies, keys of every kind", async () => {
    const source = `
import base64, boto3, hashlib, http.client, os, urllib.parse
s3 = boto3.client("s3", endpoint_url=os.environ["ENDPOINT"])
def send(operation, data=None, headers={}, **params):
    url = s3.generate_presigned_url(operation, Params=dict(Bucket="urls", **params))
    assert "AWSAccessKeyId=" in url and "X-Amz-" not in url, url
    method = s3.meta.service_model.operation_model(s3.meta.method_to_api_mapping[operation]).http["method"]
    target = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(target.netloc)
    connection.request(method, target.path + "?" + target.query, body=data, headers=headers)
    answer = connection.getresponse()
    answer.body = answer.read()
    return answer
def done(*args, **more):
    answer = send(*args, **more)
    assert answer.status < 300, (args, more, answer.status, answer.body)
    return answer
def refused(*args, **more):
    return send(*args, **more).status
for key in ["plain", "sp ace/ü+%~'()*.txt", "a+b", "a%2Fb", "//double//", "語/😀", "q?a=b&c;d", "dot/../up", "~tilde~", "=&:@$,!"]:
    done("put_object", b"body of " + key.encode(), Key=key)
    assert s3.get_object(Bucket="urls", Key=key)["Body"].read() == b"body of " + key.encode(), key
    assert done("get_object", Key=key).body == b"body of " + key.encode(), key
    assert done("head_object", Key=key).headers["content-length"] == str(len(b"body of " + key.encode())), key
    done("delete_object", Key=key)
    assert refused("get_object", Key=key) == 404, key

name = 'attachment; filename="café & tea+100%.txt"'
done("put_object", b"x", Key="over")
read = done("get_object", Key="over", ResponseContentDisposition=name, ResponseContentType="text/plain; charset=utf-8", ResponseCacheControl="no-cache")
assert read.headers["content-disposition"].encode("latin-1").decode() == name, read.headers
assert (read.headers["content-type"], read.headers["cache-control"]) == ("text/plain; charset=utf-8", "no-cache")

done("put_object", b"<p>", {"Content-Type": "text/html"}, Key="meta", ContentType="text/html", Metadata={"colour": "light blue", "n": "1"})
head = s3.head_object(Bucket="urls", Key="meta")
assert (head["ContentType"], head["Metadata"]) == ("text/html", {"colour": "light blue", "n": "1"}), head
assert refused("put_object", b"<p>", Key="meta", ContentType="text/html") == 403
assert refused("put_object", b"<p>", {"Content-Type": "text/plain"}, Key="meta", ContentType="text/html") == 403
assert refused("put_object", b"<p>", {"Content-Type": "text/html", "x-amz-meta-n": "2"}, Key="meta", ContentType="text/html", Metadata={"n": "1"}) == 400

md5 = base64.b64encode(hashlib.md5(b"sum").digest()).decode()
done("put_object", b"sum", {"Content-MD5": md5}, Key="md5", ContentMD5=md5)
assert refused("put_object", b"other", {"Content-MD5": md5}, Key="md5", ContentMD5=md5) == 400

upload = s3.create_multipart_upload(Bucket="urls", Key="parts")["UploadId"]
tag = done("upload_part", b"part", Key="parts", UploadId=upload, PartNumber=1).headers["etag"]
assert tag in done("list_parts", Key="parts", UploadId=upload).body.decode().replace("&quot;", '"')
assert refused("list_parts", Key="parts", UploadId=upload, MaxParts=1) == 400
s3.complete_multipart_upload(Bucket="urls", Key="parts", UploadId=upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": tag}]})
upload = s3.create_multipart_upload(Bucket="urls", Key="parts")["UploadId"]
done("abort_multipart_upload", Key="parts", UploadId=upload)
done("copy_object", Key="copied", CopySource="urls/parts")
assert s3.get_object(Bucket="urls", Key="copied")["Body"].read() == b"part"

# What the signature does not cover, or what is refused by name when it is asked in a header.
assert refused("get_object_tagging", Key="parts") == 400
assert refused("create_multipart_upload", Key="parts") == 400
assert refused("list_objects_v2") == 400
done("put_object", b"x", Key="tagged", Tagging="a=b")
assert s3.get_object_tagging(Bucket="urls", Key="tagged")["TagSet"] == [{"Key": "a", "Value": "b"}]
assert refused("put_object", b"x", Key="secret", SSECustomerAlgorithm="AES256", SSECustomerKey="k" * 32) == 400
assert refused("put_object", b"x", {"x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER"}, Key="streamed") == 400
print("ok")
`;
    const ended = await python(gateway, source, { keys: gateway.admin });
    expect(ended.stderr).toBe("");
    expect(ended.stdout.trim()).toBe("ok");
    for (const Key of ["secret", "streamed"])
      expect(await outcome(admin().send(new HeadObjectCommand({ Bucket: "urls", Key })))).toBe("NotFound");
  });

  test("boto3 with a session's keys: the token is in the URL, and the URL is the session's", async () => {
    const source = `
import boto3, os, urllib.request
s3 = boto3.client("s3", endpoint_url=os.environ["ENDPOINT"])
url = s3.generate_presigned_url("get_object", Params={"Bucket": "urls", "Key": "a.txt"})
assert "AWSAccessKeyId=ASIA" in url and "x-amz-security-token=" in url, url
print(urllib.request.urlopen(url).read().decode())
`;
    const ended = await python(gateway, source, { keys: await session(gateway.admin) });
    expect(ended.stderr).toBe("");
    expect(ended.stdout.trim()).toBe("a.txt");
  });

  test("boto3 with the bucket in the host name, opened by curl", async () => {
    const source = `
import boto3, os
from botocore.config import Config
s3 = boto3.client("s3", endpoint_url=os.environ["ENDPOINT"].replace("127.0.0.1", "localhost"), config=Config(s3={"addressing_style": "virtual"}))
for key in ["a.txt", "sp ace+ü//x"]:
    print(s3.generate_presigned_url("put_object", Params={"Bucket": "urls", "Key": "host/" + key}))
    print(s3.generate_presigned_url("get_object", Params={"Bucket": "urls", "Key": "host/" + key, "ResponseContentType": "text/x-y"}))
`;
    const { stdout } = await python(gateway, source, { keys: gateway.admin });
    const urls = stdout.trim().split("\n");
    expect(urls).toHaveLength(4);
    for (const [at, url] of urls.entries()) {
      expect(url).toMatch(/^http:\/\/urls\.localhost:\d+\/host\/.*AWSAccessKeyId=/);
      const upload = at % 2 === 0 ? ["-X", "PUT", "-H", "Content-Type:", "--data-binary", "by host"] : ["-i"];
      const resolve = ["--resolve", `urls.localhost:${gateway.port}:127.0.0.1`];
      const ended = await run(gateway, "/usr/bin/curl", ["-s", "-f", ...resolve, ...upload, url]);
      expect(ended.code).toBe(0);
      if (at % 2 === 1) expect(ended.stdout).toMatch(/content-type: text\/x-y[^]*by host$/i);
    }
  });

  test("s3cmd signurl", async () => {
    const key = "s3cmd/ü a+b&c.txt";
    await admin().send(new PutObjectCommand({ Bucket: "urls", Key: key, Body: "by s3cmd" }));
    const file = join(gateway.home, "s3cfg");
    const { accessKeyId, secretAccessKey } = gateway.admin;
    const host = `127.0.0.1:${gateway.port}`;
    const settings = { access_key: accessKeyId, secret_key: secretAccessKey, host_base: host, host_bucket: host };
    const lines = Object.entries({ ...settings, use_https: "False", signurl_use_https: "False" });
    writeFileSync(file, `[default]\n${lines.map(([name, value]) => `${name} = ${value}\n`).join("")}`);
    const s3cmd = (...args: string[]) => run(gateway, "/usr/bin/s3cmd", ["-c", file, ...args]);
    for (const more of [[], ["--content-disposition=attachment; filename=a b.txt", "--content-type=text/x-y"]]) {
      const signed = await s3cmd("signurl", `s3://urls/${key}`, "+600", ...more);
      const url = signed.stdout.trim();
      expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/urls\/.*AWSAccessKeyId=/);
      const read = await run(gateway, "/usr/bin/curl", ["-s", "-f", "-i", url]);
      expect(read.stdout).toMatch(/by s3cmd$/);
      if (more.length > 0) expect(read.stdout).toMatch(/content-disposition: attachment; filename=a b\.txt/i);
    }
    const far = (await s3cmd("signurl", `s3://urls/${key}`, `+${8 * 86_400}`)).stdout.trim();
    expect((await run(gateway, "/usr/bin/curl", ["-s", far])).stdout).toContain("at most seven days");
    // Its requests signed in the header say which setting helps.
    const listed = await s3cmd("--signature-v2", "ls", "s3://urls");
    expect(listed.code).not.toBe(0);
    expect(listed.stderr).toContain("signature_v2 = False");
  });

  test("a version needs the Version action, the null version too", async () => {
    await makeBucket(gateway, "url-versions", ["a.txt"]);
    await admin().send(
      new PutBucketVersioningCommand({ Bucket: "url-versions", VersioningConfiguration: { Status: "Enabled" } }),
    );
    const { VersionId } = await admin().send(
      new PutObjectCommand({ Bucket: "url-versions", Key: "a.txt", Body: "new" }),
    );
    const resource = "arn:aws:s3:::url-versions/*";
    const plain = await makeUser(gateway, "url-plain", {
      policy: allow(["s3:GetObject", "s3:DeleteObject"], resource),
    });
    const whole = await makeUser(gateway, "url-whole", { policy: allow("s3:GetObjectVersion", resource) });
    const path = "/url-versions/a.txt";
    expect((await open(plain.keys, path)).status).toBe(200);
    for (const versionId of [VersionId ?? "", "null"]) {
      expect((await open(plain.keys, path, { versionId })).status).toBe(403);
      expect((await open(plain.keys, path, { versionId }, "HEAD")).status).toBe(403);
      expect((await open(plain.keys, path, { versionId }, "DELETE")).status).toBe(403);
      const read = await open(whole.keys, path, { versionId });
      expect([read.status, read.body]).toEqual([200, versionId === "null" ? "a.txt" : "new"]);
      // A version added to a URL that was signed without one.
      const query = `${presignedV2(whole.keys, { path })}&versionId=${versionId}`;
      expect(await send(gateway, { path, query })).toMatchObject({ status: 403, code: "SignatureDoesNotMatch" });
      const escaped = `${presignedV2(plain.keys, { path })}&version%49d=${versionId}`;
      expect(await send(gateway, { path, query: escaped })).toMatchObject({
        status: 403,
        code: "SignatureDoesNotMatch",
      });
    }
  });

  test("a URL ends with its key, its user, its session", async () => {
    const refusal = ({ status, code }: RawReply) => ({ status, code });
    const unknown = { status: 403, code: "InvalidAccessKeyId" };
    const reader = await makeUser(gateway, "url-reader", { policy: allow("s3:GetObject", "arn:aws:s3:::urls/*") });
    const client = iam(gateway, gateway.admin);
    const key = { UserName: "url-reader", AccessKeyId: reader.keys.accessKeyId };
    const own = await session(reader.keys);
    expect([(await open(reader.keys)).status, (await open(own)).status]).toEqual([200, 200]);
    await client.send(new UpdateAccessKeyCommand({ ...key, Status: "Inactive" }));
    expect(refusal(await open(reader.keys))).toEqual(unknown);
    await client.send(new UpdateAccessKeyCommand({ ...key, Status: "Active" }));
    expect((await open(reader.keys)).status).toBe(200);
    await client.send(new DeleteAccessKeyCommand(key));
    await client.send(new DeleteUserPolicyCommand({ UserName: "url-reader", PolicyName: "inline" }));
    expect(refusal(await open(reader.keys))).toEqual(unknown);
    await client.send(new DeleteUserCommand({ UserName: "url-reader" }));
    expect((await open(own)).status).toBe(403);

    const made = await cliHere(gateway, [
      "--local",
      "create",
      "urls",
      "--duration",
      "15m",
      "--read-only",
      "--format",
      "json",
    ]);
    expect(made.stderr).not.toContain("Error");
    const { AccessKeyId, SecretAccessKey, SessionToken } = JSON.parse(made.stdout) as Record<string, string>;
    const role: Keys = {
      accessKeyId: AccessKeyId ?? "",
      secretAccessKey: SecretAccessKey ?? "",
      sessionToken: SessionToken ?? "",
    };
    expect((await open(role)).body).toBe("a.txt");
    expect((await open({ ...role, sessionToken: own.sessionToken ?? "" })).status).toBeGreaterThanOrEqual(400);
    const { accessKeyId, secretAccessKey } = role;
    expect((await open({ accessKeyId, secretAccessKey })).status).toBe(403);
    const revoked = await cliHere(gateway, ["--local", "revoke", "--role", "s3-credentials.AmazonS3FullAccess"]);
    expect(revoked.code).toBe(0);
    expect(await open(role)).toMatchObject({ status: 403, code: "AccessDenied" });
  });

  test("a bucket policy can refuse Signature Version 2", async () => {
    await makeBucket(gateway, "only-v4", ["a.txt"]);
    const Policy = JSON.stringify({
      Version: "2012-10-17",
      Statement: {
        Effect: "Deny",
        Principal: "*",
        Action: "s3:*",
        Resource: "arn:aws:s3:::only-v4/*",
        Condition: { StringEquals: { "s3:signatureversion": "AWS" } },
      },
    });
    expect((await open(gateway.admin, "/only-v4/a.txt")).status).toBe(200);
    await admin().send(new PutBucketPolicyCommand({ Bucket: "only-v4", Policy }));
    expect(await open(gateway.admin, "/only-v4/a.txt")).toMatchObject({ status: 403, code: "AccessDenied" });
    expect(await outcome(admin().send(new GetObjectCommand({ Bucket: "only-v4", Key: "a.txt" })))).toBe("allowed");
  });

  test("parts are uploaded, listed and aborted only by those who may", async () => {
    const writer = await makeUser(gateway, "url-writer", { policy: allow("s3:PutObject", "arn:aws:s3:::urls/in/*") });
    const { UploadId = "" } = await admin().send(new CreateMultipartUploadCommand({ Bucket: "urls", Key: "in/x" }));
    const path = "/urls/in/x";
    const sent = await open(writer.keys, path, { partNumber: "1", uploadId: UploadId }, "PUT");
    expect(sent.status).toBe(200);
    expect((await open(writer.keys, path, { uploadId: UploadId })).status).toBe(403);
    expect((await open(writer.keys, path, { uploadId: UploadId }, "DELETE")).status).toBe(403);
    expect((await open(writer.keys, "/urls/out/x", { partNumber: "1", uploadId: UploadId }, "PUT")).status).toBe(403);
  });
});

test.each(["--no-sigv2", "--strict-region"])("serve %s takes none, and says which setting helps", async (option) => {
  const gateway = await startGatewayHere({ args: [option] });
  try {
    await makeBucket(gateway, "urls", ["a.txt"]);
    const path = "/urls/a.txt";
    const reply = await send(gateway, { path, query: presignedV2(gateway.admin, { path }) });
    expect(reply).toMatchObject({ status: 400, code: "InvalidRequest" });
    expect(reply.body).toContain("signature_version = s3v4");
  } finally {
    await gateway.stop();
  }
});
