import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { auditIndex, blobNames } from "../../../test/audit-local-plane.ts";
import { noMetadata, bytesOf, startUpload, target } from "../../../test/contract/plane-under-test.ts";
import { testBody } from "../../../test/test-body.ts";
import { temporaryFolder } from "../../../test/temporary-folder.ts";
import { testGrant } from "../../../test/test-grant.ts";
import { randomIds } from "../../server/random-ids.ts";
import type { ObjectVersion } from "../../ports/object-version.ts";
import type { Upload } from "../../ports/upload.ts";
import { type Connection, type Reader, type Writer, openConnection } from "../../stores/sqlite/connection.ts";
import { migrate } from "../../stores/sqlite/migrate.ts";
import { integer } from "../../stores/sql/sql-value.ts";
import { BlobFiles } from "./blob-files.ts";
import { collect, segmentsPerCollect } from "./collect.ts";
import { completeUpload } from "./upload-procedures.ts";
import { type LocalPlane, openLocalPlane } from "./local-plane.ts";
import { objectMigrations } from "./object-migrations.ts";
import { openVersion } from "./object-reads.ts";
import type { ObjectIndex } from "./object-procedures.ts";
import { minShared, objectWrites } from "./object-writes.ts";
import { ReadLeases } from "./read-leases.ts";
import { segmentsPerPage } from "./read-segments.ts";
import { handleOf, seqOf } from "./version-rows.ts";
import { putVersion } from "./write-version.ts";

const grant = testGrant();
const metadata = noMetadata;
const mebibyte = 1024 * 1024;
let time = 1_700_000_000_000;
const clock = { now: () => (time += 1), monotonic: () => time };

async function open(dataDir: string, garbageDelay = 0): Promise<LocalPlane> {
  return openLocalPlane({ dataDir, clock, ids: randomIds, garbageDelay });
}

function upload(plane: LocalPlane): Promise<Upload> {
  return startUpload({ plane, bucketId: "b" });
}

async function stored(plane: LocalPlane, key: string, bytes: Buffer): Promise<ObjectVersion> {
  const put = await plane.put(grant, target("b", key), metadata, testBody(bytes));
  if (put.kind !== "written") throw new Error(put.kind);
  return put.version;
}

function countSegments(dataDir: string): number {
  const connection = openConnection(join(dataDir, "objects.db"));
  try {
    return connection.get("SELECT count(*) FROM segments", [], ([count]) => integer(count)) ?? 0;
  } finally {
    connection.close();
  }
}

/** An index as it is on the disk, with one object of many segments of one byte each, in one small body. */
function indexWith(count: number): { readonly connection: Connection; readonly version: ObjectVersion } {
  const connection = openConnection(":memory:");
  onTestFinished(() => connection.close());
  migrate(connection, ":memory:", objectMigrations);
  connection.run("INSERT INTO bodies (id, file, size, refs) VALUES (1, NULL, 256, ?)", [count]);
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, n) => n));
  connection.run("INSERT INTO inline_bodies (body, octets) VALUES (1, ?)", [bytes]);
  connection.run(
    `WITH RECURSIVE n (at) AS (SELECT 0 UNION ALL SELECT at + 1 FROM n WHERE at + 1 < ?)
     INSERT INTO segments (content, first_byte, body, start, length) SELECT 2, at, 1, at % 256, 1 FROM n`,
    [count],
  );
  connection.run("UPDATE counters SET value = 2", []);
  connection.run("INSERT INTO version_metadata (seq, document) VALUES (2, x'7b7d')", []);
  const version = { kind: "object", content: "2", size: count, metadata } as unknown as ObjectVersion;
  return { connection, version };
}

/** Counts the rows that come out of `segments`, and the most of one look-up. */
function counting(reader: Reader): Reader & { rows: number; most: number } {
  const counter = {
    rows: 0,
    most: 0,
    get: ((sql, params, row) => {
      if (sql.includes("FROM segments")) counter.rows += 1;
      return reader.get(sql, params, row);
    }) as Reader["get"],
    all: ((sql, params, row) => {
      const found = reader.all(sql, params, row);
      if (sql.includes("FROM segments")) {
        counter.rows += found.length;
        counter.most = Math.max(counter.most, found.length);
      }
      return found;
    }) as Reader["all"],
  };
  return counter;
}

/** The upload `u` of `b/k` with so many parts of this size, which share one body; gives them as a completion names them. */
function uploadOf(connection: Connection, count: number, size: number) {
  connection.run("INSERT INTO bodies (id, file, size, refs) VALUES (3, 'f', ?, ?)", [size, count]);
  connection.run(
    `INSERT INTO uploads (bucket_id, key, upload_id, initiated_at, initiator, owner, metadata)
     VALUES ('b', ?, 'u', 1, ?, '1', ?)`,
    [Buffer.from("k"), Buffer.from("arn"), Buffer.from('{"headers":{},"user":{}}')],
  );
  const etag = "0".repeat(32);
  const parts = Array.from({ length: count }, (_, n) => ({ number: n + 1, etag }));
  for (const { number } of parts) {
    connection.run("INSERT INTO segments (content, first_byte, body, start, length) VALUES (?, 0, 3, 0, ?)", [
      100 + number,
      size,
    ]);
    connection.run(
      `INSERT INTO parts (upload_id, number, holder, size, etag, modified, checksum_algorithm, checksum_value)
       VALUES ('u', ?, ?, ?, ?, 1, 'CRC64NVME', '')`,
      [number, 100 + number, size, etag],
    );
  }
  connection.run("UPDATE counters SET value = 100000", []);
  return parts;
}

/** Counts statements, and the rows that they give. */
function countingWriter(writer: Writer) {
  const cost = { statements: 0, rows: 0 };
  const counted = <T>(found: T): T => {
    cost.statements += 1;
    if (found !== undefined) cost.rows += Array.isArray(found) ? found.length : 1;
    return found;
  };
  const counting: Writer = {
    get: (sql, params, row) => counted(writer.get(sql, params, row)),
    all: (sql, params, row) => counted(writer.all(sql, params, row)),
    run: (sql, params) => {
      cost.statements += 1;
      return writer.run(sql, params);
    },
  };
  return { writer: counting, cost };
}

function changes(connection: Connection): number {
  return connection.get("SELECT total_changes()", [], ([count]) => integer(count)) ?? 0;
}

describe("copies do not multiply segments", () => {
  test("an object copied onto itself with a byte behind it, again and again, has as many segments as parts", async () => {
    const dataDir = await temporaryFolder();
    const plane = await open(dataDir);
    let bytes = randomBytes(5 * mebibyte);
    let version = await stored(plane, "k", bytes);
    for (let round = 0; round < 6; round += 1) {
      const started = await upload(plane);
      const source = { bucketId: "b", version, range: undefined };
      const copy = await plane.copyPart(grant, source, "b", started, 1);
      const tail = await plane.putPart(grant, "b", started, 2, testBody("x"));
      if (copy.kind !== "part" || tail.kind !== "part") throw new Error("refused");
      const parts = [copy.part, tail.part].map(({ number, etag }) => ({ number, etag }));
      const done = await plane.completeUpload(grant, target("b", "k"), started.uploadId, parts);
      if (done.kind !== "written") throw new Error(done.kind);
      version = done.version;
      bytes = Buffer.concat([bytes, Buffer.from("x")]);
      await plane.sweep();
      expect(countSegments(dataDir), `round ${round}`).toBe(2);
    }
    expect((await bytesOf(await plane.read(grant, "b", version, undefined))).equals(bytes)).toBe(true);
    await plane.close();
    expect(await auditIndex(dataDir)).toEqual(await blobNames(dataDir));
  });

  test("small ranges are written anew; large ones within a segment stay where they are", async () => {
    const dataDir = await temporaryFolder();
    const plane = await open(dataDir);
    onTestFinished(() => plane.close());
    const bytes = randomBytes(3 * mebibyte);
    const version = await stored(plane, "source", bytes);
    const started = await upload(plane);
    const copy = async (number: number, first: number, length: number): Promise<void> => {
      const source = { bucketId: "b", version, range: { first, last: first + length - 1 } };
      expect(await plane.copyPart(grant, source, "b", started, number)).toMatchObject({
        kind: "part",
        part: { size: length },
      });
    };
    await copy(1, 7, minShared);
    expect(await blobNames(dataDir)).toHaveLength(1);
    await copy(2, 7, minShared - 1);
    expect(await blobNames(dataDir)).toHaveLength(2);
    await copy(3, 9, 1);
    expect(await blobNames(dataDir)).toHaveLength(2); // in the index itself
    const parts = await plane.listParts(grant, { ...started, bucketId: "b" }, 0, 10);
    const named = parts.slice(2).map(({ number, etag }) => ({ number, etag }));
    const done = await plane.completeUpload(grant, target("b", "k"), started.uploadId, named);
    if (done.kind !== "written") throw new Error(done.kind);
    const read = await bytesOf(await plane.read(grant, "b", done.version, undefined));
    expect(read).toEqual(bytes.subarray(9, 10));
  });

  test("parts that make no object are refused without the writer, and are read in slices", async () => {
    const { connection } = indexWith(1);
    const named = uploadOf(connection, 10_000, 1);
    let most = 0;
    const reader: Reader = {
      get: (sql, params, row) => connection.get(sql, params, row),
      all: (sql, params, row) => {
        const found = connection.all(sql, params, row);
        most = Math.max(most, found.length);
        return found;
      },
    };
    const database = {
      reader,
      write: () => Promise.reject(new Error("the writer was asked")),
    } as unknown as ObjectIndex;
    const { completeUpload: complete } = objectWrites({
      database,
      clock: { now: () => 1, monotonic: () => 1 },
      ids: randomIds,
    } as unknown as Parameters<typeof objectWrites>[0]);
    const where = target("b", "k");
    expect(await complete(grant, where, "u", named)).toMatchObject({ kind: "part-too-small", detail: "1" });
    expect(most).toBe(50);
    expect(await complete(grant, where, "u", named.toReversed())).toMatchObject({ kind: "invalid-part-order" });
    expect(await complete(grant, where, "u", [{ number: 1, etag: "1" }])).toMatchObject({ kind: "invalid-part" });
    // What may succeed, and what is not there, is the writer's to decide.
    for (const [id, parts] of [
      ["u", named.slice(0, 1)],
      ["none", named],
    ] as const)
      await expect(complete(grant, where, id, parts)).rejects.toThrow("the writer was asked");
  });

  test("a request that is sent again while the first one completes the upload gets the same answer", async () => {
    const { connection } = indexWith(1);
    const where = target("b", "k");
    const args = { target: where, uploadId: "u", parts: uploadOf(connection, 1, 1), freshId: "v", now: 1 };
    const answer = () => Promise.resolve(completeUpload(connection, args));
    const first: unknown[] = [];
    const reader: Reader = {
      get: (sql, params, row) => connection.get(sql, params, row),
      all(sql, params, row) {
        if (first.length === 0) first.push(completeUpload(connection, args));
        return connection.all(sql, params, row);
      },
    };
    const { completeUpload: complete } = objectWrites({
      database: { reader, write: answer } as unknown as ObjectIndex,
      clock,
      ids: randomIds,
    } as unknown as Parameters<typeof objectWrites>[0]);
    const again = await complete(grant, where, "u", args.parts);
    expect(again.kind).toBe("written");
    expect([again]).toMatchObject(first);
  });

  test("an upload of 10,000 parts completes, with 10,000 segments", () => {
    const { connection } = indexWith(1);
    const size = 5 * mebibyte;
    const parts = uploadOf(connection, 10_000, size);
    // Other writes wait for this: a fixed number of statements. One reads the parts, one gives their contents, one moves their segments.
    const { writer, cost } = countingWriter(connection);
    const done = completeUpload(writer, { target: target("b", "k"), uploadId: "u", parts, freshId: "v", now: 1 });
    if (done.kind !== "written") throw new Error(done.kind);
    expect(done.version.parts).toHaveLength(10_000);
    expect(cost.rows).toBeLessThanOrEqual(2 * parts.length + 20);
    expect(cost.statements).toBeLessThanOrEqual(30);
    const segments = connection.all(
      "SELECT first_byte FROM segments WHERE content = ? ORDER BY first_byte",
      [seqOf(done.version)],
      ([at]) => integer(at),
    );
    expect(segments).toEqual(parts.map((_, n) => n * size));
  });
});

describe("an object of very many segments, as earlier versions could make them", () => {
  const source = (reader: Reader) => ({
    reader,
    files: new BlobFiles("/nowhere", "0".repeat(16)),
    keys: { open: () => undefined },
    leases: new ReadLeases(),
  });

  test("one byte of it is found without the others", async () => {
    const { connection, version } = indexWith(200_000);
    const reader = counting(connection);
    for (const at of [0, 1, 123_456, 199_999]) {
      reader.rows = 0;
      const bytes = await bytesOf(await openVersion(source(reader), version, { first: at, last: at }));
      expect([...bytes]).toEqual([at % 256]);
      expect(reader.rows).toBeLessThanOrEqual(2);
    }
  });

  test("read whole, its segments come in pages", async () => {
    const { connection, version } = indexWith(1000);
    const reader = counting(connection);
    const bytes = await bytesOf(await openVersion(source(reader), version, undefined));
    expect([...bytes]).toEqual(Array.from({ length: 1000 }, (_, n) => n % 256));
    expect(reader.most).toBe(segmentsPerPage);
  });

  test("a hole in it is a fault, never a short object", async () => {
    const { connection, version } = indexWith(1000);
    connection.run("DELETE FROM segments WHERE first_byte = 500", []);
    const bytes = bytesOf(await openVersion(source(connection), version, undefined));
    await expect(bytes).rejects.toMatchObject({ kind: "corrupt" });
    const inside = openVersion(source(connection), version, { first: 500, last: 500 });
    await expect(inside).rejects.toMatchObject({ kind: "corrupt" });
  });

  test("a copy writes a few rows; its removal goes in turns of a limited number", async () => {
    const count = 10_000;
    const { connection, version } = indexWith(count);
    const object = {
      size: count,
      etag: "e",
      checksum: undefined,
      metadata: '{"headers":{},"user":{}}',
      storageClass: "STANDARD",
      lock: undefined,
    } as const;
    const before = changes(connection);
    const placed = putVersion(connection, {
      target: target("b", "copy"),
      freshId: "v",
      now: 1,
      object,
      body: { kind: "shared", seq: seqOf(version), size: count },
    });
    if (placed.kind !== "placed") throw new Error(placed.kind);
    const copy = { ...version, content: handleOf(placed.seq) };
    expect(changes(connection) - before).toBeLessThan(10);
    const read = async () => [...(await bytesOf(await openVersion(source(connection), copy, undefined)))];
    const whole = Array.from({ length: count }, (_, n) => n % 256);
    expect(await read()).toEqual(whole);

    connection.run("INSERT INTO garbage (holder, since) VALUES (?, 1)", [seqOf(version)]);
    expect(collect(connection, { ids: [seqOf(version)] })).toBe(1);
    expect(await read()).toEqual(whole); // the copy outlives its source

    connection.run("INSERT INTO garbage (holder, since) VALUES (?, 1)", [seqOf(copy)]);
    let turns = 0;
    for (let done = 0; done === 0; turns += 1) {
      const start = changes(connection);
      done = collect(connection, { ids: [seqOf(copy)] });
      expect(changes(connection) - start).toBeLessThanOrEqual(segmentsPerCollect * 4 + 10);
      await expect(read()).rejects.toMatchObject({ kind: "conflict" });
      const again = { kind: "shared", seq: seqOf(copy), size: count } as const;
      const late = putVersion(connection, { target: target("b", "late"), freshId: "w", now: 1, object, body: again });
      expect(late.kind, "a copy of what is being removed").toBe("no-such-version");
    }
    expect(turns).toBeGreaterThan(count / segmentsPerCollect);
    expect(connection.get("SELECT count(*) FROM bodies", [], ([left]) => integer(left))).toBe(0);
    expect(connection.get("SELECT count(*) FROM copies", [], ([left]) => integer(left))).toBe(0);
    expect(connection.get("SELECT count(*) FROM shared_contents", [], ([left]) => integer(left))).toBe(0);
  });
});

test("part sizes are those of the source, also after the source is gone", async () => {
  const dataDir = await temporaryFolder();
  const plane = await open(dataDir);
  const started = await upload(plane);
  const etags: string[] = [];
  for (const bytes of [randomBytes(5 * mebibyte), Buffer.from("end")]) {
    const part = await plane.putPart(grant, "b", started, etags.length + 1, testBody(bytes));
    if (part.kind !== "part") throw new Error(part.kind);
    etags.push(part.part.etag);
  }
  const parts = etags.map((etag, n) => ({ number: n + 1, etag }));
  const done = await plane.completeUpload(grant, target("b", "k"), started.uploadId, parts);
  if (done.kind !== "written") throw new Error(done.kind);
  const copy = async (version: ObjectVersion, key: string): Promise<ObjectVersion> => {
    const copied = await plane.copy(grant, { bucketId: "b", version }, target("b", key), metadata);
    if (copied.kind !== "written") throw new Error(copied.kind);
    return copied.version;
  };
  const second = await copy(await copy(done.version, "second"), "third");
  expect(second.parts.map(({ size }) => size)).toEqual([5 * mebibyte, 3]);
  for (const key of ["k", "second"]) {
    await plane.delete(grant, { bucketId: "b", key, versioning: "off", owner: "1", versionId: undefined });
    await plane.sweep();
  }
  expect(await plane.find(grant, "b", "third", undefined)).toMatchObject({
    parts: [{ size: 5 * mebibyte }, { size: 3 }],
  });
  await plane.delete(grant, { bucketId: "b", key: "third", versioning: "off", owner: "1", versionId: undefined });
  expect(await plane.sweep()).toMatchObject({ collected: 1, files: 1 });
  await plane.close();
  expect(await auditIndex(dataDir)).toEqual([]);
});

test("an index of version 0.1.0 gets the offsets of its segments", () => {
  const connection = openConnection(":memory:");
  onTestFinished(() => connection.close());
  migrate(connection, ":memory:", objectMigrations.slice(0, 1));
  for (const [content, position, start, length] of [
    [7, 0, 0, 10],
    [7, 1, 5, 1],
    [7, 2, 0, 4],
    [9, 0, 3, 2],
  ] as const)
    connection.run("INSERT INTO segments (holder, position, body, start, length) VALUES (?, ?, 1, ?, ?)", [
      content,
      position,
      start,
      length,
    ]);
  migrate(connection, ":memory:", objectMigrations);
  const rows = connection.all(
    "SELECT content, first_byte, start, length FROM segments ORDER BY content, first_byte",
    [],
    (columns) => columns.map(integer),
  );
  expect(rows).toEqual([
    [7, 0, 0, 10],
    [7, 10, 5, 1],
    [7, 11, 0, 4],
    [9, 0, 3, 2],
  ]);
});
