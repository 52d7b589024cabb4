import { createHash, randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectAttributesCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
  ListPartsCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from "@aws-sdk/client-s3";
import { createChecksum } from "@s3-credentials/protocol";
import { describe, expect, test } from "vitest";
import { useS3Gateway } from "./s3-gateway.ts";

const gateway = useS3Gateway();
const { send } = gateway;
const large = randomBytes(5 * 1024 * 1024);

const create = async (target: string, headers = {}): Promise<string> => {
  const made = await send({ method: "POST", target: `${target}?uploads`, headers });
  return /<UploadId>(.*)<\/UploadId>/.exec(made.body)?.[1] ?? `refused: ${made.body}`;
};
const part = (target: string, id: string, number: number | string, body: string | Buffer, headers = {}) =>
  send({ method: "PUT", target: `${target}?partNumber=${number}&uploadId=${id}`, body, headers });
const complete = (target: string, id: string, parts: readonly (readonly [number, string, string?])[], headers = {}) =>
  send({
    method: "POST",
    target: `${target}?uploadId=${id}`,
    headers,
    body: `<CompleteMultipartUpload>${parts
      .map(([n, etag, more = ""]) => `<Part><PartNumber>${n}</PartNumber><ETag>${etag}</ETag>${more}</Part>`)
      .join("")}</CompleteMultipartUpload>`,
  });
const md5 = (body: string | Buffer) => createHash("md5").update(body).digest("hex");
const sha256 = (body: string | Buffer) => createHash("sha256").update(body).digest("base64");
const crc64 = async (body: Buffer): Promise<string> => {
  const sum = createChecksum("CRC64NVME");
  sum.update(body);
  return sum.digest().toString("base64");
};

describe("multipart uploads", () => {
  test("the walk, with the SDK", async () => {
    const { s3 } = gateway;
    const Bucket = await gateway.bucket();
    const at = { Bucket, Key: "dir/k ü" };
    const { UploadId } = await s3.send(
      new CreateMultipartUploadCommand({ ...at, ContentType: "a/b", Metadata: { m: "1" } }),
    );
    const [one, two] = [
      await s3.send(new UploadPartCommand({ ...at, UploadId, PartNumber: 1, Body: large })),
      await s3.send(new UploadPartCommand({ ...at, UploadId, PartNumber: 2, Body: "end" })),
    ];
    const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket }));
    const { Parts = [], Owner, Initiator } = await s3.send(new ListPartsCommand({ ...at, UploadId }));
    expect(Uploads).toMatchObject([{ Key: at.Key, UploadId, Owner }]);
    expect(Owner?.ID).toMatch(/^[0-9a-f]{64}$/);
    expect(Initiator?.ID).toBe(`arn:aws:iam::${gateway.accountId}:user/admin`);
    expect(Parts).toMatchObject([
      { PartNumber: 1, Size: large.length, ETag: one.ETag },
      { PartNumber: 2, Size: 3, ETag: two.ETag },
    ]);
    const done = await s3.send(
      new CompleteMultipartUploadCommand({
        ...at,
        UploadId,
        MultipartUpload: {
          Parts: [
            { PartNumber: 1, ETag: one.ETag },
            { PartNumber: 2, ETag: two.ETag },
          ],
        },
      }),
    );
    const binary = Buffer.concat([large, Buffer.from("end")].map((bytes) => Buffer.from(md5(bytes), "hex")));
    expect(done.ETag).toBe(`"${md5(binary)}-2"`);
    const head = await s3.send(new HeadObjectCommand({ ...at, PartNumber: 2 }));
    expect(head).toMatchObject({ ContentLength: 3, PartsCount: 2, ContentType: "a/b", Metadata: { m: "1" } });
    expect(head.ContentRange).toBe(`bytes ${large.length}-${large.length + 2}/${large.length + 3}`);
    expect((await send({ target: `/${Bucket}/dir/k%20%C3%BC?partNumber=2` })).body).toBe("end");
    expect((await send({ target: `/${Bucket}/dir/k%20%C3%BC?partNumber=3` })).status).toBe(416);
    expect((await s3.send(new ListMultipartUploadsCommand({ Bucket }))).Uploads).toBeUndefined();
  });

  test("a part of another object, cut to a range", async () => {
    const { s3 } = gateway;
    const Bucket = await gateway.bucket();
    await send({ method: "PUT", target: `/${Bucket}/source`, body: "0123456789" });
    const at = { Bucket, Key: "k" };
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand(at));
    const copy = (range: string, more = {}) =>
      s3.send(
        new UploadPartCopyCommand({
          ...at,
          UploadId,
          PartNumber: 1,
          CopySource: `${Bucket}/source`,
          CopySourceRange: range,
          ...more,
        }),
      );
    await expect(copy("bytes=5-10")).rejects.toMatchObject({ name: "InvalidArgument" });
    await expect(copy("bytes=5-")).rejects.toMatchObject({ name: "InvalidArgument" });
    await expect(copy("bytes=0-1", { CopySourceIfMatch: '"x"' })).rejects.toMatchObject({ name: "PreconditionFailed" });
    const { CopyPartResult } = await copy("bytes=2-4");
    expect(CopyPartResult?.ETag).toBe(`"${md5("234")}"`);
    await complete(`/${Bucket}/k`, UploadId ?? "", [[1, CopyPartResult?.ETag ?? ""]]);
    expect((await send({ target: `/${Bucket}/k` })).body).toBe("234");
  });

  test("what cannot be completed is refused, and the upload stays", async () => {
    const target = `/${await gateway.bucket()}/k`;
    const id = await create(target);
    await part(target, id, 1, "a");
    await part(target, id, 2, "b");
    const both = [
      [1, md5("a")],
      [2, md5("b")],
    ] as const;
    expect((await complete(target, id, both)).code).toBe("EntityTooSmall");
    expect(
      (
        await complete(target, id, [
          [2, md5("b")],
          [1, md5("a")],
        ])
      ).code,
    ).toBe("InvalidPartOrder");
    expect((await complete(target, id, [[1, md5("x")]])).code).toBe("InvalidPart");
    expect((await complete(target, id, [[3, md5("a")]])).code).toBe("InvalidPart");
    expect((await complete(target, id, [])).code).toBe("MalformedXML");
    expect((await complete(target, "unknown", both)).code).toBe("NoSuchUpload");
    expect((await complete(`${target}2`, id, both)).code).toBe("NoSuchUpload");
    expect((await complete(target, id, [[1, md5("a")]], { "x-amz-mp-object-size": "2" })).code).toBe("InvalidRequest");
    expect((await complete(target, id, [[1, md5("a")]], { "x-amz-checksum-type": "COMPOSITE" })).code).toBe(
      "InvalidRequest",
    );
    expect((await send({ method: "HEAD", target })).status).toBe(404);
    const good = await complete(target, id, [[1, `&quot;${md5("a")}&quot;`]], { "x-amz-mp-object-size": "1" });
    expect(good.status).toBe(200);
    expect((await complete(target, id, [[1, md5("a")]])).body.replace(/<Location>.*?<\/Location>/, "")).toBe(
      good.body.replace(/<Location>.*?<\/Location>/, ""),
    );
    expect((await send({ target })).body).toBe("a");
  });

  test.each(["0", "10001", "x", "-1", "1.5"])("there is no part %s", async (number) => {
    const target = `/${await gateway.bucket()}/k`;
    const refused = await part(target, await create(target), number, "x");
    expect(refused).toMatchObject({ status: 400, code: "InvalidArgument" });
  });

  test("ten thousand parts named, with their checksums, are read", async () => {
    const target = `/${await gateway.bucket()}/k`;
    const id = await create(target);
    const checksum = `<ChecksumSHA256>${sha256("x")}</ChecksumSHA256>${" ".repeat(100)}`;
    const parts = Array.from({ length: 10_000 }, (_, n) => [n + 1, md5("x"), checksum] as const);
    expect((await complete(target, id, parts)).code).toBe("InvalidPart");
  });

  test("an upload begun with a checksum takes no part without it, and none of another kind", async () => {
    const target = `/${await gateway.bucket()}/k`;
    const id = await create(target, { "x-amz-checksum-algorithm": "SHA256" });
    const summed = { "x-amz-checksum-sha256": sha256("a") };
    expect((await part(target, id, 1, "a")).body).toContain(
      "expected checksum Type: sha256, actual checksum Type: null",
    );
    const sha1 = { "x-amz-checksum-sha1": createHash("sha1").update("a").digest("base64") };
    expect((await part(target, id, 1, "a", sha1)).code).toBe("InvalidRequest");
    expect((await part(target, id, 1, "a", { "x-amz-server-side-encryption-customer-algorithm": "AES256" })).code).toBe(
      "InvalidRequest", // without TLS
    );
    expect(await part(target, id, 1, "a", summed)).toMatchObject({ status: 200, headers: summed });
    expect((await complete(target, id, [[1, md5("a")]])).body).toContain("must include the checksum for each part");
    const wrong = `<ChecksumSHA256>${sha256("b")}</ChecksumSHA256>`;
    expect((await complete(target, id, [[1, md5("a"), wrong]])).code).toBe("InvalidPart");
    const done = await complete(target, id, [[1, md5("a"), wrong.replace(sha256("b"), sha256("a"))]]);
    const whole = createHash("sha256")
      .update(Buffer.from(sha256("a"), "base64"))
      .digest("base64");
    expect(done.body).toContain(`<ChecksumSHA256>${whole}-1</ChecksumSHA256><ChecksumType>COMPOSITE</ChecksumType>`);
  });

  test.each([
    [{ "x-amz-checksum-type": "FULL_OBJECT" }],
    [{ "x-amz-checksum-algorithm": "XXHASH32" }],
    [{ "x-amz-checksum-algorithm": "XXHASH64", "x-amz-checksum-type": "FULL_OBJECT" }],
    [{ "x-amz-checksum-algorithm": "SHA256", "x-amz-checksum-type": "FULL_OBJECT" }],
    [{ "x-amz-checksum-algorithm": "CRC64NVME", "x-amz-checksum-type": "COMPOSITE" }],
  ])("%o is no checksum for an upload", async (headers) => {
    const target = `/${await gateway.bucket()}/k`;
    expect(await create(target, headers)).toContain("<Code>InvalidRequest</Code>");
  });

  test("the checksum that CompleteMultipartUpload declares is checked against the object's", async () => {
    const target = `/${await gateway.bucket()}/k`;
    const id = await create(target, { "x-amz-checksum-algorithm": "SHA256" });
    const partChecksum = sha256("a");
    const put = await part(target, id, 1, "a", { "x-amz-checksum-sha256": partChecksum });
    const parts = [[1, String(put.headers.etag), `<ChecksumSHA256>${partChecksum}</ChecksumSHA256>`]] as const;
    const declaring = (value: string) => complete(target, id, parts, { "x-amz-checksum-sha256": value });
    expect((await declaring(partChecksum)).code).toBe("BadDigest");
    expect((await send({ method: "HEAD", target })).status).toBe(404);
    expect((await declaring(sha256(Buffer.from(partChecksum, "base64")))).status).toBe(200);
  });

  test("an object put without a checksum of its own has CRC64NVME", async () => {
    const target = `/${await gateway.bucket()}/k`;
    const id = await create(target);
    await part(target, id, 1, large);
    await part(target, id, 2, "end");
    await complete(target, id, [
      [1, md5(large)],
      [2, md5("end")],
    ]);
    const head = await send({ method: "HEAD", target, headers: { "x-amz-checksum-mode": "ENABLED" } });
    expect(head.headers).toMatchObject({
      "x-amz-checksum-crc64nvme": await crc64(Buffer.concat([large, Buffer.from("end")])),
      "x-amz-checksum-type": "FULL_OBJECT",
    });
  });

  test("abort", async () => {
    const target = `/${await gateway.bucket()}/k`;
    const id = await create(target);
    await part(target, id, 1, "a");
    const abort = (path: string) => send({ method: "DELETE", target: `${path}?uploadId=${id}` });
    expect((await abort(`${target}2`)).code).toBe("NoSuchUpload");
    expect((await abort(target)).status).toBe(204);
    expect((await abort(target)).code).toBe("NoSuchUpload");
    expect((await part(target, id, 2, "a")).code).toBe("NoSuchUpload");
    expect((await send({ target: `${target}?uploadId=${id}` })).code).toBe("NoSuchUpload");
  });

  test("lists of parts and uploads go page by page", async () => {
    const { s3 } = gateway;
    const Bucket = await gateway.bucket();
    const ids: string[] = [];
    for (const key of ["a", "a", "b/1", "b/2", "c"]) {
      ids.push(await create(`/${Bucket}/${key}`));
      await sleep(2); // so that no two begin in one millisecond
    }
    const seen: string[] = [];
    let [KeyMarker, UploadIdMarker]: (string | undefined)[] = [];
    for (let page = 0; page < 10; page += 1) {
      const listed: ListMultipartUploadsCommandOutput = await s3.send(
        new ListMultipartUploadsCommand({ Bucket, MaxUploads: 1, Delimiter: "/", KeyMarker, UploadIdMarker }),
      );
      seen.push(
        ...(listed.Uploads ?? []).map(({ Key, UploadId = "" }) => `${Key} ${ids.indexOf(UploadId)}`),
        ...(listed.CommonPrefixes ?? []).map(({ Prefix }) => Prefix ?? ""),
      );
      if (listed.IsTruncated !== true) break;
      [KeyMarker, UploadIdMarker] = [listed.NextKeyMarker, listed.NextUploadIdMarker];
    }
    expect(seen).toEqual(["a 0", "a 1", "b/", "c 4"]);
    const inB = await s3.send(new ListMultipartUploadsCommand({ Bucket, Prefix: "b/", KeyMarker: "b/1" }));
    expect(inB).toMatchObject({ Prefix: "b/", KeyMarker: "b/1", Uploads: [{ Key: "b/2", UploadId: ids[3] }] });
    // Without a key marker the other one means nothing.
    const all = await s3.send(new ListMultipartUploadsCommand({ Bucket, UploadIdMarker: ids[1] }));
    expect(all.Uploads).toHaveLength(5);
    const odd = "d e+\u0001/f";
    await create(`/${Bucket}/${encodeURIComponent(odd)}`);
    const encoded = { Bucket, EncodingType: "url", Prefix: "d ", Delimiter: "+" } as const;
    const written = await s3.send(new ListMultipartUploadsCommand({ ...encoded, KeyMarker: "d " }));
    expect(written).toMatchObject({ EncodingType: "url", KeyMarker: "d%20", Prefix: "d%20", Delimiter: "%2B" });
    expect(written.CommonPrefixes).toEqual([{ Prefix: "d%20e%2B" }]);
    const whole = await s3.send(new ListMultipartUploadsCommand({ ...encoded, Delimiter: undefined }));
    expect(whole.Uploads).toMatchObject([{ Key: "d%20e%2B%01/f" }]);
    const at = { Bucket, Key: "c", UploadId: ids[4] };
    for (const n of [3, 1, 7]) await part(`/${Bucket}/c`, ids[4] ?? "", n, "x");
    const first = await s3.send(new ListPartsCommand({ ...at, MaxParts: 2 }));
    expect(first).toMatchObject({ IsTruncated: true, NextPartNumberMarker: "3" });
    const second = await s3.send(new ListPartsCommand({ ...at, PartNumberMarker: first.NextPartNumberMarker }));
    expect(second.Parts?.map(({ PartNumber }) => PartNumber)).toEqual([7]);
    expect(second.IsTruncated).toBe(false);
    // Whoever asks for the next page as long as there is one would ask for ever.
    expect((await s3.send(new ListPartsCommand({ ...at, MaxParts: 0 }))).IsTruncated).toBe(false);
  });
});

describe("GetObjectAttributes", () => {
  const every = "ETag,Checksum,ObjectParts,StorageClass,ObjectSize";

  test("what is asked for, and no more", async () => {
    const target = `/${await gateway.bucket("Enabled")}/k`;
    const put = await send({ method: "PUT", target, body: "a", headers: { "x-amz-checksum-sha256": sha256("a") } });
    const ask = (names: string) =>
      send({ target: `${target}?attributes`, headers: { "x-amz-object-attributes": names } });
    const all = await ask(every);
    expect(all.headers["x-amz-version-id"]).toBe(put.headers["x-amz-version-id"]);
    expect(all.body).toContain(
      `<ETag>${md5("a")}</ETag><Checksum><ChecksumSHA256>${sha256("a")}</ChecksumSHA256><ChecksumType>FULL_OBJECT</ChecksumType></Checksum><StorageClass>STANDARD</StorageClass><ObjectSize>1</ObjectSize>`,
    );
    expect((await ask("ObjectSize")).body).not.toContain("ETag");
    for (const names of ["", "Size", `${every},toString`]) expect((await ask(names)).code).toBe("InvalidArgument");
    const versioned = { target: `${target}?attributes&versionId=${String(put.headers["x-amz-version-id"])}` };
    const headers = { "x-amz-object-attributes": every };
    expect((await send({ ...versioned, headers })).status).toBe(200);
    const resource = `arn:aws:s3:::${target.slice(1)}`;
    const keys = await gateway.user("attributes", {
      Effect: "Allow",
      Action: "s3:GetObjectAttributes",
      Resource: resource,
    });
    expect((await send({ target: `${target}?attributes`, headers, keys })).status).toBe(403);
  });

  test("parts of a multipart object, page by page", async () => {
    const { s3 } = gateway;
    const Bucket = await gateway.bucket();
    const id = await create(`/${Bucket}/k`);
    await part(`/${Bucket}/k`, id, 3, large);
    await part(`/${Bucket}/k`, id, 5, "end");
    await complete(`/${Bucket}/k`, id, [
      [3, md5(large)],
      [5, md5("end")],
    ]);
    const asked = { Bucket, Key: "k", ObjectAttributes: ["ObjectParts" as const], MaxParts: 1 };
    const first = (await s3.send(new GetObjectAttributesCommand(asked))).ObjectParts;
    expect(first).toMatchObject({ TotalPartsCount: 2, IsTruncated: true, NextPartNumberMarker: "1" });
    const rest = await s3.send(
      new GetObjectAttributesCommand({ ...asked, PartNumberMarker: first?.NextPartNumberMarker }),
    );
    expect(rest.ObjectParts).toMatchObject({ IsTruncated: false, Parts: [{ PartNumber: 2, Size: 3 }] });
  });
});
