import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
} from "@aws-sdk/client-s3";
import { createHash, randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { describe, expect, test } from "vitest";
import { knock } from "./head-only.ts";
import { useS3Gateway } from "./s3-gateway.ts";

const gateway = useS3Gateway();
const { send } = gateway;
const put = (target: string, body: string, headers: Readonly<Record<string, string>> = {}) =>
  send({ method: "PUT", target, body, headers });

test("many large answers at once, to clients that are fast, slow or leave: the bytes of one never come into another", async () => {
  const Bucket = await gateway.bucket();
  const size = 12 * 1024 * 1024 + 5; // more than the system takes for a client that does not read
  const sum = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");
  const objects = await Promise.all(
    [undefined, "AES256" as const].map(async (ServerSideEncryption, index) => {
      const [Key, Body] = [`large/${index}`, randomBytes(size)];
      await gateway.s3.send(new PutObjectCommand({ Bucket, Key, Body, ServerSideEncryption }));
      return { Key, sum: sum(Body) };
    }),
  );
  const read = async (Key: string, onPiece: (count: number) => Promise<"leave" | undefined>) => {
    const { Body } = await gateway.s3.send(new GetObjectCommand({ Bucket, Key }));
    const pieces: Buffer[] = [];
    for await (const piece of Body as IncomingMessage) {
      pieces.push(piece as Buffer);
      if ((await onPiece(pieces.length)) === "leave") return "left"; // which destroys the connection
    }
    return sum(Buffer.concat(pieces));
  };
  let letGo: (value: undefined) => void = () => {};
  const others = new Promise<undefined>((done) => (letGo = done));
  const slow = objects.map(({ Key }) => read(Key, (count) => (count === 1 ? others : Promise.resolve(undefined))));
  for (let round = 0; round < 3; round += 1) {
    const fast = objects.map(({ Key }) => read(Key, () => Promise.resolve(undefined)));
    const leaving = objects.map(({ Key }) => read(Key, (count) => Promise.resolve(count === 10 ? "leave" : undefined)));
    expect(await Promise.all([...fast, ...leaving])).toEqual([...objects.map((object) => object.sum), "left", "left"]);
  }
  letGo(undefined);
  expect(await Promise.all(slow)).toEqual(objects.map((object) => object.sum));
});

describe("put, get, head", () => {
  test("headers and metadata come back as they were sent", async () => {
    const b = await gateway.bucket();
    const stored = {
      "content-type": "text/plain",
      "cache-control": "max-age=1",
      "content-disposition": "inline",
      "content-encoding": "gzip",
      "content-language": "de",
      expires: "Wed, 21 Oct 2026 07:28:00 GMT",
      "x-amz-meta-one": "1",
      "x-amz-meta-__proto__": "p",
      "x-amz-website-redirect-location": "/there",
    };
    const written = await put(`/${b}/k`, "hello", stored);
    expect(written).toMatchObject({ status: 200, headers: { etag: '"5d41402abc4b2a76b9719d911017c592"' } });
    expect(written.headers["x-amz-version-id"]).toBeUndefined();
    for (const method of ["GET", "HEAD"]) {
      const got = await send({ method, target: `/${b}/k` });
      expect(got).toMatchObject({
        status: 200,
        headers: { ...stored, "content-length": "5", "accept-ranges": "bytes" },
      });
      expect(got.body).toBe(method === "GET" ? "hello" : "");
    }
  });

  test("header values are bytes: they come back as they were sent, with a body and without", async () => {
    const b = await gateway.bucket();
    const bytes = (text: string): string => Buffer.from(text).toString("latin1");
    const stored = {
      "content-disposition": bytes('attachment; filename="café à la carte, voilà"'),
      "content-type": bytes("text/plain; name=é"),
      "cache-control": bytes("x=à"),
      "x-amz-meta-utf8": bytes("ÄMÄZÕÑ 日本 voilà"),
      "x-amz-meta-latin1": "caf\u00e9",
      "x-amz-meta-spaces": "a \u00a0 b\u00a0",
      "x-amz-meta-word": "=?UTF-8?Q?=C3=84M=C3=84Z=C3=95=C3=91_S3?=",
      "x-amz-website-redirect-location": bytes("/à"),
    };
    for (const [key, body] of Object.entries({ full: "hello", empty: "" })) {
      expect(await put(`/${b}/${key}`, body, stored)).toMatchObject({ status: 200 });
      for (const method of ["GET", "HEAD"]) {
        const target = `/${b}/${key}`;
        expect((await send({ method, target })).headers, `${method} ${key}`).toMatchObject(stored);
      }
      const { "x-amz-website-redirect-location": _notCopied, ...copied } = stored;
      expect((await put(`/${b}/copy`, "", { "x-amz-copy-source": `/${b}/${key}` })).status).toBe(200);
      expect((await send({ method: "HEAD", target: `/${b}/copy` })).headers).toMatchObject(copied);
    }
  });

  test("two kilobytes of user metadata, not a byte more", async () => {
    const b = await gateway.bucket();
    expect((await put(`/${b}/k`, "", { "x-amz-meta-a": "x".repeat(2047) })).status).toBe(200);
    expect(await put(`/${b}/k`, "", { "x-amz-meta-a": "x".repeat(2048) })).toMatchObject({
      status: 400,
      code: "MetadataTooLarge",
    });
  });

  test.each([
    ["x-amz-tagging", "a=%zz", "InvalidArgument"],
    ["x-amz-server-side-encryption", "aws:kms:dsse", "NotImplemented"],
    ["x-amz-server-side-encryption-customer-algorithm", "AES256", "InvalidRequest"], // without TLS
    ["x-amz-object-lock-mode", "GOVERNANCE", "InvalidArgument"],
    ["x-amz-object-lock-legal-hold", "ON", "InvalidRequest"],
    ["x-amz-object-lock-event-hold", "ON", "NotImplemented"],
    ["x-amz-write-offset-bytes", "0", "NotImplemented"],
    ["x-amz-storage-class", "GLACIER", "NotImplemented"],
    ["x-amz-acl", "public-read", "AccessControlListNotSupported"],
    ["x-amz-grant-read", 'uri="http://acs.amazonaws.com/groups/global/AllUsers"', "AccessControlListNotSupported"],
    ["x-amz-website-redirect-location", "elsewhere", "InvalidArgument"],
    ["if-none-match", '"abc"', "NotImplemented"],
  ])("%s: %s is refused by name, and nothing is stored", async (name, value, code) => {
    const b = await gateway.bucket();
    expect(await put(`/${b}/k`, "x", { [name]: value })).toMatchObject({ code });
    expect((await send({ method: "HEAD", target: `/${b}/k` })).status).toBe(404);
  });

  test.each(["private", "bucket-owner-full-control"])("x-amz-acl %s changes nothing and is taken", async (acl) => {
    const b = await gateway.bucket();
    expect((await put(`/${b}/k`, "x", { "x-amz-acl": acl, "x-amz-storage-class": "STANDARD" })).status).toBe(200);
  });

  test("keys: 1024 bytes of UTF-8, and stored as they are", async () => {
    const b = await gateway.bucket();
    const longest = `/${b}/${"%C3%BC".repeat(512)}`;
    expect((await put(longest, "x")).status).toBe(200);
    expect(await put(`${longest}a`, "x")).toMatchObject({ status: 400, code: "KeyTooLongError" });
    for (const key of ["a/../b", "a//b", "%252e", ".", "a%20+b", "%F0%9F%98%80"]) {
      await put(`/${b}/${key}`, key);
      expect((await send({ target: `/${b}/${key}` })).body).toBe(key);
    }
    expect((await send({ target: `/${b}/b` })).code).toBe("NoSuchKey");
  });

  test.each([
    ["bytes=0-0", 206, "0", "bytes 0-0/10"],
    ["bytes=3-", 206, "3456789", "bytes 3-9/10"],
    ["bytes=-3", 206, "789", "bytes 7-9/10"],
    ["bytes=5-99", 206, "56789", "bytes 5-9/10"],
    ["bytes=-99", 206, "0123456789", "bytes 0-9/10"],
    // What the SDK for Java 1 sends for "from byte 5".
    ["bytes=5-9223372036854775806", 206, "56789", "bytes 5-9/10"],
    ["bytes=-18446744073709551615", 206, "0123456789", "bytes 0-9/10"],
    ["bytes=5-3", 200, "0123456789", undefined],
    ["bytes=0-1,3-4", 200, "0123456789", undefined],
    ["lines=1-2", 200, "0123456789", undefined],
    ["bytes=x", 200, "0123456789", undefined],
  ])("range %s", async (range, status, body, contentRange) => {
    const b = await gateway.bucket();
    await put(`/${b}/k`, "0123456789");
    const got = await send({ target: `/${b}/k`, headers: { range } });
    expect(got).toMatchObject({ status, body });
    expect(got.headers["content-range"]).toBe(contentRange);
    expect(got.headers["content-length"]).toBe(String(body.length));
    const head = await send({ method: "HEAD", target: `/${b}/k`, headers: { range } });
    expect(head.headers).toMatchObject({ "content-length": String(body.length) });
  });

  test("a range that cannot be, and If-Range", async () => {
    const b = await gateway.bucket();
    const { headers } = await put(`/${b}/k`, "0123456789");
    for (const range of ["bytes=10-", "bytes=-0", `bytes=${"9".repeat(400)}-`])
      expect(await send({ target: `/${b}/k`, headers: { range } })).toMatchObject({
        status: 416,
        code: "InvalidRange",
        headers: { "content-range": "bytes */10" },
      });
    const ifRange = (value: string) => send({ target: `/${b}/k`, headers: { range: "bytes=0-1", "if-range": value } });
    expect((await ifRange(String(headers.etag))).status).toBe(206);
    expect(await ifRange('"another"')).toMatchObject({ status: 200, body: "0123456789" });
    await put(`/${b}/empty`, "");
    expect((await send({ target: `/${b}/empty`, headers: { range: "bytes=0-" } })).status).toBe(416);
    expect((await send({ target: `/${b}/empty` })).headers["content-length"]).toBe("0");
  });

  test("conditions: a match outweighs a date", async () => {
    const b = await gateway.bucket();
    const { headers } = await put(`/${b}/k`, "x");
    const etag = String(headers.etag);
    const [past, future] = ["Mon, 01 Jan 2001 00:00:00 GMT", "Fri, 01 Jan 2100 00:00:00 GMT"];
    const status = async (conditions: Readonly<Record<string, string>>) =>
      (await send({ target: `/${b}/k`, headers: conditions })).status;
    expect(await status({ "if-match": etag })).toBe(200);
    expect(await status({ "if-match": '"other", *' })).toBe(200);
    expect(await status({ "if-match": '"other"' })).toBe(412);
    expect(await status({ "if-match": etag, "if-unmodified-since": past })).toBe(200);
    expect(await status({ "if-unmodified-since": past })).toBe(412);
    expect(await status({ "if-none-match": etag })).toBe(304);
    expect(await status({ "if-none-match": `W/${etag}` })).toBe(304);
    expect(await status({ "if-none-match": '"other"', "if-modified-since": future })).toBe(200);
    expect(await status({ "if-modified-since": future })).toBe(304);
    expect(await status({ "if-modified-since": "not a date" })).toBe(200);
    const notModified = await send({ target: `/${b}/k`, headers: { "if-none-match": etag } });
    expect(notModified).toMatchObject({ body: "", headers: { etag } });
  });

  test("response headers may be overridden by whoever signs", async () => {
    const b = await gateway.bucket();
    await put(`/${b}/k`, "x");
    const query = "response-content-type=text%2Fcsv&response-content-disposition=attachment&response-expires=0";
    expect((await send({ target: `/${b}/k?${query}` })).headers).toMatchObject({
      "content-type": "text/csv",
      "content-disposition": "attachment",
      expires: "0",
    });
    expect((await send({ target: `/${b}/k?response-content-type=a%0D%0Ab:c` })).code).toBe("InvalidArgument");
    const named = Buffer.from("café 日本").toString("latin1");
    for (const method of ["GET", "HEAD"])
      expect(
        await send({ method, target: `/${b}/k?response-content-disposition=caf%C3%A9%20%E6%97%A5%E6%9C%AC` }),
      ).toMatchObject({ status: 200, headers: { "content-disposition": named } });
    await send({ method: "DELETE", target: `/${b}?publicAccessBlock` });
    const statement = { Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: `arn:aws:s3:::${b}/*` };
    const policy = JSON.stringify({ Version: "2012-10-17", Statement: statement });
    expect((await send({ method: "PUT", target: `/${b}?policy`, body: policy })).status).toBe(204);
    expect((await gateway.sendUnsigned({ target: `/${b}/k` })).status).toBe(200);
    expect(await gateway.sendUnsigned({ target: `/${b}/k?${query}` })).toMatchObject({
      status: 400,
      code: "InvalidRequest",
    });
  });

  test("checksums are kept, and given to whoever asks", async () => {
    const b = await gateway.bucket();
    const put256 = await put(`/${b}/k`, "hello", {
      "x-amz-checksum-sha256": "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=",
    });
    const expected = {
      "x-amz-checksum-sha256": "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=",
      "x-amz-checksum-type": "FULL_OBJECT",
    };
    expect(put256.headers).toMatchObject(expected);
    const asked = { "x-amz-checksum-mode": "ENABLED" };
    expect((await send({ target: `/${b}/k`, headers: asked })).headers).toMatchObject(expected);
    expect((await send({ target: `/${b}/k` })).headers["x-amz-checksum-sha256"]).toBeUndefined();
    const part = await send({ target: `/${b}/k`, headers: { ...asked, range: "bytes=0-1" } });
    expect(part.headers["x-amz-checksum-sha256"]).toBeUndefined();
    const wrong = await put(`/${b}/wrong`, "hallo", { "x-amz-checksum-sha256": expected["x-amz-checksum-sha256"] });
    expect(wrong.code).toBe("BadDigest");
  });

  test("conditional puts", async () => {
    const b = await gateway.bucket();
    const { headers } = await put(`/${b}/k`, "one", { "if-none-match": "*" });
    expect((await put(`/${b}/k`, "two", { "if-none-match": "*" })).status).toBe(412);
    expect((await put(`/${b}/k`, "two", { "if-match": '"other"' })).status).toBe(412);
    expect((await put(`/${b}/absent`, "two", { "if-match": '"other"' })).code).toBe("NoSuchKey");
    expect((await put(`/${b}/k`, "two", { "if-match": String(headers.etag) })).status).toBe(200);
    expect((await put(`/${b}/k`, "3", { "if-match": "*", "if-none-match": "*" })).code).toBe("NotImplemented");
    expect((await send({ target: `/${b}/k` })).body).toBe("two");
  });
});

describe("conditional deletes", () => {
  test("by ETag and by *, one key or many; the other keys are deleted", async () => {
    const { s3 } = gateway;
    const Bucket = await gateway.bucket();
    const put = async (Key: string) => (await s3.send(new PutObjectCommand({ Bucket, Key, Body: Key }))).ETag;
    const tag = await put("a");
    const drop = (IfMatch: string, Key = "a") => s3.send(new DeleteObjectCommand({ Bucket, Key, IfMatch }));
    await expect(drop('"other"')).rejects.toMatchObject({ name: "PreconditionFailed" });
    await expect(drop("*", "absent")).rejects.toMatchObject({ name: "NoSuchKey" });
    await drop(tag ?? "");
    expect((await send({ method: "HEAD", target: `/${Bucket}/a` })).status).toBe(404);

    const tags = [await put("a"), await put("b"), await put("c"), await put("d")];
    const Objects = [
      { Key: "a", ETag: tags[0] },
      { Key: "b", ETag: tags[0] },
      { Key: "c", ETag: "*" },
      { Key: "d" },
      { Key: "absent", ETag: "*" },
    ];
    const done = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    expect(done.Deleted?.map(({ Key }) => Key)).toEqual(["a", "c", "d"]);
    expect(done.Errors?.map(({ Key, Code }) => [Key, Code])).toEqual([
      ["b", "PreconditionFailed"],
      ["absent", "NoSuchKey"],
    ]);
    expect((await send({ method: "HEAD", target: `/${Bucket}/b` })).status).toBe(200);
  });

  test("conditions that only directory buckets have are refused by name", async () => {
    const { s3 } = gateway;
    const Bucket = await gateway.bucket();
    await send({ method: "PUT", target: `/${Bucket}/k`, body: "x" });
    for (const more of [{ IfMatchSize: 1 }, { IfMatchLastModifiedTime: new Date() }])
      await expect(s3.send(new DeleteObjectCommand({ Bucket, Key: "k", ...more }))).rejects.toMatchObject({
        name: "NotImplemented",
      });
    for (const more of [{ Size: 1 }, { LastModifiedTime: new Date() }])
      await expect(
        s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: "k", ...more }] } })),
      ).rejects.toMatchObject({ name: "NotImplemented" });
    expect((await send({ method: "HEAD", target: `/${Bucket}/k` })).status).toBe(200);
  });

  /** https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-delete-enforce.html */
  test("AWS's policy that allows conditional deletes alone works as it is written", async () => {
    const Bucket = await gateway.bucket();
    const Resource = `arn:aws:s3:::${Bucket}/*`;
    const keys = await gateway.user("conditional-deleter", {
      Effect: "Allow",
      Action: "s3:DeleteObject",
      Resource,
      Condition: { Null: { "s3:if-match": "false" } },
    });
    const client = gateway.clientOf(keys);
    const { ETag } = await gateway.s3.send(new PutObjectCommand({ Bucket, Key: "k", Body: "x" }));
    const drop = async (object: { readonly ETag?: string | undefined }, IfMatch?: string) => {
      const command = new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: "k", ...object }] } });
      // A header beside the keys says nothing of any.
      command.middlewareStack.add(
        (next) => (args) => {
          if (IfMatch !== undefined)
            (args.request as { headers: Record<string, string> }).headers["if-match"] = IfMatch;
          return next(args);
        },
        { step: "build" },
      );
      const { Errors, Deleted } = await client.send(command);
      return Errors?.[0]?.Code ?? Deleted?.[0]?.Key;
    };
    expect(await drop({})).toBe("AccessDenied");
    expect(await drop({}, "*")).toBe("AccessDenied");
    // A comparison of the ETag reads the object, and this user has no right to read it.
    expect(await drop({ ETag })).toBe("AccessDenied");
    expect(await drop({ ETag: '"guess"' })).toBe("AccessDenied");
    await expect(client.send(new DeleteObjectCommand({ Bucket, Key: "k" }))).rejects.toThrow();
    expect(await drop({ ETag: "*" })).toBe("k");
  });

  test("a Deny by the tags of the object holds for its ETag too", async () => {
    const Bucket = await gateway.bucket();
    const Resource = `arn:aws:s3:::${Bucket}/*`;
    const keys = await gateway.user(
      "tag-deleter",
      { Effect: "Allow", Action: ["s3:DeleteObject", "s3:GetObject"], Resource },
      {
        Effect: "Deny",
        Action: "s3:GetObject",
        Resource,
        Condition: { StringEquals: { "s3:ExistingObjectTag/secret": "yes" } },
      },
    );
    const put = (Key: string, Tagging?: string) =>
      gateway.s3.send(new PutObjectCommand({ Bucket, Key, Body: "x", Tagging }));
    const { ETag } = await put("secret", "secret=yes");
    await put("plain");
    await put("other", "secret=no");
    const Objects = ["secret", "plain", "other"].map((Key) => ({ Key, ETag }));
    const deletion = new DeleteObjectsCommand({ Bucket, Delete: { Objects: [...Objects, { Key: "absent", ETag }] } });
    const done = await gateway.clientOf(keys).send(deletion);
    expect(done.Deleted?.map(({ Key }) => Key)).toEqual(["plain", "other"]);
    expect(done.Errors?.map(({ Key, Code }) => [Key, Code])).toEqual([
      ["secret", "AccessDenied"],
      ["absent", "AccessDenied"],
    ]);
  });

  test("the object whose tags decided is the one whose ETag is compared, also when it is replaced meanwhile", async () => {
    const Bucket = await gateway.bucket();
    const Resource = `arn:aws:s3:::${Bucket}/*`;
    const keys = await gateway.user(
      "etag-guesser",
      { Effect: "Allow", Action: ["s3:PutObject", "s3:GetObject"], Resource },
      {
        Effect: "Deny",
        Action: "s3:GetObject",
        Resource,
        Condition: { StringEquals: { "s3:ExistingObjectTag/secret": "yes" } },
      },
    );
    const put = (Key: string, Body: string, Tagging?: string) =>
      gateway.s3.send(new PutObjectCommand({ Bucket, Key, Body, Tagging }));
    const { ETag: guessed = "" } = await put("elsewhere", "guessed");
    const write = (Key: string, ifMatch: string) =>
      knock(gateway, {
        method: "PUT",
        target: `/${Bucket}/${Key}`,
        headers: { "if-match": ifMatch },
        body: "mine",
        keys,
        expects: true,
        beforeBody: async () => void (await put(Key, "guessed", "secret=yes")),
      });
    const codes: (string | undefined)[] = [];
    for (const ifMatch of [guessed, '"0123456789abcdef0123456789abcdef"']) {
      await put("k", "plain");
      codes.push((await write("k", ifMatch)).code, (await send({ target: `/${Bucket}/k` })).body);
    }
    // Right or wrong, a guess gets the same answer.
    expect(codes).toEqual(["ConditionalRequestConflict", "guessed", "ConditionalRequestConflict", "guessed"]);
    // When there was no object at the decision, an object that is put meanwhile is not replaced.
    expect((await write("new", guessed)).code).toBe("ConditionalRequestConflict");
  });

  test("the object whose tags let it be replaced by one with tags is the one that is replaced", async () => {
    const Bucket = await gateway.bucket();
    const Resource = `arn:aws:s3:::${Bucket}/*`;
    const keys = await gateway.user(
      "tag-writer",
      { Effect: "Allow", Action: ["s3:PutObject", "s3:PutObjectTagging"], Resource },
      {
        Effect: "Deny",
        Action: "s3:PutObjectTagging",
        Resource,
        Condition: { StringEquals: { "s3:ExistingObjectTag/locked": "yes" } },
      },
    );
    const at = { Bucket, Key: "k" };
    const write = (beforeBody: () => Promise<unknown>) =>
      knock(gateway, {
        method: "PUT",
        target: `/${Bucket}/k`,
        headers: { "x-amz-tagging": "a=b" },
        body: "mine",
        keys,
        expects: true,
        beforeBody: async () => void (await beforeBody()),
      });
    const put = (Tagging?: string) => gateway.s3.send(new PutObjectCommand({ ...at, Body: "theirs", Tagging }));
    await put();
    const replaced = await write(() => put("locked=yes"));
    expect(replaced.code).toBe("OperationAborted");
    expect((await write(async () => {})).code).toBe("AccessDenied");
    await put();
    const Tagging = { TagSet: [{ Key: "locked", Value: "yes" }] };
    const tagged = await write(() => gateway.s3.send(new PutObjectTaggingCommand({ ...at, Tagging })));
    expect(tagged.code).toBe("OperationAborted");
    expect((await send({ target: `/${Bucket}/k` })).body).toBe("theirs");
    await put();
    expect((await write(async () => {})).status).toBe(200);
  });
});
