import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { auditIndex, blobNames } from "../../../test/audit-local-plane.ts";
import { noMetadata, keys, md5, bytesOf, startUpload, target } from "../../../test/contract/plane-under-test.ts";
import { kmsKeyArn, otherKmsKeyArn } from "../../../test/contract/encryption-contract.ts";
import { dataPlaneContract } from "../../../test/data-plane-contract.ts";
import { bodyOf, faultyBody, testBody } from "../../../test/test-body.ts";
import { temporaryFolder } from "../../../test/temporary-folder.ts";
import { testGrant } from "../../../test/test-grant.ts";
import { randomIds } from "../../server/random-ids.ts";
import type { Clock } from "../../ports/clock.ts";
import { type LocalPlane, openLocalPlane } from "./local-plane.ts";

const grant = testGrant();
const metadata = noMetadata;

function testClock(): Clock & { pass(ms: number): void } {
  let time = 1_700_000_000_000;
  return { now: () => time, monotonic: () => time, pass: (ms) => (time += ms) };
}

async function open(dataDir: string, clock: Clock = testClock()): Promise<LocalPlane> {
  const plane = await openLocalPlane({ dataDir, clock, ids: randomIds });
  onTestFinished(() => plane.close());
  return plane;
}

const keyFile = randomBytes(32);
const kmsSecrets = new Map([kmsKeyArn, otherKmsKeyArn].map((arn) => [arn, randomBytes(32)]));

describe("the contract", () => {
  // After each test everything deleted is swept, and the invariants of the index are looked at.
  // The buckets are new in each test, so one plane serves all; a test that closes it makes the next one open it again.
  let dataDir = "";
  let plane: LocalPlane | undefined;
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), "gateway-test-"));
  });
  afterAll(async () => {
    await plane?.close();
    await rm(dataDir, { recursive: true, force: true });
  });
  dataPlaneContract(async () => {
    const opened = (plane ??= await openLocalPlane({
      dataDir,
      clock: testClock(),
      ids: randomIds,
      garbageDelay: 0,
      keys: { keyFile, kmsSecret: (arn) => kmsSecrets.get(arn) },
    }));
    onTestFinished(async () => {
      await plane?.sweep();
      expect(await blobNames(dataDir)).toEqual(await auditIndex(dataDir));
    });
    return {
      ...opened,
      async close() {
        plane = undefined;
        await opened.close();
      },
    };
  });
});

describe("files", () => {
  test("large bodies are one file each, small ones none; a copy adds none", async () => {
    const dataDir = await temporaryFolder();
    const plane = await open(dataDir);
    await plane.put(grant, target("b", "small"), metadata, testBody(randomBytes(16 * 1024)));
    expect(await blobNames(dataDir)).toHaveLength(0);
    const put = await plane.put(grant, target("b", "large"), metadata, testBody(randomBytes(16 * 1024 + 1)));
    if (put.kind !== "written") throw new Error(put.kind);
    await plane.copy(grant, { bucketId: "b", version: put.version }, target("b", "copy"), metadata);
    expect(await blobNames(dataDir)).toHaveLength(1);
  });

  test("folders and files are the owner's alone", async () => {
    const dataDir = join(await temporaryFolder(), "data");
    const plane = await open(dataDir);
    await plane.put(grant, target("b", "k"), metadata, testBody(randomBytes(100_000)));
    const found = ["", ...(await readdir(dataDir, { recursive: true }))];
    expect(found.length).toBeGreaterThan(6);
    for (const name of found) {
      const status = await stat(join(dataDir, name));
      expect(status.mode & 0o777, name).toBe(status.isDirectory() ? 0o700 : 0o600);
    }
  });

  test("a body that does not verify, or is refused, leaves no file", async () => {
    const dataDir = await temporaryFolder();
    const plane = await open(dataDir);
    const bytes = randomBytes(3_000_000);
    await expect(
      plane.put(grant, target("b", "k"), metadata, faultyBody(bytes, bytes.length, new Error("no"))),
    ).rejects.toThrow("no");
    const refused = await plane.put(grant, target("b", "k", "off", { ifMatch: "x" }), metadata, testBody(bytes));
    expect(refused.kind).toBe("conditional-miss");
    expect(await blobNames(dataDir)).toEqual([]);
  });

  test("a large body is not gathered in memory", async () => {
    const plane = await open(await temporaryFolder());
    const size = 160 * 1024 * 1024;
    const chunk = Buffer.alloc(1024 * 1024, 7);
    async function* chunks(): AsyncGenerator<Buffer> {
      for (let sent = 0; sent < size; sent += chunk.length) yield Buffer.from(chunk);
    }
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    const watch = setInterval(() => (most = Math.max(most, process.memoryUsage().arrayBuffers - before)), 5);
    const put = await plane.put(grant, target("b", "k"), metadata, bodyOf(chunks(), size));
    clearInterval(watch);
    expect(put).toMatchObject({ kind: "written", version: { size } });
    expect(most).toBeLessThan(80 * 1024 * 1024);
  }, 120_000);

  test("a shortened blob is a fault before the first byte, never a short object", async () => {
    const dataDir = await temporaryFolder();
    const plane = await open(dataDir);
    const put = await plane.put(grant, target("b", "k"), metadata, testBody(randomBytes(100_000)));
    if (put.kind !== "written") throw new Error(put.kind);
    const [name] = await blobNames(dataDir);
    await writeFile(join(dataDir, "blobs", name ?? ""), "short");
    await expect(plane.read(grant, "b", put.version, undefined)).rejects.toMatchObject({
      name: "StoreError",
      kind: "corrupt",
    });
  });
});

test("a key that is not Unicode text is refused: it would be stored as another", async () => {
  const plane = await open(await temporaryFolder());
  const put = plane.put(grant, target("b", "a\ud800"), metadata, testBody("x"));
  await expect(put).rejects.toMatchObject({ name: "StoreError" });
  expect(await keys({ plane, bucketId: "b" })).toEqual([]);
});

describe("opening again", () => {
  test("everything is there, and a second gateway is refused while the first lives", async () => {
    const dataDir = await temporaryFolder();
    const first = await open(dataDir);
    const bytes = randomBytes(200_000);
    await first.put(grant, target("b", "large"), metadata, testBody(bytes));
    await first.put(grant, target("b", "small"), metadata, testBody("s"));
    await expect(open(dataDir)).rejects.toMatchObject({ kind: "conflict", message: expect.stringContaining("in use") });
    await first.close();
    const second = await open(dataDir);
    expect(await second.sweep()).toMatchObject({ orphans: 0 });
    const version = await second.find(grant, "b", "large", undefined);
    if (version?.kind !== "object") throw new Error("gone");
    expect((await bytesOf(await second.read(grant, "b", version, undefined))).equals(bytes)).toBe(true);
    const next = await second.put(grant, target("b", "small"), metadata, testBody("t"));
    expect(next.kind === "written" && next.version.content !== version.content).toBe(true);
  });

  test("a writer's id is not taken twice", async () => {
    const dataDir = await temporaryFolder();
    const options = { dataDir, clock: testClock(), ids: randomIds, writerId: "0123456789abcdef" };
    await (await openLocalPlane(options)).close();
    await expect(openLocalPlane(options)).rejects.toMatchObject({ kind: "conflict" });
    await (await open(dataDir)).close();
  });

  test("files no row references go, if their writer is dead; a living writer's stay", async () => {
    const dataDir = await temporaryFolder();
    const first = await open(dataDir);
    await first.put(grant, target("b", "k"), metadata, testBody(randomBytes(50_000)));
    const kept = await blobNames(dataDir);
    const folder = kept[0]?.split("/").slice(0, 2).join("/") ?? "";
    await writeFile(join(dataDir, "blobs", folder, "f".repeat(32)), "left behind");
    await writeFile(join(dataDir, "blobs", folder, "not-ours.txt"), "a file of somebody else");
    expect(await first.sweep()).toMatchObject({ orphans: 0 });
    await first.close();
    await mkdir(join(dataDir, "blobs", "e".repeat(32), "0000"), { recursive: true });
    await mkdir(join(dataDir, "blobs", "lost+found", "empty"), { recursive: true });
    await writeFile(join(dataDir, "blobs", folder, "..", "stray"), "a file where folders are");
    const second = await open(dataDir);
    expect(await second.sweep()).toMatchObject({ orphans: 1 });
    expect(await blobNames(dataDir)).toEqual(kept);
    expect(await readdir(join(dataDir, "blobs", folder))).toContain("not-ours.txt");
    expect(await readdir(join(dataDir, "blobs"))).not.toContain("e".repeat(32));
    expect(await readdir(join(dataDir, "blobs", "lost+found"))).toEqual(["empty"]);
    expect(await second.sweep()).toMatchObject({ orphans: 0 });
  });

  test("a copy that was put in the place of the folder keeps its files", async () => {
    const parent = await temporaryFolder();
    const [dataDir, copy] = [join(parent, "data"), join(parent, "copy")];
    for (const folder of [dataDir, copy]) await mkdir(folder);
    const other = await open(copy);
    await other.put(grant, target("b", "k"), metadata, testBody(randomBytes(50_000)));
    await other.close();
    const kept = await blobNames(copy);
    const plane = await open(dataDir);
    await rename(dataDir, join(parent, "away"));
    await rename(copy, dataDir);
    await expect(plane.sweep()).rejects.toMatchObject({ kind: "unavailable" });
    expect(await blobNames(dataDir)).toEqual(kept);
  });
});

describe("garbage", () => {
  test("replaced and deleted bytes go after the delay, shared ones with their last reference", async () => {
    const dataDir = await temporaryFolder();
    const clock = testClock();
    const plane = await open(dataDir, clock);
    const put = await plane.put(grant, target("b", "k"), metadata, testBody(randomBytes(50_000)));
    if (put.kind !== "written") throw new Error(put.kind);
    await plane.copy(grant, { bucketId: "b", version: put.version }, target("b", "copy"), metadata);
    await plane.put(grant, target("b", "k"), metadata, testBody("now small"));
    clock.pass(59_000);
    expect(await plane.sweep()).toMatchObject({ collected: 0, files: 0 });
    clock.pass(1_000);
    expect(await plane.sweep()).toMatchObject({ collected: 1, files: 0 });
    await expect(plane.read(grant, "b", put.version, undefined)).rejects.toMatchObject({ kind: "conflict" });
    await plane.delete(grant, { bucketId: "b", key: "copy", versioning: "off", owner: "1", versionId: undefined });
    clock.pass(60_000);
    expect(await plane.sweep()).toMatchObject({ collected: 1, files: 1 });
    expect(await blobNames(dataDir)).toEqual([]);
    const left = await plane.find(grant, "b", "k", undefined);
    expect(left).toMatchObject({ etag: md5("now small") });
  });

  test("a reader keeps its bytes however long it takes, and lets go of them at its end", async () => {
    const dataDir = await temporaryFolder();
    const clock = testClock();
    const plane = await open(dataDir, clock);
    const bytes = randomBytes(2_000_000);
    const put = await plane.put(grant, target("b", "k"), metadata, testBody(bytes));
    if (put.kind !== "written") throw new Error(put.kind);
    const reader = await plane.read(grant, "b", put.version, undefined);
    const left = await plane.read(grant, "b", put.version, undefined);
    const unread = await plane.read(grant, "b", put.version, undefined);
    await plane.delete(grant, { bucketId: "b", key: "k", versioning: "off", owner: "1", versionId: undefined });
    // Found before it was deleted, asked for after.
    const late = await plane.read(grant, "b", put.version, undefined);
    expect((await bytesOf(late)).equals(bytes)).toBe(true);
    clock.pass(3_600_000);
    expect(await plane.sweep()).toMatchObject({ collected: 0 });
    for await (const chunk of left) if (chunk.length > 0) break;
    await unread[Symbol.asyncIterator]().return?.();
    expect(await plane.sweep()).toMatchObject({ collected: 0 });
    expect((await bytesOf(reader)).equals(bytes)).toBe(true);
    expect(await plane.sweep()).toMatchObject({ collected: 1, files: 1 });
    expect(await blobNames(dataDir)).toEqual([]);
  });

  test("parts: replaced, aborted, not named in the completion", async () => {
    const dataDir = await temporaryFolder();
    const clock = testClock();
    const plane = await open(dataDir, clock);
    const upload = await startUpload({ plane, bucketId: "b" });
    const send = async (number: number): Promise<string> => {
      const part = await plane.putPart(grant, "b", upload, number, testBody(randomBytes(30_000)));
      if (part.kind !== "part") throw new Error(part.kind);
      return part.part.etag;
    };
    await send(1);
    const etag = await send(1);
    await send(2);
    expect(await blobNames(dataDir)).toHaveLength(3);
    expect((await plane.completeUpload(grant, target("b", "k"), upload.uploadId, [{ number: 1, etag }])).kind).toBe(
      "written",
    );
    clock.pass(60_000);
    expect(await plane.sweep()).toMatchObject({ collected: 2, files: 2 });
    expect(await blobNames(dataDir)).toHaveLength(1);
    const aborted = await startUpload({ plane, bucketId: "b" });
    await plane.putPart(grant, "b", aborted, 1, testBody(randomBytes(30_000)));
    await plane.abortUpload(grant, "b", "k", aborted.uploadId);
    clock.pass(60_000);
    expect(await plane.sweep()).toMatchObject({ collected: 1, files: 1 });
  });
});
