import { CopyObjectCommand } from "@aws-sdk/client-s3";
import { describe, expect, test } from "vitest";
import { useS3Gateway } from "./s3-gateway.ts";

const gateway = useS3Gateway();
const { send } = gateway;
const put = (target: string, body: string, headers: Readonly<Record<string, string>> = {}) =>
  send({ method: "PUT", target, body, headers });
const copy = (target: string, source: string, headers: Readonly<Record<string, string>> = {}, keys = gateway.admin) =>
  send({ method: "PUT", target, keys, headers: { ...headers, "x-amz-copy-source": source } });

describe("CopyObject", () => {
  test("bytes, metadata and ETag go along; REPLACE takes the request's", async () => {
    const b = await gateway.bucket();
    const source = await put(`/${b}/%C3%BC%20+%26`, "hello", {
      "content-type": "text/plain",
      "x-amz-meta-a": "1",
      "x-amz-website-redirect-location": "/there",
    });
    for (const name of [`/${b}/%C3%BC%20+%26`, `${b}/%C3%BC%20%2B%26`]) {
      const done = await copy(`/${b}/copy`, name, { "content-type": "ignored/here", "x-amz-meta-b": "2" });
      expect(done.status).toBe(200);
      expect(done.body).toContain(`<ETag>${String(source.headers.etag).replaceAll('"', "&quot;")}</ETag>`);
    }
    const { headers, body } = await send({ target: `/${b}/copy` });
    expect(body).toBe("hello");
    expect(headers).toMatchObject({ "content-type": "text/plain", "x-amz-meta-a": "1", etag: source.headers.etag });
    expect(headers["x-amz-meta-b"]).toBeUndefined();
    expect(headers["x-amz-website-redirect-location"]).toBeUndefined();
    await copy(`/${b}/copy`, `${b}/%C3%BC%20+%26`, { "x-amz-metadata-directive": "REPLACE", "x-amz-meta-b": "2" });
    const replaced = (await send({ method: "HEAD", target: `/${b}/copy` })).headers;
    expect(replaced).toMatchObject({ "content-type": "binary/octet-stream", "x-amz-meta-b": "2" });
    expect(replaced["x-amz-meta-a"]).toBeUndefined();
  });

  test("to itself only to change something", async () => {
    const b = await gateway.bucket();
    await put(`/${b}/k`, "x", { "x-amz-meta-a": "1" });
    expect(await copy(`/${b}/k`, `${b}/k`)).toMatchObject({ status: 400, code: "InvalidRequest" });
    expect(await copy(`/${b}/k`, `${b}/k`, { "x-amz-acl": "bucket-owner-full-control" })).toMatchObject({
      status: 400,
      code: "InvalidRequest",
    });
    const changes = [
      [{ "x-amz-metadata-directive": "REPLACE", "x-amz-meta-b": "2" }, { "x-amz-meta-b": "2" }],
      [{ "x-amz-website-redirect-location": "/a" }, { "x-amz-website-redirect-location": "/a" }],
      [{ "x-amz-storage-class": "STANDARD_IA" }, { "x-amz-storage-class": "STANDARD_IA" }],
      [{ "x-amz-server-side-encryption": "AES256" }, { "x-amz-server-side-encryption": "AES256" }],
      [{ "x-amz-tagging-directive": "REPLACE", "x-amz-tagging": "a=b" }, { "x-amz-tagging-count": "1" }],
      [{ "x-amz-checksum-algorithm": "SHA512" }, { "x-amz-checksum-sha512": expect.stringMatching(/==$/) }],
    ] as const;
    for (const [headers, expected] of changes) {
      expect(await copy(`/${b}/k`, `${b}/k`, headers)).toMatchObject({ status: 200 });
      const read = await send({ target: `/${b}/k`, headers: { "x-amz-checksum-mode": "ENABLED" } });
      expect(read).toMatchObject({ body: "x", headers: expected });
    }
  });

  test("a version, and a delete marker that is none", async () => {
    const b = await gateway.bucket("Enabled");
    const old = (await put(`/${b}/k`, "old")).headers["x-amz-version-id"];
    await put(`/${b}/k`, "new");
    const restored = await copy(`/${b}/k`, `${b}/k?versionId=${String(old)}`);
    expect(restored).toMatchObject({ status: 200, headers: { "x-amz-copy-source-version-id": old } });
    expect((await send({ target: `/${b}/k` })).body).toBe("old");
    const marker = (await send({ method: "DELETE", target: `/${b}/k` })).headers["x-amz-version-id"];
    expect((await copy(`/${b}/c`, `${b}/k`)).code).toBe("NoSuchKey");
    expect((await copy(`/${b}/c`, `${b}/k?versionId=${String(marker)}`)).code).toBe("InvalidRequest");
    expect((await copy(`/${b}/c`, `${b}/k?versionId=unknown`)).code).toBe("NoSuchVersion");
  });

  test("conditions on the source", async () => {
    const b = await gateway.bucket();
    const etag = String((await put(`/${b}/k`, "x")).headers.etag);
    const when = async (headers: Readonly<Record<string, string>>) => (await copy(`/${b}/c`, `${b}/k`, headers)).status;
    const past = "Mon, 01 Jan 2001 00:00:00 GMT";
    expect(await when({ "x-amz-copy-source-if-match": etag, "x-amz-copy-source-if-unmodified-since": past })).toBe(200);
    expect(await when({ "x-amz-copy-source-if-match": '"other"' })).toBe(412);
    expect(await when({ "x-amz-copy-source-if-none-match": etag, "x-amz-copy-source-if-modified-since": past })).toBe(
      412,
    );
    expect(await when({ "x-amz-copy-source-if-unmodified-since": past })).toBe(412);
    expect(await when({ "if-none-match": "*" })).toBe(412);
  });

  test.each([
    "",
    "/",
    "bucket",
    "bucket/",
    "//k",
    "BUCKET/k%00",
    "BUCKET/k%",
    "BUCKET/k%ff",
    "BUCKET/k?versionId=",
    "BUCKET/k?versionId=a&x=y",
    "BUCKET/k?other=a",
    "BUCKET/k?",
  ])("%s is no source", async (source) => {
    const b = await gateway.bucket();
    await put(`/${b}/k`, "x");
    const refused = await copy(`/${b}/c`, source.replace("BUCKET", b));
    expect(refused.status).toBe(400);
    expect((await send({ method: "HEAD", target: `/${b}/c` })).status).toBe(404);
  });

  test.each([
    [{ "x-amz-metadata-directive": "OTHER" }, "InvalidArgument"],
    [{ "x-amz-tagging-directive": "OTHER" }, "InvalidArgument"],
    [{ "x-amz-tagging": "a=b" }, "InvalidArgument"],
    [{ "x-amz-copy-source-server-side-encryption-customer-algorithm": "AES256" }, "InvalidRequest"], // without TLS
    [{ "x-amz-acl": "public-read" }, "AccessControlListNotSupported"],
  ])("%o is refused", async (headers, code) => {
    const b = await gateway.bucket();
    await put(`/${b}/k`, "x");
    expect((await copy(`/${b}/c`, `${b}/k`, headers)).code).toBe(code);
  });

  test("an access point as the source is refused by name", async () => {
    const source = "arn:aws:s3:us-east-1:111122223333:accesspoint/a/object/k";
    expect((await copy(`/${await gateway.bucket()}/c`, source)).code).toBe("NotImplemented");
  });

  test("the source is asked for as it is read, its version as a version, and the target too", async () => {
    const [b, secret] = [await gateway.bucket("Enabled"), await gateway.bucket("Enabled")];
    const id = String((await put(`/${secret}/k`, "secret")).headers["x-amz-version-id"]);
    await put(`/${b}/own`, "own");
    await put(`/${b}/open/../own`, "dots");
    const keys = await gateway.user(
      "copier",
      { Effect: "Allow", Action: ["s3:GetObject", "s3:PutObject"], Resource: `arn:aws:s3:::${b}/open/*` },
      { Effect: "Allow", Action: "s3:GetObject", Resource: `arn:aws:s3:::${secret}/k` },
    );
    const as = async (target: string, source: string) => (await copy(target, source, {}, keys)).status;
    expect(await as(`/${b}/open/c`, `${b}/own`)).toBe(403);
    expect(await as(`/${b}/other`, `${secret}/k`)).toBe(403);
    expect(await as(`/${b}/open/c`, `${secret}/k`)).toBe(200);
    expect(await as(`/${b}/open/c`, `${secret}/k?versionId=${id}`)).toBe(403);
    expect(await as(`/${b}/open/c`, `${b}/%6fpen%2F..%2Fown`)).toBe(200);
    expect((await send({ target: `/${b}/open/c` })).body).toBe("dots");
    const made = await send({ method: "POST", target: `/${b}/open/m?uploads`, keys });
    const upload = /<UploadId>(.*)<\/UploadId>/.exec(made.body)?.[1] ?? "";
    const part = `/${b}/open/m?partNumber=1&uploadId=${upload}`;
    expect(await as(part, `${b}/own`)).toBe(403);
    expect(await as(part, `${secret}/k?versionId=${id}`)).toBe(403);
    expect(await as(part, `${secret}/k`)).toBe(200);
  });

  test("without ListBucket a source that is not there and one that is forbidden get the same answer", async () => {
    const b = await gateway.bucket();
    await put(`/${b}/hidden`, "x");
    const keys = await gateway.user("blind", {
      Effect: "Allow",
      Action: ["s3:PutObject", "s3:GetObject"],
      Resource: `arn:aws:s3:::${b}/open/*`,
    });
    const answers = await Promise.all(["hidden", "absent"].map((key) => copy(`/${b}/open/c`, `${b}/${key}`, {}, keys)));
    const plain = answers.map(({ status, body }) => [
      status,
      body.replaceAll(/hidden|absent|<(RequestId|HostId)>.*?<\/\1>/g, ""),
    ]);
    expect(plain[0]).toEqual(plain[1]);
    expect(plain[0]?.[0]).toBe(403);
    const absent = await copy(`/${b}/open/c`, `${b}/open/absent`, { "x-amz-copy-source-if-match": '"x"' }, keys);
    expect(absent).toMatchObject({ status: 403, code: "AccessDenied" });
  });

  test("a source that is written over all the while is copied whole, and never missed", async () => {
    const b = await gateway.bucket();
    const texts = ["a", "b"].map((letter) => letter.repeat(200_000));
    await put(`/${b}/k`, texts[0] ?? "");
    const until = new AbortController();
    const writing = (async () => {
      for (let n = 0; !until.signal.aborted; n += 1) await put(`/${b}/k`, texts[n % 2] ?? "");
    })();
    for (let n = 0; n < 40; n += 1) {
      const [copied, read] = await Promise.all([copy(`/${b}/c`, `${b}/k`), send({ target: `/${b}/k` })]);
      expect(copied.status).toBe(200);
      expect(texts).toContain(read.body);
      expect(texts).toContain((await send({ target: `/${b}/c` })).body);
    }
    until.abort();
    await writing;
  });

  test("with the SDK", async () => {
    const b = await gateway.bucket();
    await put(`/${b}/k`, "x");
    const { CopyObjectResult } = await gateway.s3.send(
      new CopyObjectCommand({ Bucket: b, Key: "c", CopySource: `${b}/k` }),
    );
    expect(CopyObjectResult?.LastModified).toBeInstanceOf(Date);
  });
});
