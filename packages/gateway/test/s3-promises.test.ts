import { createHash } from "node:crypto";
import { readXml } from "@s3-credentials/protocol";
import { expect, test } from "vitest";
import { useS3Gateway } from "./s3-gateway.ts";
const gateway = useS3Gateway();
const { send } = gateway;
const sum = (b: string | Buffer) => createHash("sha256").update(b).digest();
test("complete with the object's checksum", async () => {
  const target = `/${await gateway.bucket()}/k`;
  const made = await send({
    method: "POST",
    target: `${target}?uploads`,
    headers: { "x-amz-checksum-algorithm": "SHA256" },
  });
  const id = /<UploadId>(.*)<\/UploadId>/.exec(made.body)?.[1] ?? "";
  const one = sum("a").toString("base64");
  const put = await send({
    method: "PUT",
    target: `${target}?partNumber=1&uploadId=${id}`,
    body: "a",
    headers: { "x-amz-checksum-sha256": one },
  });
  const body = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${String(put.headers.etag)}</ETag><ChecksumSHA256>${one}</ChecksumSHA256></Part></CompleteMultipartUpload>`;
  const done = (value: string) =>
    send({ method: "POST", target: `${target}?uploadId=${id}`, body, headers: { "x-amz-checksum-sha256": value } });
  expect((await done(one)).code).toBe("BadDigest");
  expect((await send({ method: "HEAD", target })).status).toBe(404);
  expect((await done(sum(sum("a")).toString("base64"))).status).toBe(200);
});
test("readXml returns", () => expect(readXml("<a>")).toHaveProperty("error"));
test("If-Match with an ETag is a read", async () => {
  const b = await gateway.bucket();
  const keys = await gateway.user("writer", {
    Effect: "Allow",
    Action: ["s3:PutObject", "s3:DeleteObject"],
    Resource: `arn:aws:s3:::${b}/*`,
  });
  const { headers } = await send({ method: "PUT", target: `/${b}/k`, body: "x" });
  for (const method of ["PUT", "DELETE"])
    for (const match of [String(headers.etag), '"other"'])
      expect((await send({ method, target: `/${b}/k`, keys, headers: { "if-match": match } })).status).toBe(403);
  expect((await send({ method: "DELETE", target: `/${b}/k`, keys, headers: { "if-match": "*" } })).status).toBe(204);
});

test("conditional writes can be enforced, parts of uploads exempt", async () => {
  const b = await gateway.bucket();
  const deny = {
    Effect: "Deny",
    Principal: "*",
    Action: "s3:PutObject",
    Resource: `arn:aws:s3:::${b}/*`,
    Condition: { Null: { "s3:if-none-match": "true" }, Bool: { "s3:ObjectCreationOperation": "true" } },
  };
  expect(
    (
      await send({
        method: "PUT",
        target: `/${b}?policy`,
        body: JSON.stringify({ Version: "2012-10-17", Statement: deny }),
      })
    ).status,
  ).toBe(204);
  expect((await send({ method: "PUT", target: `/${b}/k`, body: "x" })).status).toBe(403);
  expect((await send({ method: "PUT", target: `/${b}/k`, body: "x", headers: { "if-none-match": "*" } })).status).toBe(
    200,
  );
  expect((await send({ method: "POST", target: `/${b}/m?uploads` })).status).toBe(200);
  expect((await send({ method: "PUT", target: `/${b}/c`, headers: { "x-amz-copy-source": `${b}/k` } })).status).toBe(
    403,
  );
});
