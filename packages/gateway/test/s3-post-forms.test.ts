import { GetObjectTaggingCommand, HeadObjectCommand, PutBucketPolicyCommand } from "@aws-sdk/client-s3";
import { createHash } from "node:crypto";
import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import { type FormOptions, formOf } from "./post-form.ts";
import { useS3Gateway } from "./s3-gateway.ts";

const gateway = useS3Gateway();

const post = (bucket: string, options: FormOptions) =>
  gateway.sendUnsigned(formOf(bucket, { keys: gateway.admin, fields: { key: "k" }, ...options }));
const stored = async (bucket: string, key = "k") => {
  const got = await gateway.send({ target: `/${bucket}/${encodeURIComponent(key)}` });
  return got.status === 200 ? got.body : got.status;
};

describe("a form that a policy signs", () => {
  test("puts the object, with what its fields say of it", async () => {
    const Bucket = await gateway.bucket("Enabled");
    const fields = {
      key: "dir/ü k",
      "Content-Type": "text/csv",
      "Cache-Control": "max-age=5",
      "x-amz-meta-colour": "blau",
      "x-amz-storage-class": "STANDARD_IA",
      "x-amz-server-side-encryption": "AES256",
      acl: "private",
      tagging: "<Tagging><TagSet><Tag><Key>team</Key><Value>red b</Value></Tag></TagSet></Tagging>",
      "x-amz-checksum-sha256": createHash("sha256").update("bytes").digest("base64"),
    };
    const sent = await post(Bucket, { fields, file: "bytes" });
    expect(sent.status, sent.body).toBe(204);
    expect(sent.headers).toMatchObject({ etag: `"${createHash("md5").update("bytes").digest("hex")}"` });
    expect(sent.headers["x-amz-version-id"]).toBeTruthy();
    const at = { Bucket, Key: "dir/ü k" };
    expect(await gateway.s3.send(new HeadObjectCommand({ ...at, ChecksumMode: "ENABLED" }))).toMatchObject({
      ContentType: "text/csv",
      CacheControl: "max-age=5",
      Metadata: { colour: "blau" },
      StorageClass: "STANDARD_IA",
      ServerSideEncryption: "AES256",
      ChecksumSHA256: fields["x-amz-checksum-sha256"],
    });
    expect((await gateway.s3.send(new GetObjectTaggingCommand(at))).TagSet).toEqual([{ Key: "team", Value: "red b" }]);
  });

  test("${filename} is the name of the file, without its path, before the policy is asked", async () => {
    const b = await gateway.bucket();
    const fields = { key: "user/${filename}" };
    const conditions = [{ bucket: b }, ["starts-with", "$key", "user/"]];
    for (const filename of ["a.txt", "C:\\dir\\b.txt", "dir/c.txt", "$&.txt"])
      expect((await post(b, { fields, conditions, filename, file: filename })).status).toBe(204);
    expect(await stored(b, "user/a.txt")).toBe("a.txt");
    expect(await stored(b, "user/b.txt")).toBe("C:\\dir\\b.txt");
    expect(await stored(b, "user/c.txt")).toBe("dir/c.txt");
    expect(await stored(b, "user/$&.txt")).toBe("$&.txt");
    expect((await post(b, { fields, conditions: [{ bucket: b }, ["eq", "$key", "user/${filename}"]] })).status).toBe(
      403,
    );
  });

  test("success_action_status and success_action_redirect", async () => {
    const b = await gateway.bucket();
    const ask = (fields: Readonly<Record<string, string>>) => post(b, { fields: { key: "a b", ...fields } });
    expect((await ask({ success_action_status: "200" })).status).toBe(200);
    expect((await ask({ success_action_status: "404" })).status).toBe(204);
    const made = await ask({ success_action_status: "201" });
    expect(made.status).toBe(201);
    expect(made.body).toContain(`<PostResponse><Location>http://127.0.0.1:${gateway.port}/${b}/a%20b</Location>`);
    expect(made.body).toContain(`<Bucket>${b}</Bucket><Key>a b</Key><ETag>`);
    const sent = await ask({ success_action_redirect: "https://example.com/done?x=1" });
    expect(sent.status).toBe(303);
    const to = new URL(String(sent.headers.location));
    expect([to.origin, to.pathname, ...to.searchParams].flat().slice(0, 9)).toEqual(["https://example.com", "/done", "x", "1", "bucket", b, "key", "a b", "etag"]); // prettier-ignore
    for (const no of ["javascript:alert(1)", "/relative", "not a url"])
      expect((await ask({ success_action_redirect: no })).status).toBe(204);
  });

  const conditions: readonly (readonly [string, readonly unknown[], Readonly<Record<string, string>>, number])[] = [
    ["exact", [{ key: "k" }], {}, 204],
    ["exact, another value", [{ key: "other" }], {}, 403],
    ["eq", [["eq", "$key", "k"]], {}, 204],
    ["names in any case", [["EQ", "$KEY", "k"]], {}, 204],
    ["starts-with", [["starts-with", "$key", ""]], {}, 204],
    ["starts-with, not so", [["starts-with", "$key", "x"]], {}, 403],
    ["several of one field", [["starts-with", "$key", ""], { key: "k" }], {}, 204],
    ["several, one of which fails", [["starts-with", "$key", ""], { key: "x" }], {}, 403],
    [
      "a list of types",
      [{ key: "k" }, ["starts-with", "$Content-Type", "image/"]],
      { "Content-Type": "image/a, image/b" },
      204,
    ],
    [
      "a list of types, not all",
      [{ key: "k" }, ["starts-with", "$Content-Type", "image/"]],
      { "Content-Type": "image/a, text/b" },
      403,
    ],
    ["a field that is not there", [{ key: "k" }, ["starts-with", "$x-amz-meta-a", ""]], {}, 403],
    ["a field that is not declared", [{ key: "k" }], { "x-amz-meta-a": "1" }, 403],
    ["x-ignore-", [{ key: "k" }], { "x-ignore-a": "1" }, 204],
    ["the key not declared", [], {}, 403],
    ["two properties", [{ key: "k", acl: "private" }], {}, 400],
    ["no text", [{ key: 1 }], {}, 400],
    ["an unknown operator", [["ends-with", "$key", "k"]], {}, 400],
    ["no name", [["eq", "key", "k"]], {}, 400],
    ["four members", [["eq", "$key", "k", "k"]], {}, 400],
    ["a range", [{ key: "k" }, ["content-length-range", 4, 4]], {}, 204],
    ["a range as texts", [{ key: "k" }, ["content-length-range", "0", "4"]], {}, 204],
    ["too short", [{ key: "k" }, ["content-length-range", 5, 9]], {}, 400],
    ["too long", [{ key: "k" }, ["content-length-range", 0, 3]], {}, 400],
    ["ranges together", [{ key: "k" }, ["content-length-range", 0, 9], ["content-length-range", 0, 3]], {}, 400],
    ["a range that is none", [{ key: "k" }, ["content-length-range", 5, 4]], {}, 400],
  ];
  test.each(conditions)("%s: %j", async (_what, said, fields, status) => {
    const b = await gateway.bucket();
    const sent = await post(b, { conditions: [{ bucket: b }, ...said], fields: { key: "k", ...fields }, file: "file" });
    expect(sent.status, sent.body).toBe(status);
    expect(await stored(b)).toBe(status === 204 ? "file" : 404);
  });

  test("a policy that fails by a key of a customer does not show it", async () => {
    const b = await gateway.bucket();
    const name = "x-amz-server-side-encryption-customer-key";
    const fields = { key: "k", [name]: "key-of-the-form" };
    for (const condition of [
      { [name]: "key-of-policy" },
      ["eq", `$${name}`, "key-of-policy"],
      ["eq", name, "key-of-policy"],
    ]) {
      const sent = await post(b, { fields, conditions: [{ bucket: b }, { key: "k" }, condition] });
      expect(sent.body).toContain("a condition on a secret");
      expect(sent.body).not.toMatch(/key-of/);
    }
  });

  test("the bucket is that of the URL, and the policy has to name it", async () => {
    const [b, other] = [await gateway.bucket(), await gateway.bucket()];
    expect((await post(b, { conditions: [{ bucket: other }, { key: "k" }] })).status).toBe(403);
    expect((await post(b, { conditions: [{ key: "k" }] })).status).toBe(403);
    const fields = { key: "k", bucket: other };
    expect((await post(b, { fields, conditions: [{ bucket: b }, { key: "k" }] })).status).toBe(204);
    expect([await stored(b), await stored(other)]).toEqual(["file", 404]);
  });

  const policies: readonly (readonly [string, string, string])[] = [
    ["no base64", "%", "InvalidPolicyDocument"],
    ["no JSON", "e30x", "InvalidPolicyDocument"],
    ["no object", Buffer.from("[]").toString("base64"), "InvalidPolicyDocument"],
    ["no conditions", Buffer.from('{"expiration":"2099-01-01T00:00:00Z"}').toString("base64"), "InvalidPolicyDocument"],
    ["no expiration", Buffer.from('{"conditions":[]}').toString("base64"), "InvalidPolicyDocument"],
    ["an unknown member", Buffer.from('{"expiration":"2099-01-01T00:00:00Z","conditions":[],"x":1}').toString("base64"), "InvalidPolicyDocument"], // prettier-ignore
    ["a condition of thousands of levels", Buffer.from(`{"expiration":"2099-01-01T00:00:00Z","conditions":[${"[".repeat(6000)}${"]".repeat(6000)}]}`).toString("base64"), "InvalidPolicyDocument"], // prettier-ignore
    ["a value of thousands of levels", Buffer.from(`{"expiration":"2099-01-01T00:00:00Z","conditions":[{"key":${"[".repeat(6000)}${"]".repeat(6000)}}]}`).toString("base64"), "InvalidPolicyDocument"], // prettier-ignore
  ];
  test.each(policies)("a policy with %s is refused", async (_what, policy, code) => {
    const b = await gateway.bucket();
    expect(await post(b, { policy })).toMatchObject({ status: 400, code });
  });

  test("that has expired, or that another key or secret signed, puts nothing", async () => {
    const b = await gateway.bucket();
    const expired = await post(b, { expires: -1 });
    expect([expired.status, expired.body]).toEqual([403, expect.stringContaining("Policy expired")]);
    const { accessKeyId, secretAccessKey } = gateway.admin;
    expect((await post(b, { keys: { accessKeyId, secretAccessKey: "wrong" } })).code).toBe("SignatureDoesNotMatch");
    const unknown = { accessKeyId: "AKIAUNKNOWNUNKNOWN00", secretAccessKey };
    expect((await post(b, { keys: unknown })).code).toBe("InvalidAccessKeyId");
    expect(await stored(b)).toBe(404);
  });

  test("needs the right of its signer, by the condition keys of a form", async () => {
    const b = await gateway.bucket();
    const Resource = `arn:aws:s3:::${b}/*`;
    const nobody = await gateway.user("form-nobody");
    expect((await post(b, { keys: nobody })).status).toBe(403);
    const Condition = { StringEquals: { "s3:authType": "POST", "s3:signatureversion": "AWS4-HMAC-SHA256" } };
    const poster = await gateway.user("form-poster", { Effect: "Allow", Action: "s3:PutObject", Resource, Condition });
    expect((await post(b, { keys: poster })).status).toBe(204);
    const tagging = "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>";
    expect((await post(b, { keys: poster, fields: { key: "k", tagging } })).status).toBe(403);
    expect((await gateway.send({ method: "PUT", target: `/${b}/k`, body: "x", keys: poster })).status).toBe(403);
  });

  test("the order of refusal: signature, policy, bucket, right", async () => {
    const b = await gateway.bucket();
    const nobody = await gateway.user("form-order");
    const wrong = { ...nobody, secretAccessKey: "wrong" };
    expect((await post("not-there", { keys: wrong, policy: "%" })).code).toBe("SignatureDoesNotMatch");
    expect((await post("not-there", { keys: nobody, policy: "%" })).code).toBe("InvalidPolicyDocument");
    expect((await post("not-there", { keys: nobody })).code).toBe("NoSuchBucket");
    expect((await post(b, { keys: nobody })).code).toBe("AccessDenied");
  });

  test("the file of a form that is refused is not read", async () => {
    const b = await gateway.bucket();
    const { target, headers = {}, body } = formOf(b, { keys: await gateway.user("form-unread"), fields: { key: "k" } });
    const sent = [`POST ${target} HTTP/1.1`, "host: localhost", `content-type: ${headers["content-type"]}`];
    const socket = connect(gateway.port, "127.0.0.1");
    // All of a gigabyte's form but the file.
    socket.write([...sent, `content-length: ${1024 ** 3}`, "", ""].join("\r\n"));
    socket.write(body.subarray(0, body.indexOf("file\r\n--")));
    let answer = "";
    for await (const chunk of socket) if ((answer += String(chunk)).includes("</Error>")) break;
    expect(answer).toMatch(/^HTTP\/1.1 403 /);
    expect(answer).toContain("<Code>AccessDenied</Code>");
  });

  test("what a form cannot ask for is refused by name", async () => {
    const b = await gateway.bucket();
    const ask = (fields: Readonly<Record<string, string>>) => post(b, { fields: { key: "k", ...fields } });
    expect((await ask({ "x-amz-object-lock-legal-hold": "ON" })).code).toBe("InvalidRequest");
    expect((await ask({ "x-amz-storage-class": "GOLD" })).code).toBe("InvalidStorageClass");
    expect((await ask({ "x-amz-sdk-checksum-algorithm": "SHA256" })).code).toBe("InvalidRequest");
    expect((await ask({ "x-amz-meta-a": "1\r\nx: 2" })).code).toBe("InvalidArgument");
    for (const tagging of [
      "<Tagging/>",
      "<Tagging><More/><TagSet/></Tagging>",
      "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value><Key>c</Key></Tag></TagSet></Tagging>",
    ])
      expect((await ask({ tagging })).code).toBe("MalformedXML");
    expect((await ask({ "x-amz-checksum-sha256": createHash("sha256").update("x").digest("base64") })).code).toBe("BadDigest"); // prettier-ignore
    const v2 = await gateway.sendUnsigned(
      formOf(b, { fields: { key: "k", AWSAccessKeyId: "x", Signature: "x", policy: "e30=" } }),
    );
    expect([v2.code, v2.body]).toEqual(["InvalidRequest", expect.stringContaining("Signature Version 4")]);
    const { method, target, headers = {}, body } = formOf(b, { keys: gateway.admin, fields: { key: "k" } });
    expect((await gateway.send({ method, target, headers, body } as never)).code).toBe("InvalidRequest");
    expect(await stored(b)).toBe(404);
  });

  test("what comes after the file is ignored, but for a second file", async () => {
    const b = await gateway.bucket();
    expect((await post(b, { after: { submit: "Upload to Amazon S3" } })).status).toBe(204);
    expect((await post(b, { fields: { key: "two" }, after: { file: "x" } })).code).toBe(
      "IncorrectNumberOfFilesInPostRequest",
    );
    expect(await stored(b, "two")).toBe(404);
  });

  test("an empty file is stored, however much may come after it", async () => {
    const b = await gateway.bucket();
    for (const encryption of [{}, { "x-amz-server-side-encryption": "AES256" }]) {
      const sent = await post(b, { fields: { key: "k", ...encryption }, file: "", after: { a: "x".repeat(17_000) } });
      expect(sent.status, sent.body).toBe(204);
      expect(await stored(b)).toBe("");
    }
  });

  test("fields have 20 KB together, and each is sent once", async () => {
    const b = await gateway.bucket();
    expect((await post(b, { fields: { key: "k", "x-ignore-a": "x".repeat(20_480) } })).code).toBe("MaxPostPreDataLengthExceeded"); // prettier-ignore
    expect((await post(b, { fields: { key: "k", "x-ignore-a": "1", "X-Ignore-A": "2" } })).code).toBe(
      "MalformedPOSTRequest",
    );
  });

  test("a large file is stored as it is", async () => {
    const b = await gateway.bucket();
    const file = Buffer.alloc(3 * 1024 * 1024, "\r\n----form-of-a-tes");
    expect((await post(b, { file })).status).toBe(204);
    expect((await gateway.send({ method: "HEAD", target: `/${b}/k` })).headers).toMatchObject({
      "content-length": String(file.length),
      etag: `"${createHash("md5").update(file).digest("hex")}"`,
    });
  });
});

test("a form without a policy is anonymous, and works where a bucket policy allows it", async () => {
  const Bucket = await gateway.bucket();
  const form = () => gateway.sendUnsigned(formOf(Bucket, { fields: { key: "k" } }));
  expect((await form()).status).toBe(403);
  await gateway.send({ method: "DELETE", target: `/${Bucket}?publicAccessBlock` });
  const Statement = { Effect: "Allow", Principal: "*", Action: "s3:PutObject", Resource: `arn:aws:s3:::${Bucket}/*` };
  const Policy = JSON.stringify({ Version: "2012-10-17", Statement });
  await gateway.s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
  expect((await form()).status).toBe(204);
  expect(await stored(Bucket)).toBe("file");
  // A signature without its policy is no form without a policy.
  const half = await gateway.sendUnsigned(formOf(Bucket, { fields: { key: "k", "x-amz-signature": "0".repeat(64) } }));
  expect(half.code).toBe("InvalidArgument");
});
