import { createHash, randomBytes } from "node:crypto";
import { EventEmitter, once } from "node:events";
import type { Socket } from "node:net";
import { posix } from "node:path";
import { describe, expect, test } from "vitest";
import { bytesOf, grant, listAll, md5, noMetadata, target } from "../../../test/contract/plane-under-test.ts";
import { answer, planeOver, type Script, scriptedEngine, upstreamSecret } from "../../../test/scripted-engine.ts";
import { bodyOf, faultyBody, testBody } from "../../../test/test-body.ts";
import { testGrant } from "../../../test/test-grant.ts";
import type { ObjectVersion } from "../../ports/object-version.ts";
import type { VerifiedBody } from "@s3-credentials/protocol";
import type { Grant } from "../../ports/grant.ts";
import { lastEngineCall } from "../../ports/engine-calls.ts";
import { multipartEtag } from "../../domain/objects/complete-upload.ts";
import { systemClock } from "../../server/system-clock.ts";
import { probeAbilities } from "./probe-abilities.ts";
import { contentHandle } from "./object-headers.ts";
import type { UpstreamPlane } from "./upstream-plane.ts";

const size = 300_000;
const etag = md5("the object");
/** As a look-up found it. */
const found: ObjectVersion = {
  kind: "object",
  key: "k",
  versionId: "v1",
  content: contentHandle("v1", etag),
  isLatest: true,
  size,
  etag,
  lastModified: 0,
  owner: "",
  metadata: noMetadata,
  checksum: undefined,
  parts: [],
};
const true200 = { etag: `"${etag}"`, "x-amz-version-id": "v1" };
const read = async (plane: UpstreamPlane, range?: { first: number; last: number }, version = found) =>
  bytesOf(await plane.read(grant, "b", version, range));

describe("reading", () => {
  const whole = "x".repeat(size);
  const lies: Readonly<Record<string, string>> = {
    "a shorter object": answer("200 OK", true200, whole.slice(1)),
    "a longer object": answer("200 OK", true200, `${whole}x`),
    "another ETag": answer("200 OK", { ...true200, etag: `"${md5("other")}"` }, whole),
    "no ETag": answer("200 OK", { "x-amz-version-id": "v1" }, whole),
    "another version": answer("200 OK", { ...true200, "x-amz-version-id": "v2" }, whole),
    "a part of the object": answer(
      "206 Partial Content",
      { ...true200, "content-range": `bytes 0-${size - 1}/${size}` },
      whole,
    ),
    "no HTTP": "SSH-2.0-OpenSSH\r\n",
    "fewer pieces than there have to be": `HTTP/1.1 200 OK\r\netag: "${etag}"\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
    "more pieces than there have to be": `HTTP/1.1 200 OK\r\netag: "${etag}"\r\ntransfer-encoding: chunked\r\n\r\n${(size + 1).toString(16)}\r\n${whole}x\r\n0\r\n\r\n`,
  };
  test.each(Object.keys(lies))("%s is a fault, and never a whole object", async (name) => {
    const { plane } = await planeOver((socket) => void socket.write(lies[name] ?? ""));
    await expect(read(plane)).rejects.toMatchObject({ name: "StoreError", kind: "corrupt" });
  });

  test("an answer that breaks off does not end", async () => {
    const { plane } = await planeOver((socket) => {
      socket.write(answer("200 OK", { ...true200, "content-length": size }, whole.slice(0, 1000)));
      setImmediate(() => socket.destroy());
    });
    await expect(read(plane)).rejects.toMatchObject({ name: "StoreError", kind: "unavailable" });
  });

  test("a small object that breaks off fails before an answer begins", async () => {
    const small = { ...found, size: 100 };
    const { plane } = await planeOver(
      (socket) => void socket.end(answer("200 OK", { ...true200, "content-length": 100 }, "x")),
    );
    await expect(plane.read(grant, "b", small, undefined)).rejects.toMatchObject({ kind: "unavailable" });
  });

  test("the whole object in place of a range is a fault", async () => {
    const { plane, heard } = await planeOver((socket) => void socket.write(answer("200 OK", true200, whole)));
    await expect(read(plane, { first: 1, last: 10 })).rejects.toMatchObject({ kind: "corrupt" });
    expect(heard.head).toContain("range: bytes=1-10");
    expect(heard.head).toContain(`if-match: "${etag}"`);
    expect(heard.head).toContain("GET /b/k?versionId=v1 ");
  });

  test.each(["404 Not Found", "412 Precondition Failed"])("%s: the version is gone", async (status) => {
    const { plane } = await planeOver((socket) => void socket.write(answer(status, {})));
    await expect(read(plane)).rejects.toMatchObject({ kind: "conflict" });
  });

  test("an empty object without an ETag is there when it can be read", async () => {
    let get = answer("404 Not Found", {}, "<Error><Code>NoSuchKey</Code></Error>");
    const { plane } = await planeOver(
      (socket, head) => void socket.write(head.startsWith("HEAD") ? answer("200 OK", {}) : get),
    );
    expect(await plane.find(grant, "b", "k", undefined)).toBeUndefined();
    get = answer("200 OK", {});
    await expect(plane.find(grant, "b", "k", undefined)).rejects.toMatchObject({ kind: "corrupt" });
  });

  test("objects that are not there are looked up more often than there are connections", async () => {
    const { plane } = await planeOver((socket) => void socket.write(answer("404 Not Found", {})), 2);
    for (let time = 0; time < 5; time += 1) expect(await plane.find(grant, "b", "k", undefined)).toBeUndefined();
  });

  test("a reader that leaves before the first byte ends the request", async () => {
    const large = { ...found, size: 64 * 1024 * 1024 };
    const { plane } = await planeOver(
      (socket) => void socket.write(answer("200 OK", { ...true200, "content-length": large.size }, whole)),
    );
    const reading = (await plane.read(grant, "b", large, undefined))[Symbol.asyncIterator]();
    expect(plane.open).toBe(1);
    await reading.return?.();
    await expect.poll(() => plane.open).toBe(0);
  });

  test("a copy that is refused ends the reading of its source", async () => {
    const large = { ...found, size: 64 * 1024 * 1024 };
    const { plane } = await planeOver(
      (socket) => void socket.write(answer("200 OK", { ...true200, "content-length": large.size }, whole)),
      8,
      { copies: false, conditionalPut: false },
    );
    const refused = { ...target("b", "other"), condition: { ifNoneMatch: "*" } } as const;
    const copied = plane.copy(grant, { bucketId: "b", version: large }, refused, noMetadata);
    await expect(copied).rejects.toMatchObject({ name: "Unsupported" });
    await expect.poll(() => plane.open).toBe(0);
  });

  test("a reader that takes its time holds back the engine", async () => {
    const large = { ...found, size: 64 * 1024 * 1024 };
    const { plane } = await planeOver((socket) => {
      socket.write(answer("200 OK", { ...true200, "content-length": large.size }));
      const piece = Buffer.alloc(1024 * 1024);
      const more = (): void => {
        while (!socket.destroyed && socket.bytesWritten < large.size && socket.write(piece));
        if (socket.bytesWritten < large.size) socket.once("drain", more);
      };
      more();
    });
    const before = process.memoryUsage().arrayBuffers;
    const chunks = (await plane.read(grant, "b", large, undefined))[Symbol.asyncIterator]();
    await chunks.next();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 * 1024 * 1024);
    await chunks.return?.();
  });
});

describe("any request", () => {
  const head = (plane: UpstreamPlane) => plane.find(grant, "b", "k", undefined);

  test("the request id that an engine says is cut, and has no control characters", async () => {
    const call = testGrant();
    const id = `tab\tand\u0085${"x".repeat(1000)}`;
    const { plane } = await planeOver(
      (socket) => void socket.write(answer("404 Not Found", { "x-amz-request-id": id }), "latin1"),
    );
    expect(lastEngineCall(call)).toBeUndefined();
    await plane.find(call, "b", "k", undefined);
    expect(lastEngineCall(call)).toEqual({
      name: "liar",
      requestId: expect.stringMatching(/^tab and .{0,192}$/) as string,
    });
  });

  test("a redirect is not followed, and nothing is sent where it leads", async () => {
    const other = await scriptedEngine((socket) => void socket.write(answer("200 OK", {})));
    const { plane } = await planeOver(
      (socket) => void socket.write(answer("307 Temporary Redirect", { location: `${other.endpoint}/b/k` })),
    );
    await expect(head(plane)).rejects.toMatchObject({
      kind: "unavailable",
      message: expect.stringMatching(/redirects are not followed/),
    });
    expect(other.heard.connections).toBe(0);
  });

  test("credentials that the engine refuses are named, and never shown", async () => {
    const document = `<Error><Code>SignatureDoesNotMatch</Code><Message>no\nway</Message><RequestId>R1</RequestId></Error>`;
    const { plane, heard } = await planeOver((socket) => void socket.write(answer("403 Forbidden", {}, document)));
    const failed = await plane.listObjects(grant, "b", listAll).catch((error: unknown) => error);
    expect(failed).toMatchObject({ kind: "unavailable", isBusy: false });
    expect(String(failed)).toMatch(/liar answered 403 SignatureDoesNotMatch .*request id: R1.*check the credentials/);
    expect(String(failed)).not.toContain("\n");
    expect(String(failed) + heard.head).not.toContain(upstreamSecret);
  });

  test.each([
    ["503 Slow Down", "<Error><Code>SlowDown</Code></Error>", { kind: "unavailable", isBusy: true }],
    ["500 Internal Server Error", "<Error><Code>InternalError</Code></Error>", { kind: "unavailable", isBusy: false }],
    ["502 Bad Gateway", "<html>proxy</html>", { kind: "unavailable", isBusy: false }],
    ["409 Conflict", "<Error><Code>OperationAborted</Code></Error>", { kind: "conflict" }],
    ["520 Web Server Returned an Unknown Error", "<html>proxy</html>", { kind: "unavailable", isBusy: false }],
    ["408 Request Timeout", "<html>proxy</html>", { kind: "unavailable", isBusy: true }],
    ["507 Insufficient Storage", "", { kind: "full" }],
    ["418 Teapot", "", { kind: "corrupt" }],
    ["200 OK", "", { kind: "corrupt" }],
    ["200 OK", "<ListBucketResult>", { kind: "corrupt" }],
    ["200 OK", '<!DOCTYPE a [<!ENTITY b "c">]><ListBucketResult/>', { kind: "corrupt" }],
    ["200 OK", "<Error><Code>InternalError</Code></Error>", { kind: "unavailable" }],
    ["200 OK", "<ListBucketResult><Contents><Key>other</Key></Contents></ListBucketResult>", { kind: "corrupt" }],
    ["200 OK", "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>", { kind: "corrupt" }],
  ])("%s %s", async (status, document, error) => {
    const { plane } = await planeOver((socket) => void socket.write(answer(status, {}, document)));
    const listing = plane.listObjects(grant, "b", { ...listAll, prefix: "mine/" });
    await expect(listing).rejects.toMatchObject({ name: "StoreError", ...error });
  });

  test("a listing that never gets anywhere is given up", async () => {
    const page =
      "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>a</NextContinuationToken></ListBucketResult>";
    const { plane, heard } = await planeOver((socket) => void socket.write(answer("200 OK", {}, page)));
    await expect(plane.listObjects(grant, "b", listAll)).rejects.toMatchObject({ kind: "corrupt" });
    expect(heard.requests).toBeLessThanOrEqual(50);
  });

  test("of long documents a caller has only some in memory at a time", async () => {
    const long = `<ListBucketResult>${" ".repeat(1_100_000)}`;
    const [begun, end] = [answer("200 OK", { "content-length": long.length + 19 }, long), "</ListBucketResult>"];
    const sockets: Socket[] = [];
    const script: Script = (socket) => {
      sockets.push(socket);
      socket.write(begun);
    };
    const { plane } = await planeOver(script, 64, {}, 30_000);
    const listings = Array.from({ length: 12 }, () => plane.listObjects(grant, "b", listAll));
    await expect(Promise.race(listings)).rejects.toMatchObject({
      kind: "unavailable",
      isBusy: true,
      message: expect.stringContaining("has 11 long documents under way already"),
    });
    for (const socket of sockets) socket.write(end);
    const outcomes = (await Promise.allSettled(listings)).map(({ status }) => status);
    expect(outcomes.filter((status) => status === "fulfilled")).toHaveLength(11);
  });

  test("an engine that does not answer", async () => {
    const { plane } = await planeOver(() => {});
    await expect(head(plane)).rejects.toMatchObject({
      kind: "unavailable",
      message: expect.stringContaining("UND_ERR_HEADERS_TIMEOUT"),
    });
  });

  test("an engine that sends a document byte by byte is not waited for", async () => {
    const { plane } = await planeOver((socket) => {
      socket.write("HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n");
      const drip = setInterval(() => socket.write(" "), 20);
      socket.once("close", () => clearInterval(drip));
    });
    await expect(plane.listObjects(grant, "b", listAll)).rejects.toMatchObject({ kind: "unavailable" });
  });

  test("an engine that is away", async () => {
    const { plane, server } = await planeOver(() => {});
    await new Promise((resolve) => server.close(resolve));
    await expect(head(plane)).rejects.toMatchObject({
      kind: "unavailable",
      message: expect.stringContaining("ECONNREFUSED"),
    });
  });

  test("a connection that was closed while it was kept is made again for a request that changes nothing", async () => {
    const { plane, heard } = await planeOver((socket, _head, request) => {
      if (request === 2) socket.destroy();
      else socket.write(answer("404 Not Found", {}));
    });
    expect(await head(plane)).toBeUndefined();
    expect(await head(plane)).toBeUndefined();
    expect(heard.requests).toBe(3);
  });

  /** Writes without end, as long as it is read. */
  const endless =
    (begin: string, piece: string) =>
    (socket: Socket): void => {
      socket.write(begin);
      const more = (): void => {
        while (!socket.destroyed && socket.write(piece));
        if (!socket.destroyed) socket.once("drain", more);
      };
      more();
    };
  test.each([
    ["headers", endless("HTTP/1.1 200 OK\r\n", `x-more: ${"y".repeat(1000)}\r\n`)],
    [
      "nested elements",
      endless("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", `400\r\n${"<aa>".repeat(256)}\r\n`),
    ],
    [
      "an error's text",
      endless("HTTP/1.1 500 No\r\ntransfer-encoding: chunked\r\n\r\n", `400\r\n${"<a/>".repeat(256)}\r\n`),
    ],
  ])("endless %s are read to a limit", async (_what, script) => {
    const { plane, heard } = await planeOver(script);
    await expect(plane.listObjects(grant, "b", listAll)).rejects.toMatchObject({ name: "StoreError" });
    await expect.poll(() => heard.sent).toBeGreaterThan(0);
    expect(heard.sent).toBeLessThan(8 * 1024 * 1024);
  });

  test("more requests at a time than there are connections are refused at once", async () => {
    const { plane, heard } = await planeOver(() => {}, 2);
    const look = () => plane.stateOf("b", "k", undefined);
    const waiting = [look(), look()].map((one) => one.catch((error: unknown) => error));
    await expect(look()).rejects.toMatchObject({ kind: "unavailable", isBusy: true });
    await Promise.all(waiting);
    expect(heard.connections).toBe(2);
    await expect(look()).rejects.toMatchObject({ isBusy: false });
  });

  test("callers whose readers take their time leave connections to others, and get theirs back", async () => {
    const document = "<ListBucketResult/>";
    const { plane } = await planeOver(
      (socket, said) =>
        void socket.write(
          said.startsWith("GET /b/k")
            ? answer("200 OK", { ...true200, "content-length": size }, "x")
            : answer("200 OK", {}, document),
        ),
      16,
    );
    const user = (accountId: string, userId: string): Grant =>
      ({ ...grant, accountId, principal: { ...grant.principal, kind: "user", userId } }) as Grant;
    const readers: AsyncIterator<Buffer>[] = [];
    const open = async (caller: Grant): Promise<void> => {
      const reader = (await plane.read(caller, "b", found, undefined))[Symbol.asyncIterator]();
      readers.push(reader);
      await reader.next();
    };
    const slow = async (caller: Grant): Promise<number> => {
      for (let count = 0; ; count += 1) {
        const refused = await open(caller).catch((error: unknown) => error);
        if (refused === undefined) continue;
        expect(refused).toMatchObject({ kind: "unavailable", isBusy: true });
        return count;
      }
    };
    expect(await slow(user("one", "a"))).toBe(6);
    expect(await slow(user("one", "b"))).toBe(2);
    expect(await slow(user("one", "c"))).toBe(0);
    expect(await slow(user("two", "d"))).toBe(3);
    const anonymous = (clientNetwork: string): Grant =>
      ({ ...grant, accountId: undefined, clientNetwork, principal: { kind: "anonymous" } }) as Grant;
    await expect(plane.listObjects(anonymous("192.0.2.1"), "b", listAll)).resolves.toMatchObject({ truncated: false });
    for (const reader of readers) await reader.return?.();
    expect(await slow(anonymous("192.0.2.1"))).toBe(6);
    expect(await slow(anonymous("192.0.2.2"))).toBe(2);
    for (const reader of readers) await reader.return?.();
    await expect.poll(() => open(user("one", "c")).then(() => "open", String)).toBe("open");
    for (const reader of readers) await reader.return?.();
  });
});

test("a decision reads the tags of an object, also when the engine does not count them", async () => {
  const tagging = "<Tagging><TagSet><Tag><Key>state</Key><Value>secret</Value></Tag></TagSet></Tagging>";
  const { plane } = await planeOver(
    (socket, said) =>
      void socket.write(
        said.startsWith("HEAD")
          ? `HTTP/1.1 200 OK\r\netag: "${etag}"\r\ncontent-length: ${size}\r\n\r\n`
          : answer("200 OK", {}, tagging),
      ),
  );
  const tags = [{ key: "state", value: "secret" }];
  expect(await plane.stateOf("b", "k", undefined)).toMatchObject({ metadata: { tags } });
});

test("keys of which the engine makes others are refused by name, and it hears nothing of them", async () => {
  const { plane, heard } = await planeOver((socket) => void socket.write(answer("404 Not Found", {})), 8, {
    exactKeys: false,
  });
  const look = (key: string) => plane.find(grant, "b", key, undefined).catch(String);
  for (const key of ["/a", "a//b", "a/./b", "a/../b", "../c/d", "..", "a/."])
    expect(await look(key)).toContain("empty, . or .. parts");
  expect(heard.requests).toBe(0);
  for (const key of ["a/", "a.b/..c", ".a/b.."]) expect(await look(key)).toBeUndefined();
});

test("the probe finds out whether keys are kept letter by letter, and does not guess about tags", async () => {
  const keys = new Set<string>();
  let tagging = answer("404 Not Found", {});
  const { endpoint } = await scriptedEngine((socket, head) => {
    const [, method = "", path = "", query = ""] = /^(\w+) \/probe(?:\/([^ ?]*))?\??([^ ]*)/.exec(head) ?? [];
    if (head.includes("x-amz-copy-source")) socket.write(answer("501 Not Implemented", {}));
    else if (method === "PUT" && query === "") {
      // As an engine that keeps its objects as files.
      if (path !== "") keys.add(posix.normalize(`/${path}`).slice(1));
      socket.write(answer("200 OK", { etag: `"${etag}"` }));
    } else if (query.includes("list-type")) {
      const listed = [...keys].map((key) => `<Contents><Key>${key}</Key></Contents>`).join("");
      socket.write(answer("200 OK", {}, `<ListBucketResult>${listed}</ListBucketResult>`));
    } else if (query.includes("versions")) socket.write(answer("200 OK", {}, "<ListVersionsResult/>"));
    else if (query === "tagging=") socket.write(tagging);
    else socket.write(answer(method === "DELETE" ? "204 No Content" : "404 Not Found", {}));
  });
  const options = {
    name: "files",
    endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "AKIAUPSTREAM", secretAccessKey: upstreamSecret },
    pathStyle: true,
    clock: systemClock,
  };
  expect(await probeAbilities(options, "probe", { isThere: false })).toMatchObject({ exactKeys: false, tags: false });
  tagging = answer("503 Slow Down", {}, "<Error><Code>SlowDown</Code></Error>");
  await expect(probeAbilities(options, "probe", { isThere: false })).rejects.toMatchObject({ kind: "unavailable" });
});

describe("writing", () => {
  test("files of forms are in memory only so many at a time, whoever sends them", async () => {
    const { plane, heard } = await planeOver(() => {}, 64);
    const never = new EventEmitter();
    const form = (length: number): VerifiedBody => ({
      ...testBody(""),
      length,
      isAtMost: true,
      whole: () => once(never, "end").then(() => Buffer.alloc(0)),
    });
    const put = (length: number) => plane.put(grant, target("b", "k"), noMetadata, form(length)).catch(String);
    const held = Array.from({ length: 6 }, () => put(1_000_000));
    expect(await put(1_000_000)).toContain("has 6 forms under way already");
    never.emit("end");
    await Promise.all(held);
    expect(heard.requests).toBe(0);
  });

  const bytes = randomBytes(1_000_000);
  const put = (plane: UpstreamPlane, body = testBody(bytes)) => plane.put(grant, target("b", "k"), noMetadata, body);
  /** Answers when the body has come. */
  const after =
    (length: number, text: string): Script =>
    (socket) => {
      const begun = socket.bytesRead;
      const look = (): void => {
        if (socket.bytesRead - begun >= length - 65_536) socket.write(text);
        else socket.once("data", look);
      };
      look();
    };

  test("a stored object with another ETag is never acknowledged", async () => {
    for (const body of [bytes, bytes.subarray(0, 100)]) {
      const lie = answer("200 OK", { etag: `"${md5("other")}"` });
      const { plane } = await planeOver(after(body.length, lie));
      await expect(put(plane, testBody(body))).rejects.toMatchObject({ name: "StoreError", kind: "corrupt" });
      await expect(
        plane.putPart(
          grant,
          "b",
          {
            key: "k",
            uploadId: "dQ",
            owner: "",
            initiator: "",
            initiatedAt: 0,
            metadata: noMetadata,
            checksum: undefined,
          },
          1,
          testBody(body),
        ),
      ).rejects.toMatchObject({ kind: "corrupt" });
    }
  });

  test("an answer before the end of the body is no success", async () => {
    const answered = new EventEmitter();
    const answering = once(answered, "answered");
    const { plane } = await planeOver((socket) => {
      socket.write(answer("200 OK", { etag: `"${md5(bytes)}"` }), () => answered.emit("answered"));
    });
    async function* slowly(): AsyncGenerator<Buffer> {
      yield bytes.subarray(0, 1000);
      yield bytes.subarray(1000, 2000);
      await answering;
      await new Promise((resolve) => setTimeout(resolve, 100));
      yield bytes.subarray(2000);
    }
    await expect(put(plane, bodyOf(slowly(), bytes.length))).rejects.toMatchObject({ name: "StoreError" });
  });

  test("a refusal before the end of the body is the engine's", async () => {
    const document = "<Error><Code>SlowDown</Code></Error>";
    const { plane } = await planeOver(
      (socket) => void socket.write(answer("503 Slow Down", { connection: "close" }, document)),
    );
    await expect(put(plane)).rejects.toMatchObject({ kind: "unavailable" });
  });

  test("a body that does not verify never reaches the engine whole", async () => {
    const fault = new Error("the digest does not fit");
    const { plane, heard } = await planeOver(() => {});
    await expect(put(plane, faultyBody(bytes, bytes.length, fault))).rejects.toBe(fault);
    expect(heard.body).toBeLessThan(bytes.length);
  });

  test("an engine that stops taking a body is not waited for", async () => {
    const { plane } = await planeOver((socket) => void socket.pause());
    const large = Buffer.alloc(16 * 1024 * 1024);
    await expect(put(plane, testBody(large))).rejects.toMatchObject({ kind: "unavailable" });
  });

  test("an engine that breaks off has not acknowledged anything", async () => {
    const { plane } = await planeOver((socket) => setImmediate(() => socket.destroy()));
    await expect(put(plane)).rejects.toMatchObject({ name: "StoreError", kind: "unavailable" });
  });

  test("what was promised of the body is handed on, and no header of a client is", async () => {
    const { plane, heard } = await planeOver(after(bytes.length, answer("200 OK", { etag: `"${md5(bytes)}"` })));
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const body = { ...testBody(bytes), promised: { sha256 } };
    const metadata = {
      ...noMetadata,
      headers: { "content-type": "a/b", "x-amz-acl": "public-read" },
      user: { a: "\u00c3\u00bc" },
    };
    const stored = await plane.put(grant, target("b", "k"), metadata, body);
    expect(stored).toMatchObject({ kind: "written", version: { etag: md5(bytes), size: bytes.length } });
    expect(heard.head).toContain(`x-amz-content-sha256: ${sha256}`);
    expect(heard.head).toContain("x-amz-meta-a: \u00c3\u00bc");
    expect(heard.head).not.toContain("acl");
  });

  test("a completed upload that is an error after all", async () => {
    const document = "<Error><Code>InternalError</Code></Error>";
    const { plane } = await planeOver(
      (socket, head) =>
        void socket.write(
          head.startsWith("POST") ? answer("200 OK", {}, document) : answer("200 OK", {}, "<ListPartsResult/>"),
        ),
    );
    const completed = plane.completeUpload(grant, target("b", "k"), "dQ", [{ number: 1, etag }]);
    await expect(completed).rejects.toMatchObject({ kind: "unavailable" });
  });

  test("a completed upload whose answer cannot be read is one when its object is there", async () => {
    let made = multipartEtag([{ etag }]);
    const { plane } = await planeOver((socket, head) => {
      const isHead = head.startsWith("HEAD");
      socket.write(isHead ? answer("200 OK", { etag: made }) : answer("200 OK", {}, "<Location>\u0000"));
    });
    const complete = () => plane.completeUpload(grant, target("b", "k"), "dQ", [{ number: 1, etag }]);
    expect(await complete()).toMatchObject({ kind: "written", version: { etag: made } });
    made = etag;
    await expect(complete()).rejects.toMatchObject({ kind: "corrupt" });
  });

  test("an upload that is aborted while it is completed: Ceph then says that there is no such object", async () => {
    const document = "<Error><Code>NoSuchKey</Code></Error>";
    const { plane } = await planeOver((socket) => void socket.write(answer("404 Not Found", {}, document)));
    const completed = plane.completeUpload(grant, target("b", "k"), "dQ", [{ number: 1, etag }]);
    expect(await completed).toEqual({ kind: "no-such-upload" });
  });
});
