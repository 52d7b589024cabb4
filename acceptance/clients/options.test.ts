import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { useCertificate } from "../../packages/gateway/test/self-signed.ts";
import { aws, documentedSettings, output, python, run } from "../clients.ts";
import type { RunningGateway } from "../gateway.ts";
import { startGatewayHere } from "../gateway-here.ts";

/** What clients ask beside the bytes of an object: encryption, tags, ACLs. Over TLS, without which nobody may send a key. */
describe("options of everyday clients", { timeout: 120_000 }, () => {
  const certificate = useCertificate();
  /** A customer's key, and one of the gateway. */
  const customerKey = randomBytes(32);
  let gateway: RunningGateway;
  let arn: string;
  const bytes = Buffer.alloc(9 * 1024 * 1024, "not only one part");

  beforeAll(async () => {
    const kms = `${certificate.key}.kms`;
    writeFileSync(kms, randomBytes(32), { mode: 0o600 });
    gateway = await startGatewayHere({ args: [...certificate.options, "--kms-key", `photos=${kms}`] });
    const { home } = gateway;
    writeFileSync(join(home, "customer.key"), customerKey);
    writeFileSync(join(home, "big.bin"), bytes);
    writeFileSync(join(home, "a.txt"), "a");
    const settings = (client: string): string => documentedSettings(gateway, client).replace("http:", "https:");
    mkdirSync(join(home, ".config/rclone"), { recursive: true });
    writeFileSync(join(home, ".config/rclone/rclone.conf"), settings("rclone"));
    const s3cfg = settings("s3cmd").replace(
      "use_https = False",
      `use_https = True\nca_certs_file = ${certificate.cert}`,
    );
    writeFileSync(join(home, ".s3cfg"), `[default]\n${s3cfg}`);
    await s3api("create-bucket", "--bucket", "kept", "--object-ownership", "ObjectWriter");
    await s3api("delete-public-access-block", "--bucket", "kept");
    const put = ["--key", "by-kms", "--server-side-encryption", "aws:kms", "--ssekms-key-id", "alias/photos"];
    ({ SSEKMSKeyId: arn = "" } = await s3api("put-object", "--bucket", "kept", ...put));
  });
  afterAll(() => gateway.stop());

  const options = () => ({ keys: gateway.admin, cwd: gateway.home, env: { AWS_CA_BUNDLE: certificate.cert } });
  const s3 = (...args: string[]) => output(aws(gateway, ["s3", ...args], options()));
  async function s3api(...args: string[]) {
    const text = await output(aws(gateway, ["s3api", ...args], options()));
    return JSON.parse(text === "" ? "{}" : text) as { readonly [name: string]: string };
  }
  const head = (key: string, ...more: string[]) => s3api("head-object", "--bucket", "kept", "--key", key, ...more);
  const withKey = ["--sse-customer-algorithm", "AES256", "--sse-customer-key", "fileb://customer.key"];
  const grantsOf = async (key: string): Promise<readonly unknown[]> => {
    const { Grants } = await s3api("get-object-acl", "--bucket", "kept", "--key", key);
    return (Grants as unknown as readonly { Grantee: { URI?: string }; Permission: string }[]).map(
      ({ Grantee: { URI }, Permission }) => `${URI?.replace(/.*\//, "") ?? "somebody"} ${Permission}`,
    );
  };
  const tagsOf = async (key: string) =>
    (await s3api("get-object-tagging", "--bucket", "kept", "--key", key))["TagSet"] as unknown;
  const anonymous = async (key: string): Promise<string> =>
    output(run(gateway, "/usr/bin/curl", ["-s", "--cacert", certificate.cert, `${gateway.endpoint}/kept/${key}`]));

  test("AWS CLI: a customer's key in parts, copied to another key and to none; keys of the gateway; ACLs", async () => {
    const own = ["--sse-c", "AES256", "--sse-c-key", "fileb://customer.key"];
    await s3("cp", "big.bin", "s3://kept/aws/big", ...own, "--storage-class", "STANDARD_IA");
    expect(await head("aws/big", ...withKey)).toMatchObject({
      SSECustomerAlgorithm: "AES256",
      StorageClass: "STANDARD_IA",
    });
    const without = await aws(gateway, ["s3", "cp", "s3://kept/aws/big", "-"], options());
    expect(without.stderr).toMatch(/400|Bad Request/);
    const copied = ["--sse-c-copy-source", "AES256", "--sse-c-copy-source-key", "fileb://customer.key"];
    await s3("cp", "s3://kept/aws/big", "s3://kept/aws/copy", ...copied, "--sse", "aws:kms", "--sse-kms-key-id", arn);
    expect(await head("aws/copy")).toMatchObject({ ServerSideEncryption: "aws:kms", SSEKMSKeyId: arn });
    await s3("cp", "s3://kept/aws/copy", "back.bin");
    expect(readFileSync(join(gateway.home, "back.bin")).equals(bytes)).toBe(true);

    const everybody = "uri=http://acs.amazonaws.com/groups/global/AllUsers";
    await s3("cp", "a.txt", "s3://kept/aws/granted", "--grants", `read=${everybody}`);
    expect(await grantsOf("aws/granted")).toEqual(["AllUsers READ"]);
    await s3("cp", "a.txt", "s3://kept/aws/public", "--acl", "public-read");
    expect(await anonymous("aws/public")).toBe("a");
    await s3("cp", "s3://kept/aws/public", "s3://kept/aws/private");
    expect(await anonymous("aws/private")).toContain("<Code>AccessDenied</Code>");
  });

  test("rclone: a customer's key in parts, an ACL, and tags by a header", async () => {
    const rclone = (...args: string[]) =>
      output(run(gateway, "/usr/bin/rclone", ["--ca-cert", certificate.cert, ...args], { ...options(), env: {} }));
    const own = ["--s3-sse-customer-algorithm", "AES256", "--s3-sse-customer-key", "0123456789abcdef0123456789abcdef"];
    await rclone(...own, "copyto", "--s3-upload-cutoff", "5M", "big.bin", "gateway:kept/rclone/big");
    await rclone(...own, "copyto", "gateway:kept/rclone/big", "rclone.bin");
    expect(readFileSync(join(gateway.home, "rclone.bin")).equals(bytes)).toBe(true);
    // Without the first option it makes the bucket once more, with the same ACL, which a new bucket does not allow.
    await rclone("--s3-no-check-bucket", "--s3-acl", "public-read", "copyto", "a.txt", "gateway:kept/rclone/public");
    expect(await anonymous("rclone/public")).toBe("a");
    await rclone("--header-upload", "x-amz-tagging: team=red", "copyto", "a.txt", "gateway:kept/rclone/tagged");
    expect(await tagsOf("rclone/tagged")).toEqual([{ Key: "team", Value: "red" }]);
  });

  test("s3cmd: a key of the gateway, tags by a header, an ACL", async () => {
    const s3cmd = (...args: string[]) => output(run(gateway, "/usr/bin/s3cmd", args, options()));
    const asked = [`--server-side-encryption-kms-id=${arn}`, "--add-header=x-amz-tagging:team=red&cost=7"];
    await s3cmd("put", "--server-side-encryption", ...asked, "--acl-public", "a.txt", "s3://kept/s3cmd");
    expect(await head("s3cmd")).toMatchObject({ ServerSideEncryption: "aws:kms", SSEKMSKeyId: arn });
    expect(await tagsOf("s3cmd")).toEqual([
      { Key: "team", Value: "red" },
      { Key: "cost", Value: "7" },
    ]);
    expect(await grantsOf("s3cmd")).toContain("AllUsers READ");
  });

  test("boto3: a customer's key in parts and in a copy, tags, grants, and all of it in a form", async () => {
    const source = `
import io, os, urllib.request
import boto3
from botocore.config import Config
from urllib3.filepost import encode_multipart_formdata
s3 = boto3.client("s3", endpoint_url=os.environ["ENDPOINT"], config=Config(signature_version="s3v4"))
own = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": open("customer.key", "rb").read()}
s3.upload_file("big.bin", "kept", "boto/big", ExtraArgs={**own, "Tagging": "team=red"})
back = io.BytesIO()
s3.download_fileobj("kept", "boto/big", back, ExtraArgs=own)
assert back.getvalue() == open("big.bin", "rb").read()
assert s3.get_object_tagging(Bucket="kept", Key="boto/big")["TagSet"] == [{"Key": "team", "Value": "red"}]
of_source = {"CopySource" + name: value for name, value in own.items()}
s3.copy_object(Bucket="kept", Key="boto/copy", CopySource="kept/boto/big", **of_source, ServerSideEncryption="AES256", Tagging="team=blue", TaggingDirective="REPLACE", GrantRead='uri="http://acs.amazonaws.com/groups/global/AllUsers"')
head = s3.head_object(Bucket="kept", Key="boto/copy")
assert (head["ServerSideEncryption"], head["ContentLength"]) == ("AES256", ${bytes.length}), head
assert s3.get_object_tagging(Bucket="kept", Key="boto/copy")["TagSet"] == [{"Key": "team", "Value": "blue"}]
fields = {"acl": "public-read", "x-amz-server-side-encryption": "aws:kms", "x-amz-server-side-encryption-aws-kms-key-id": "${arn}", "x-amz-storage-class": "STANDARD_IA", "tagging": "<Tagging><TagSet><Tag><Key>by</Key><Value>form</Value></Tag></TagSet></Tagging>"}
post = s3.generate_presigned_post("kept", "boto/form", Fields=dict(fields), Conditions=[{name: value} for name, value in fields.items()])
body, type = encode_multipart_formdata([*post["fields"].items(), ("file", ("a.txt", b"sent", "text/plain"))])
import ssl
request = urllib.request.Request(post["url"], data=body, method="POST", headers={"Content-Type": type})
urllib.request.urlopen(request, context=ssl.create_default_context(cafile=os.environ["AWS_CA_BUNDLE"]))
head = s3.head_object(Bucket="kept", Key="boto/form")
assert (head["ServerSideEncryption"], head["SSEKMSKeyId"], head["StorageClass"]) == ("aws:kms", "${arn}", "STANDARD_IA"), head
assert s3.get_object_tagging(Bucket="kept", Key="boto/form")["TagSet"] == [{"Key": "by", "Value": "form"}]
`;
    expect(await python(gateway, source, options())).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(await grantsOf("boto/copy")).toEqual(["AllUsers READ"]);
    expect(await anonymous("boto/form")).toBe("sent");
  });
});
