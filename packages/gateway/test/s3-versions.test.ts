import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { useS3Gateway } from "./s3-gateway.ts";

const gateway = useS3Gateway();
const { send } = gateway;
const put = async (target: string, body: string) =>
  String((await send({ method: "PUT", target, body })).headers["x-amz-version-id"]);
const md5 = (body: string) => createHash("md5").update(body).digest("base64");
const deleteAll = (bucket: string, inside: string, keys = gateway.admin) => {
  const body = `<Delete>${inside}</Delete>`;
  return send({ method: "POST", target: `/${bucket}?delete`, body, keys, headers: { "content-md5": md5(body) } });
};

describe("versions", () => {
  test("each put is one, a delete hides them, and a version deleted is gone", async () => {
    const target = `/${await gateway.bucket("Enabled")}/k`;
    const [one, two] = [await put(target, "one"), await put(target, "two")];
    expect(one).not.toBe(two);
    expect(await send({ target })).toMatchObject({ body: "two", headers: { "x-amz-version-id": two } });
    expect((await send({ target: `${target}?versionId=${one}` })).body).toBe("one");
    const marker = await send({ method: "DELETE", target });
    expect(marker).toMatchObject({ status: 204, headers: { "x-amz-delete-marker": "true" } });
    const markerId = String(marker.headers["x-amz-version-id"]);
    expect(await send({ target })).toMatchObject({
      status: 404,
      code: "NoSuchKey",
      headers: { "x-amz-delete-marker": "true", "x-amz-version-id": markerId },
    });
    expect(await send({ target: `${target}?versionId=${markerId}` })).toMatchObject({
      status: 405,
      code: "MethodNotAllowed",
      headers: { "x-amz-delete-marker": "true", allow: "DELETE" },
    });
    expect((await send({ method: "HEAD", target: `${target}?versionId=${markerId}` })).status).toBe(405);
    expect((await send({ target: `${target}?versionId=unknown` })).code).toBe("NoSuchVersion");
    expect((await send({ target: `${target}?versionId=` })).code).toBe("InvalidArgument");
    const undone = await send({ method: "DELETE", target: `${target}?versionId=${markerId}` });
    expect(undone).toMatchObject({
      status: 204,
      headers: { "x-amz-delete-marker": "true", "x-amz-version-id": markerId },
    });
    expect((await send({ target })).body).toBe("two");
    await send({ method: "DELETE", target: `${target}?versionId=${two}` });
    expect((await send({ target })).body).toBe("one");
  });

  test("conditional deletes", async () => {
    const b = await gateway.bucket();
    const { headers } = await send({ method: "PUT", target: `/${b}/k`, body: "x" });
    const remove = (match: string) => send({ method: "DELETE", target: `/${b}/k`, headers: { "if-match": match } });
    expect((await remove('"other"')).status).toBe(412);
    expect((await remove(String(headers.etag))).status).toBe(204);
    expect((await remove("*")).code).toBe("NoSuchKey");
    expect((await send({ method: "DELETE", target: `/${b}/k` })).status).toBe(204);
  });
});

test("a version is read, copied, tagged and deleted by the Version actions, and s3:VersionId says which", async () => {
  const b = await gateway.bucket("Enabled");
  const target = `/${b}/k`;
  const [old, current] = [await put(target, "old"), await put(target, "current")];
  const Resource = `arn:aws:s3:::${b}/*`;
  const plain = await gateway.user("plain-reader", {
    Effect: "Allow",
    Action: ["s3:GetObject", "s3:DeleteObject", "s3:PutObject"],
    Resource,
  });
  const one = await gateway.user(
    "one-version",
    { Effect: "Allow", Action: "s3:*Version*", Resource, Condition: { StringEquals: { "s3:VersionId": old } } },
    { Effect: "Allow", Action: "s3:PutObject", Resource: `${Resource}copy` },
  );
  const status = async (keys: typeof plain, method: string, versionId?: string, more = "") => {
    const query = [more, versionId === undefined ? "" : `versionId=${versionId}`]
      .filter((text) => text !== "")
      .join("&");
    return (await send({ method, target: query === "" ? target : `${target}?${query}`, keys })).status;
  };
  const copy = async (keys: typeof plain, versionId?: string) => {
    const source = `${b}/k${versionId === undefined ? "" : `?versionId=${versionId}`}`;
    const headers = { "x-amz-copy-source": source, "x-amz-tagging-directive": "REPLACE" };
    return (await send({ method: "PUT", target: `/${b}/copy`, keys, headers })).status;
  };
  // The version that is current, named, is a version all the same.
  for (const method of ["GET", "HEAD", "DELETE"]) expect(await status(plain, method, current)).toBe(403);
  expect([await status(plain, "GET"), await copy(plain), await copy(plain, current)]).toEqual([200, 200, 403]);
  for (const [versionId, expected] of [
    [undefined, 403],
    [current, 403],
    [old, 200],
  ] as const) {
    for (const method of ["GET", "HEAD"]) expect(await status(one, method, versionId)).toBe(expected);
    expect(await status(one, "GET", versionId, "tagging")).toBe(expected);
    expect(await copy(one, versionId)).toBe(expected);
    expect(await status(one, "DELETE", versionId)).toBe(expected === 200 ? 204 : 403);
  }
  expect((await send({ target })).body).toBe("current");
});

describe("DeleteObjects", () => {
  test("objects, versions, markers; quiet or not", async () => {
    const b = await gateway.bucket("Enabled");
    const id = await put(`/${b}/a`, "1");
    await put(`/${b}/b`, "2");
    const done = await deleteAll(
      b,
      `<Object><Key>a</Key><VersionId>${id}</VersionId></Object><Object><Key>b</Key></Object><Object><Key>absent</Key></Object>`,
    );
    expect(done.body).toContain(`<Deleted><Key>a</Key><VersionId>${id}</VersionId></Deleted>`);
    expect(done.body).toMatch(/<Deleted><Key>b<\/Key><DeleteMarker>true<\/DeleteMarker><DeleteMarkerVersionId>[\w-]+</);
    expect(done.body.match(/<Deleted>/g)).toHaveLength(3);
    const quiet = await deleteAll(b, "<Quiet>true</Quiet><Object><Key>b</Key></Object>");
    expect(quiet.body).toMatch(/<DeleteResult[^>]*\/>$/);
  });

  test("each key is asked for itself: what is not allowed stays, and is reported", async () => {
    const b = await gateway.bucket("Enabled");
    const id = await put(`/${b}/mine/1`, "1");
    for (const key of ["mine/2", "other/1", "mine/kept"]) await put(`/${b}/${key}`, "x");
    const keys = await gateway.user(
      "deleter",
      { Effect: "Allow", Action: "s3:DeleteObject", Resource: `arn:aws:s3:::${b}/mine/*` },
      { Effect: "Deny", Action: "s3:DeleteObject", Resource: `arn:aws:s3:::${b}/mine/kept` },
    );
    const object = (key: string, version = "") => `<Object><Key>${key}</Key>${version}</Object>`;
    const done = await deleteAll(
      b,
      object("mine/1", `<VersionId>${id}</VersionId>`) +
        object("mine/2") +
        object("other/1") +
        object("mine/kept") +
        object("mine/../other/1"),
      keys,
    );
    expect(done.status).toBe(200);
    const errors = [...done.body.matchAll(/<Error><Key>([^<]*)<\/Key>(?:<VersionId>[^<]*<\/VersionId>)?<Code>(\w+)</g)];
    expect(errors.map(([, key, code]) => [key, code])).toEqual([
      ["mine/1", "AccessDenied"],
      ["other/1", "AccessDenied"],
      ["mine/kept", "AccessDenied"],
    ]);
    expect((await send({ target: `/${b}/mine/1?versionId=${id}` })).status).toBe(200);
    expect((await send({ target: `/${b}/mine/2` })).status).toBe(404);
    expect((await send({ target: `/${b}/other/1` })).status).toBe(200);
  });

  test("a thousand keys, each with a checksum over all of it", async () => {
    const b = await gateway.bucket();
    const objects = (count: number) =>
      Array.from({ length: count }, (_, n) => `<Object><Key>${"&amp;".repeat(1000)}${n}</Key></Object>`).join("");
    expect((await deleteAll(b, objects(300))).body.match(/<Deleted>/g)).toHaveLength(300);
    const short = (count: number) => "<Object><Key>k</Key></Object>".repeat(count);
    expect((await deleteAll(b, short(1000))).body.match(/<Deleted>/g)).toHaveLength(1000);
    expect((await deleteAll(b, short(1001))).code).toBe("MalformedXML");
    expect((await deleteAll(b, "")).code).toBe("MalformedXML");
    expect((await deleteAll(b, "<Object><Key></Key></Object>")).code).toBe("MalformedXML");
    for (const name of ["LastModifiedTime", "Size"])
      expect((await deleteAll(b, `<Object><Key>k</Key><${name}>1</${name}></Object>`)).code).toBe("NotImplemented");
    expect((await deleteAll(b, `<Object><Key>${"x".repeat(1025)}</Key></Object>`)).code).toBe("KeyTooLongError");
    const body = `<Delete>${short(1)}</Delete>`;
    expect((await send({ method: "POST", target: `/${b}?delete`, body })).code).toBe("InvalidRequest");
    const wrong = { "content-md5": md5("other") };
    expect((await send({ method: "POST", target: `/${b}?delete`, body, headers: wrong })).code).toBe("BadDigest");
  });
});

describe("ListObjectVersions", () => {
  /** What a page has, and in which order: see the property of this name. */
  test("markers: a version of a key, a key, one of them alone, and a version that is gone", async () => {
    const b = await gateway.bucket("Enabled");
    const ids: string[] = [];
    for (const key of ["a", "a", "a", "b"]) ids.unshift(await put(`/${b}/${key}`, key));
    const [ofB = "", newest = "", middle = "", oldest = ""] = ids;
    const page = async (query: string) => {
      const { body, code } = await send({ target: `/${b}?versions&${query}` });
      return code ?? [...body.matchAll(/<Version>.*?<VersionId>([^<]*)</g)].map(([, id]) => id);
    };
    expect(await page(`key-marker=a&version-id-marker=${newest}`)).toEqual([middle, oldest, ofB]);
    expect(await page("key-marker=a")).toEqual([ofB]);
    expect(await page("key-marker=b&version-id-marker=" + ofB)).toEqual([]);
    expect(await page("version-id-marker=x")).toBe("InvalidArgument");
    expect(await page("key-marker=a&version-id-marker=")).toBe("InvalidArgument");
    await send({ method: "DELETE", target: `/${b}/a?versionId=${middle}` });
    expect(await page(`key-marker=a&version-id-marker=${middle}`)).toEqual([newest, oldest, ofB]);
    const { body } = await send({ target: `/${b}?versions&max-keys=0` });
    expect(body).toContain("<MaxKeys>0</MaxKeys><IsTruncated>false</IsTruncated>");
    expect(body).not.toContain("<Version>");
  });
});
