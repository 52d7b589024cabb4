import { createHash } from "node:crypto";
import { presignQuery } from "@s3-credentials/protocol";
import { describe, expect, test } from "vitest";
import { useS3Gateway } from "./s3-gateway.ts";

const gateway = useS3Gateway();

function md5(body: string): Readonly<Record<string, string>> {
  return { "content-md5": createHash("md5").update(body).digest("base64") };
}

const refusedIds = ["%00", "a%00", "%0d%0aX-Evil:%201", "%C3%A4", "%E2%80%A8", "%20", "%7F", "a".repeat(1025), ""];
const readings = ["", "&tagging", "&acl", "&attributes", "&uploadId=x"];

describe("a version id that no answer could repeat", () => {
  test.each(refusedIds.map((id) => [id.slice(0, 40), id] as const))(
    "versionId=%s is refused before anything is asked of the store",
    async (_shown, id) => {
      const bucket = await gateway.bucket("Enabled");
      await gateway.send({ method: "PUT", target: `/${bucket}/key`, body: "text" });
      for (const method of ["GET", "HEAD", "DELETE", "PUT"]) {
        for (const more of readings) {
          const sent = await gateway.send({ method, target: `/${bucket}/key?versionId=${id}${more}` });
          expect([method, more, sent.status]).not.toEqual([method, more, 500]);
          expect(sent.headers).not.toHaveProperty("x-evil");
        }
      }
      expect(await gateway.send({ target: `/${bucket}/key?versionId=${id}` })).toMatchObject({
        status: 400,
        code: "InvalidArgument",
      });
    },
  );

  test.each(refusedIds.map((id) => [id.slice(0, 40), id] as const))(
    "a copy source with versionId=%s is refused",
    async (_shown, id) => {
      const bucket = await gateway.bucket("Enabled");
      await gateway.send({ method: "PUT", target: `/${bucket}/key`, body: "text" });
      const headers = { "x-amz-copy-source": `/${bucket}/key?versionId=${id}` };
      const sent = await gateway.send({ method: "PUT", target: `/${bucket}/copy`, headers });
      expect(sent).toMatchObject({ status: 400, code: "InvalidArgument" });
    },
  );

  test.each(["ä", "a b", "a".repeat(1025)])("DeleteObjects with VersionId %.40s deletes nothing", async (id) => {
    const bucket = await gateway.bucket("Enabled");
    await gateway.send({ method: "PUT", target: `/${bucket}/key`, body: "text" });
    const body = `<Delete><Object><Key>key</Key></Object><Object><Key>key</Key><VersionId>${id}</VersionId></Object></Delete>`;
    const sent = await gateway.send({ method: "POST", target: `/${bucket}?delete`, body, headers: md5(body) });
    expect(sent).toMatchObject({ status: 400, code: "InvalidArgument" });
    expect((await gateway.send({ target: `/${bucket}/key` })).status).toBe(200);
  });

  test("one that might have been given out is asked for", async () => {
    const bucket = await gateway.bucket("Enabled");
    expect((await gateway.send({ target: `/${bucket}/key?versionId=nobody-s` })).code).toBe("NoSuchVersion");
  });
});

describe("a parameter that is sent twice", () => {
  const twice = [
    "policy&policy",
    "policy&policy=x",
    "prefix=a&prefix=b",
    "prefix=open/&%70refix=closed/",
    "versionId=null&versionId=x",
    "list-type=2&list-type=1",
    "x-id=a&x-id=a",
  ];

  test.each(twice)("?%s is refused, signed or not", async (query) => {
    const bucket = await gateway.bucket();
    for (const target of [`/${bucket}?${query}`, `/${bucket}/key?${query}`]) {
      for (const sent of [await gateway.send({ target }), await gateway.sendUnsigned({ target })])
        expect(sent).toMatchObject({ status: 400, code: "InvalidArgument" });
    }
  });

  test("a presigned query with a second value, added after signing or before, is refused", async () => {
    const bucket = await gateway.bucket();
    await gateway.send({ method: "PUT", target: `/${bucket}/key`, body: "text" });
    const headers = [["host", `127.0.0.1:${gateway.port}`]] as const;
    const sign = (query: string) =>
      presignQuery(
        { method: "GET", path: `/${bucket}/key`, query, headers },
        gateway.admin,
        { region: "us-east-1", service: "s3", time: Date.now() },
        60,
      );
    const once = sign("response-content-type=text/plain");
    expect((await gateway.sendUnsigned({ target: `/${bucket}/key?${once}` })).status).toBe(200);
    const added = `${once}&response-content-type=text/html`;
    const signed = sign("response-content-type=text/plain&response-content-type=text/html");
    for (const query of [added, signed])
      expect((await gateway.sendUnsigned({ target: `/${bucket}/key?${query}` })).code).toBe("InvalidArgument");
  });
});
