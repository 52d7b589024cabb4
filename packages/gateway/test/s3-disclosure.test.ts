import { describe, expect, test } from "vitest";
import { useS3Gateway } from "./s3-gateway.ts";

const gateway = useS3Gateway();
const { send } = gateway;
const put = (target: string, body = "x") => send({ method: "PUT", target, body });

describe("only callers who may list learn what does not exist", () => {
  test("misses, delete markers, versions, conditions and ranges are one 403", async () => {
    const b = await gateway.bucket("Enabled");
    await put(`/${b}/deleted`);
    const marker = await send({ method: "DELETE", target: `/${b}/deleted` });
    const id = String(marker.headers["x-amz-version-id"]);
    const all = ["s3:GetObject", "s3:GetObjectVersion", "s3:GetObjectAcl", "s3:GetObjectTagging", "s3:PutObject"];
    const keys = await gateway.user("reader", { Effect: "Allow", Action: all, Resource: `arn:aws:s3:::${b}/*` });
    const asked: readonly [string, Readonly<Record<string, string>>?][] = [
      ["absent"],
      ["deleted"],
      [`deleted?versionId=${id}`],
      ["absent?versionId=null"],
      ["absent?acl"],
      ["absent?tagging"],
      ["absent", { "if-match": '"x"' }],
      ["absent", { "if-none-match": "*" }],
      ["absent", { "if-unmodified-since": "Mon, 01 Jan 2001 00:00:00 GMT" }],
      ["absent", { range: "bytes=0-1" }],
      ["absent?partNumber=1"],
    ];
    for (const [name, headers = {}] of asked) {
      const got = await send({ target: `/${b}/${name}`, headers, keys });
      expect([name, got.status, got.code]).toEqual([name, 403, "AccessDenied"]);
      expect(got.headers["x-amz-delete-marker"]).toBeUndefined();
      expect(got.headers["x-amz-version-id"]).toBeUndefined();
    }
    const replaced = await send({
      method: "PUT",
      target: `/${b}/absent`,
      body: "x",
      headers: { "if-match": '"x"' },
      keys,
    });
    expect(replaced).toMatchObject({ status: 403, code: "AccessDenied" });
    expect((await send({ target: `/${b}/absent` })).code).toBe("NoSuchKey");
  });

  test("without the right to read, absent and present are the same answer", async () => {
    const b = await gateway.bucket();
    await put(`/${b}/present`);
    const keys = await gateway.user("nobody");
    const answer = async (key: string, headers: Readonly<Record<string, string>>) => {
      const got = await send({ target: `/${b}/${key}`, headers, keys });
      return [got.status, got.body.replaceAll(/present|absent_|<(RequestId|HostId)>.*?<\/\1>/g, "")];
    };
    for (const headers of [{}, { "if-none-match": "*" }, { "if-match": '"x"' }, { range: "bytes=9-" }])
      expect(await answer("present", headers)).toEqual(await answer("absent_", headers));
  });
});

describe("a version is asked for as one", () => {
  test.each(["s3:GetObject", "s3:DeleteObject", "s3:GetObjectAcl", "s3:GetObjectTagging"])(
    "%s opens no version, the null version neither",
    async (action) => {
      const b = await gateway.bucket();
      await put(`/${b}/k`);
      const keys = await gateway.user(`plain${action.slice(3)}`, {
        Effect: "Allow",
        Action: action,
        Resource: `arn:aws:s3:::${b}/*`,
      });
      const method = action === "s3:DeleteObject" ? "DELETE" : "GET";
      const query = { "s3:GetObjectAcl": "acl&", "s3:GetObjectTagging": "tagging&" }[action] ?? "";
      expect((await send({ method, target: `/${b}/k?${query}versionId=null`, keys })).status).toBe(403);
      expect((await send({ method, target: `/${b}/k?${query}`, keys })).status).toBeLessThan(300);
    },
  );

  test("s3:VersionId holds one version", async () => {
    const b = await gateway.bucket("Enabled");
    const ids = [await put(`/${b}/k`, "1"), await put(`/${b}/k`, "2")].map(({ headers }) =>
      String(headers["x-amz-version-id"]),
    );
    const keys = await gateway.user("readsVersions", {
      Effect: "Allow",
      Action: "s3:GetObjectVersion",
      Resource: `arn:aws:s3:::${b}/k`,
      Condition: { StringEquals: { "s3:VersionId": ids[0] } },
    });
    expect((await send({ target: `/${b}/k?versionId=${ids[0]}`, keys })).body).toBe("1");
    expect((await send({ target: `/${b}/k?versionId=${ids[1]}`, keys })).status).toBe(403);
    expect((await send({ target: `/${b}/k`, keys })).status).toBe(403);
  });
});
