import { randomBytes } from "node:crypto";
import { readFileSync, truncateSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { auditIndex, blobNames } from "../../../test/audit-local-plane.ts";
import { bytesOf, noMetadata, target } from "../../../test/contract/plane-under-test.ts";
import { testBody } from "../../../test/test-body.ts";
import { temporaryFolder } from "../../../test/temporary-folder.ts";
import { testGrant } from "../../../test/test-grant.ts";
import { customerKeyCheck, isCustomerKey } from "../../domain/objects/encryption.ts";
import type { ObjectEncryption, ObjectVersion } from "../../ports/object-version.ts";
import { randomIds } from "../../server/random-ids.ts";
import { openConnection } from "../../stores/sqlite/connection.ts";
import { integer } from "../../stores/sql/sql-value.ts";
import type { KeySources } from "./data-keys.ts";
import { sealedFrameSize, sealedSize } from "./frames.ts";
import { countSealedBodies } from "./inspect-index.ts";
import { type LocalPlane, openLocalPlane } from "./local-plane.ts";

const grant = testGrant();
const day = 24 * 60 * 60 * 1000;
let time = 1_700_000_000_000;
const clock = { now: () => (time += 1), monotonic: () => time };
const keyFile = randomBytes(32);

async function open(dataDir: string, keys: KeySources = { keyFile }): Promise<LocalPlane> {
  const plane = await openLocalPlane({ dataDir, clock, ids: randomIds, garbageDelay: 0, keys });
  onTestFinished(() => plane.close());
  return plane;
}

const encryption: ObjectEncryption = { kind: "SSE-S3" };

async function put(
  plane: LocalPlane,
  key: string,
  bytes: Buffer,
  how: ObjectEncryption | "plain" = encryption,
): Promise<ObjectVersion> {
  const metadata = how === "plain" ? noMetadata : { ...noMetadata, encryption: how };
  const written = await plane.put(grant, target("b", key), metadata, testBody(bytes));
  if (written.kind !== "written") throw new Error(written.kind);
  return written.version;
}

async function get(plane: LocalPlane, key: string): Promise<Buffer> {
  const version = await plane.find(grant, "b", key, undefined);
  if (version?.kind !== "object") throw new Error("no object");
  return bytesOf(await plane.read(grant, "b", version, undefined));
}

test("no plain byte of an encrypted object is in the folder, and no key that opens it", async () => {
  const dataDir = await temporaryFolder();
  const plane = await open(dataDir);
  const word = Buffer.from("a word that is found in what is plain ");
  await put(plane, "small", Buffer.concat(Array(10).fill(word)));
  await put(plane, "large", Buffer.concat(Array(10_000).fill(word)));
  await plane.close();
  const files = ["objects.db", ...(await blobNames(dataDir)).map((name) => join("blobs", name))];
  expect(files).toHaveLength(2);
  for (const file of files) {
    const bytes = await readFile(join(dataDir, file));
    expect([file, bytes.includes(word), bytes.includes(keyFile)]).toEqual([file, false, false]);
  }
  const reader = await open(dataDir);
  expect((await get(reader, "small")).includes(word)).toBe(true);
  await put(reader, "plain", word, "plain");
  await reader.close();
  expect(readFileSync(join(dataDir, "objects.db")).includes(word)).toBe(true);
});

test("what is on the disk is 16 bytes more for each 64 KiB, and copies share it", async () => {
  const dataDir = await temporaryFolder();
  const plane = await open(dataDir);
  const bytes = randomBytes(200_000);
  const version = await put(plane, "from", bytes);
  await plane.copy(grant, { bucketId: "b", version }, target("b", "to"), { ...noMetadata, encryption });
  const [file, ...more] = await blobNames(dataDir);
  expect(more).toEqual([]);
  expect(readFileSync(join(dataDir, "blobs", file ?? "")).length).toBe(sealedSize(200_000));
  expect(sealedSize(200_000)).toBe(200_000 + 4 * 16);
  await plane.copy(grant, { bucketId: "b", version }, target("b", "plain"), noMetadata);
  const files = await blobNames(dataDir);
  expect(files).toHaveLength(2);
  const isPlain = (name: string): boolean => readFileSync(join(dataDir, "blobs", name)).includes(bytes);
  expect(files.filter(isPlain)).toHaveLength(1);
  expect(await get(plane, "plain")).toEqual(bytes);
  await plane.close();
  expect(await blobNames(dataDir)).toEqual(await auditIndex(dataDir));
});

test("a blob that was changed, cut or exchanged is not given out, and a range beside the damage is", async () => {
  const dataDir = await temporaryFolder();
  const plane = await open(dataDir);
  const bytes = randomBytes(4 * 64 * 1024);
  const damage: Readonly<Record<string, (file: string) => void>> = {
    "a bit": (file) => {
      const content = readFileSync(file);
      content.writeUInt8(content.readUInt8(2 * sealedFrameSize) ^ 1, 2 * sealedFrameSize);
      writeFileSync(file, content);
    },
    "two frames exchanged": (file) => {
      const content = readFileSync(file);
      const frame = (number: number) => content.subarray(number * sealedFrameSize, (number + 1) * sealedFrameSize);
      writeFileSync(file, Buffer.concat([frame(0), frame(1), frame(3), frame(2)]));
    },
    "the end cut off": (file) => truncateSync(file, 3 * sealedFrameSize),
    "another blob": (file) => writeFileSync(file, randomBytes(sealedSize(bytes.length))),
  };
  for (const [what, change] of Object.entries(damage)) {
    const before = new Set(await blobNames(dataDir));
    const version = await put(plane, what, bytes);
    const file = (await blobNames(dataDir)).find((name) => !before.has(name)) ?? "";
    change(join(dataDir, "blobs", file));
    await expect(get(plane, what), what).rejects.toThrow(/a frame of an encrypted blob|shorter than the index says/);
    if (what === "a bit" || what === "two frames exchanged") {
      const range = { first: 10, last: 70_000 };
      expect(await bytesOf(await plane.read(grant, "b", version, range))).toEqual(bytes.subarray(10, 70_001));
    }
  }
});

test("bytes whose row says another encryption than their version are not given out", async () => {
  const dataDir = await temporaryFolder();
  const plane = await open(dataDir);
  await put(plane, "sealed", Buffer.from("1"));
  await put(plane, "plain", Buffer.from("2"), "plain");
  await plane.close();
  const index = openConnection(join(dataDir, "objects.db"));
  const document = (how: string): Buffer => Buffer.from(`{"headers":{},"user":{}${how}}`);
  const seqOf = "(SELECT seq FROM versions WHERE key = ?)";
  const say = (key: string, how: string): void =>
    void index.run(`UPDATE version_metadata SET document = ? WHERE seq = ${seqOf}`, [document(how), Buffer.from(key)]);
  say("sealed", "");
  say("plain", ',"encryption":{"kind":"SSE-S3"}');
  index.close();
  const reader = await open(dataDir);
  await expect(get(reader, "sealed")).rejects.toThrow("not encrypted as its version says");
  await expect(get(reader, "plain")).rejects.toThrow("not encrypted as its version says");
});

test("a new master key encrypts from then on, and what older ones encrypted stays readable", async () => {
  const dataDir = await temporaryFolder();
  const plane = await open(dataDir);
  const masters = (): number => {
    const index = openConnection(join(dataDir, "objects.db"));
    const count = index.get("SELECT count(*) FROM master_keys", [], ([n]) => integer(n)) ?? 0;
    index.close();
    return count;
  };
  await put(plane, "first", Buffer.from("1"));
  await plane.rotateOldKeys(clock.now());
  expect(masters()).toBe(1);
  await plane.rotateOldKeys(clock.now() + 30 * day);
  expect(masters()).toBe(2);
  await put(plane, "second", Buffer.from("2"));
  await plane.rotateKeys(clock.now());
  expect(masters()).toBe(3);
  await plane.close();
  const again = await open(dataDir);
  expect([again.unopenedKeys, String(await get(again, "first")), String(await get(again, "second"))]).toEqual([
    0,
    "1",
    "2",
  ]);
});

test("with another key file the objects that the first one encrypted are not readable, and new ones are", async () => {
  const dataDir = await temporaryFolder();
  const plane = await open(dataDir);
  await put(plane, "before", Buffer.from("1"));
  await plane.close();
  expect(countSealedBodies(dataDir)).toBe(1);
  const other = await open(dataDir, { keyFile: randomBytes(32) });
  expect(other.unopenedKeys).toBe(1);
  await expect(get(other, "before")).rejects.toThrow("the key of a body does not open");
  await put(other, "after", Buffer.from("2"));
  expect(String(await get(other, "after"))).toBe("2");
  await other.close();
  const back = await open(dataDir);
  expect(String(await get(back, "before"))).toBe("1");
});

test("a customer's key is known again by its check, and its check alone says nothing of it", () => {
  const key = randomBytes(32);
  const checks = [customerKeyCheck(key), customerKeyCheck(key)] as const;
  expect(checks[0]).not.toBe(checks[1]);
  for (const check of checks) {
    expect(isCustomerKey({ kind: "SSE-C", check }, key)).toBe(true);
    expect(isCustomerKey({ kind: "SSE-C", check }, randomBytes(32))).toBe(false);
    expect(Buffer.from(check, "base64").includes(key)).toBe(false);
  }
  expect(isCustomerKey({ kind: "SSE-C", check: "" }, key)).toBe(false);
});
