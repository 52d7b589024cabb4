import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { customerKeyCheck } from "../../src/domain/objects/encryption.ts";
import type { CustomerKey } from "../../src/ports/object-bytes.ts";
import type { ObjectEncryption, ObjectMetadata, ObjectVersion } from "../../src/ports/object-version.ts";
import { testBody } from "../test-body.ts";
import {
  type Lacks,
  type Open,
  type OpenPlane,
  bytesOf,
  grant,
  md5,
  mebibyte,
  noMetadata,
  remove,
  startUpload,
  target,
} from "./plane-under-test.ts";

/** The keys of SSE-KMS that the plane under test has. */
export const kmsKeyArn = "arn:aws:kms:us-east-1:111122223333:key/1";
export const otherKmsKeyArn = "arn:aws:kms:us-east-1:111122223333:key/2";

interface Case {
  readonly metadata: ObjectMetadata;
  readonly customerKey: CustomerKey | undefined;
}

function encrypted(encryption: ObjectEncryption, customerKey?: CustomerKey): Case {
  return { metadata: { ...noMetadata, encryption }, customerKey };
}

function byCustomer(): Case {
  const key = randomBytes(32);
  return encrypted({ kind: "SSE-C", check: customerKeyCheck(key) }, key);
}

const kms = { kind: "SSE-KMS", keyArn: kmsKeyArn, bucketKey: true } as const;

/** Every way in which an object may be encrypted; each call makes keys of its own. */
const cases = {
  plain: () => ({ metadata: noMetadata, customerKey: undefined }),
  "SSE-S3": () => encrypted({ kind: "SSE-S3" }),
  "SSE-KMS": () => encrypted(kms),
  "SSE-KMS with another key": () => encrypted({ ...kms, keyArn: otherKmsKeyArn }),
  "SSE-KMS with a context": () => encrypted({ ...kms, context: "eyJhIjoiYiJ9" }),
  "SSE-C": byCustomer,
} as const satisfies Record<string, () => Case>;

const isDigest = (name: keyof typeof cases): boolean => name === "plain" || name === "SSE-S3";

/** Inline, at the edges of a frame, of several frames. */
const allSizes = [0, 1, 16 * 1024, 64 * 1024, 64 * 1024 + 1, 3 * 64 * 1024, 2 * mebibyte + 5];

async function put({ plane, bucketId }: OpenPlane, key: string, bytes: Buffer, how: Case): Promise<ObjectVersion> {
  const written = await plane.put(grant, target(bucketId, key), how.metadata, testBody(bytes), how.customerKey);
  if (written.kind !== "written") throw new Error(written.kind);
  return written.version;
}

async function get(
  { plane, bucketId }: OpenPlane,
  key: string,
  { customerKey }: Case,
  range?: { first: number; last: number },
): Promise<Buffer> {
  const version = await plane.find(grant, bucketId, key, undefined);
  if (version?.kind !== "object") throw new Error("no object");
  return bytesOf(await plane.read(grant, bucketId, version, range, customerKey));
}

export function encryptionContract(open: Open, lacks: Lacks): void {
  const isPlain = lacks["other keys"] !== undefined;
  const names = (Object.keys(cases) as readonly (keyof typeof cases)[]).filter(
    (name) => (!isPlain || isDigest(name)) && (lacks.encryption === undefined || name !== "SSE-S3"),
  );
  const sizes = isPlain ? allSizes.slice(4, 5) : allSizes;
  describe("encryption", () => {
    if (isPlain)
      test("with other keys is refused by name", async () => {
        const at = await open();
        for (const name of Object.keys(cases) as readonly (keyof typeof cases)[]) {
          if (names.includes(name)) continue;
          await expect(put(at, "k", Buffer.from("x"), cases[name]())).rejects.toMatchObject({ name: "Unsupported" });
          await expect(startUpload(at, cases[name]())).rejects.toMatchObject({ name: "Unsupported" });
        }
      });

    test.each(names)(
      "%s: every size and range is given back, and the version says how it is encrypted",
      async (name) => {
        const at = await open();
        for (const size of sizes) {
          const how = cases[name]();
          const bytes = randomBytes(size);
          const version = await put(at, "k", bytes, how);
          expect(version).toMatchObject({ size, metadata: how.metadata });
          if (isDigest(name)) expect(version.etag).toBe(md5(bytes));
          else expect([version.etag.length, version.etag === md5(bytes)]).toEqual([32, false]);
          expect((await get(at, "k", how)).equals(bytes)).toBe(true);
          const ranges = [0, 1, 65_535, 65_536, 65_537, 131_072, size - 1].flatMap((first) =>
            [first, first + 1, 65_535, 65_536, size - 1].map((last) => ({ first, last })),
          );
          for (const range of ranges.filter(({ first, last }) => first >= 0 && first <= last && last < size)) {
            const part = await get(at, "k", how, range);
            expect([range, part.equals(bytes.subarray(range.first, range.last + 1))]).toEqual([range, true]);
          }
        }
      },
    );

    test.each(names)("copies from %s to every kind", async (from) => {
      const at = await open();
      for (const to of names) {
        const [source, copy] = [cases[from](), cases[to]()];
        const bytes = randomBytes(70_000);
        const version = await put(at, "from", bytes, source);
        const written = await at.plane.copy(
          grant,
          { bucketId: at.bucketId, version, customerKey: source.customerKey },
          target(at.bucketId, "to"),
          copy.metadata,
          copy.customerKey,
        );
        expect(written).toMatchObject({ kind: "written", version: { size: 70_000, metadata: copy.metadata } });
        await remove(at, "from", "off");
        expect((await get(at, "to", copy)).equals(bytes)).toBe(true);
        const etag = written.kind === "written" ? written.version.etag : "";
        expect([to, etag === md5(bytes)]).toEqual([to, isDigest(to)]);
      }
    });

    test.each(names)("%s: parts that are sent and parts that are copied, from sources of every kind", async (name) => {
      const at = await open();
      const how = cases[name]();
      const upload = await startUpload(at, { metadata: how.metadata });
      const all: Buffer[] = [];
      const parts: { number: number; etag: string }[] = [];
      const size = 5 * mebibyte + 3;
      for (const from of [name, name === "plain" ? "SSE-S3" : "plain"] as const) {
        const number = parts.length + 1;
        const source = from === name || !names.includes(from) ? how : cases[from]();
        const bytes = randomBytes(size + 2);
        const version = await put(at, "from", bytes, source);
        const copied = await at.plane.copyPart(
          grant,
          { bucketId: at.bucketId, version, range: { first: 1, last: size }, customerKey: source.customerKey },
          at.bucketId,
          upload,
          number,
          how.customerKey,
        );
        if (copied.kind !== "part") throw new Error(copied.kind);
        if (isDigest(name)) expect(copied.part.etag).toBe(md5(bytes.subarray(1, size + 1)));
        all.push(bytes.subarray(1, size + 1));
        parts.push({ number, etag: copied.part.etag });
      }
      const last = randomBytes(70_000);
      const sent = await at.plane.putPart(grant, at.bucketId, upload, 3, testBody(last), how.customerKey);
      if (sent.kind !== "part") throw new Error(sent.kind);
      expect(sent.part.etag === md5(last)).toBe(isDigest(name));
      const done = await at.plane.completeUpload(grant, target(at.bucketId, "k"), upload.uploadId, [
        ...parts,
        { number: 3, etag: sent.part.etag },
      ]);
      expect(done).toMatchObject({
        kind: "written",
        version: { size: 2 * size + last.length, metadata: how.metadata },
      });
      const bytes = Buffer.concat([...all, last]);
      expect((await get(at, "k", how)).equals(bytes)).toBe(true);
      const across = { first: size - 10, last: size + 10 };
      expect((await get(at, "k", how, across)).equals(bytes.subarray(across.first, across.last + 1))).toBe(true);
    });
  });
}
