import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { bytesOf, grant, md5 } from "../../../test/contract/plane-under-test.ts";
import { answer, planeOver, type Script } from "../../../test/scripted-engine.ts";
import type { OpenedObject } from "../../ports/object-bytes.ts";

const etag = md5("the object");
const object = "x".repeat(1000);
const headers = { etag: `"${etag}"`, "x-amz-version-id": "v1", "last-modified": "Mon, 30 Nov 2026 10:00:00 GMT" };
/** Answers HEAD and ranges as they have to be, and GET with what a test says. */
const engineOf =
  (get: string): Script =>
  (socket, said) =>
    void socket.write(
      said.startsWith("HEAD")
        ? answer("200 OK", { ...headers, "content-length": object.length })
        : said.includes("range: bytes=10-19")
          ? answer("206 Partial Content", { ...headers, "content-range": "bytes 10-19/1000" }, object.slice(10, 20))
          : get,
    );
const open = async (get: string, range?: string) => {
  const made = await planeOver(engineOf(get));
  return { ...made, opened: await made.plane.openObject(grant, "b", "k", undefined, range) };
};

const all = async ({ reading }: OpenedObject): Promise<Buffer | undefined> => reading && bytesOf(await reading.bytes());

test("the version and its bytes come with one request, and are what two would give", async () => {
  const { plane, heard, opened } = await open(answer("200 OK", headers, object));
  expect(opened.reading?.range).toBeUndefined();
  expect((await all(opened))?.toString()).toBe(object);
  expect(heard.requests).toBe(1);
  expect(opened.version).toEqual(await plane.find(grant, "b", "k", undefined));
});

test("a range comes with the size of the object", async () => {
  const { plane, heard, opened } = await open("", "bytes=10-19");
  expect(opened.reading?.range).toEqual({ first: 10, last: 19 });
  expect(await all(opened)).toHaveLength(10);
  expect(heard.requests).toBe(1);
  expect(opened.version).toEqual(await plane.find(grant, "b", "k", undefined));
});

test.each([
  [
    "an answer without a length",
    `HTTP/1.1 200 OK\r\netag: "${etag}"\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
    undefined,
  ],
  [
    "a range where all was asked for",
    answer("206 Partial Content", { ...headers, "content-range": "bytes 0-9/1000" }, "0123456789"),
    undefined,
  ],
  ["all where a range was asked for", answer("200 OK", headers, object), "bytes=-5"],
  [
    "a range of another length",
    answer("206 Partial Content", { ...headers, "content-range": "bytes 995-998/1000" }, "01234"),
    "bytes=-5",
  ],
  [
    "an object that is only shown",
    answer("403 Forbidden", {}, "<Error><Code>InvalidObjectState</Code></Error>"),
    undefined,
  ],
  ["a range that the object has not", answer("416 No", {}, "<Error><Code>InvalidRange</Code></Error>"), "bytes=5000-"],
  [
    "a marker",
    answer("404 Not Found", { "x-amz-delete-marker": "true" }, "<Error><Code>NoSuchKey</Code></Error>"),
    undefined,
  ],
])("%s: the object is looked up", async (_what, get, range) => {
  const { plane, opened } = await open(get, range);
  expect(opened).toEqual({ version: await plane.find(grant, "b", "k", undefined) });
});

test("an object that is not there is one request", async () => {
  const { heard, opened } = await open(answer("404 Not Found", {}, "<Error><Code>NoSuchKey</Code></Error>"));
  expect(opened).toEqual({ version: undefined });
  expect(heard.requests).toBe(1);
});

test("an engine that has too much to do is asked once", async () => {
  const busy = answer("503 Slow Down", {}, "<Error><Code>SlowDown</Code></Error>");
  const { plane, heard } = await planeOver(engineOf(busy));
  await expect(plane.openObject(grant, "b", "k", undefined, undefined)).rejects.toMatchObject({ isBusy: true });
  expect(heard.requests).toBe(1);
});

test("small bytes that nobody wants leave the connection open, large ones do not", async () => {
  for (const [length, connections] of [
    [1000, 1],
    [64 * 1024 * 1024, 2],
  ] as const) {
    const get = answer("200 OK", { ...headers, "content-length": length }, "x".repeat(Math.min(length, 300_000)));
    const { plane, heard, opened } = await open(get);
    opened.reading?.close();
    await expect.poll(() => plane.open).toBe(0);
    await turn(); // the client uses a connection again in the next turn
    await plane.find(grant, "b", "k", undefined);
    expect(heard.connections).toBe(connections);
  }
});
