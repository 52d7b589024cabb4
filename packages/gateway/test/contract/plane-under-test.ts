import { createHash } from "node:crypto";
import type { Versioning } from "../../src/ports/bucket-registry.ts";
import type { DataPlane } from "../../src/ports/data-plane.ts";
import type { Listing, ListQuery } from "../../src/ports/object-listing.ts";
import type { ObjectMetadata, ObjectVersion, Version } from "../../src/ports/object-version.ts";
import type { DeleteOutcome, WriteRefusal, WriteTarget } from "../../src/ports/object-write.ts";
import type { NewUpload, Upload } from "../../src/ports/upload.ts";
import { testBody } from "../test-body.ts";
import { testGrant } from "../test-grant.ts";

export const grant = testGrant();
export const noMetadata: ObjectMetadata = { headers: {}, user: {}, storageClass: "STANDARD" };
export const metadata: ObjectMetadata = {
  headers: { "content-type": "text/plain" },
  user: { colour: "blue" },
  storageClass: "STANDARD_IA",
};
export const mebibyte = 1024 * 1024;

/** What a data plane over another engine does not do, and why. The contract expects everything else of it. */
export type Lacks = Readonly<Partial<Record<Lack, string>>>;

type Lack =
  /** NUL in keys. */
  | "nul"
  /** Who owns an object, and headers, user metadata and tags of an upload in progress. */
  | "owners"
  | "upload metadata"
  /** Sizes and checksums of the parts of an object. */
  | "parts"
  | "checksums"
  /** A version that was replaced by one of the same bytes, in a bucket without versioning, is another one. */
  | "same bytes"
  /** Changes of tags that depend on the tags, in a bucket without versioning. */
  | "seen tags"
  /** What is found of a deleted object is its delete marker. */
  | "found markers"
  | "order of tags"
  | "part numbers in errors"
  /** Parts that were sent and are not named are left out of the object. */
  | "unnamed parts"
  /** A page goes on after a version that was deleted meanwhile. */
  | "deleted markers of pages"
  | "order of uploads"
  | "tags of uploads"
  /** Conditional writes where the bucket has versioning. */
  | "conditions with versioning"
  | "acls"
  /** Object Lock. */
  | "locks"
  | "conditional deletes"
  | "conditional completes"
  | "conditional copies"
  /** SSE-S3. */
  | "encryption"
  /** Encryption but for SSE-S3. */
  | "other keys";

export interface OpenPlane {
  readonly lacks: Lacks;
  readonly plane: DataPlane;
  /** Of two empty buckets nobody else uses. */
  readonly bucketId: string;
  readonly otherBucketId: string;
}

export function target(
  bucketId: string,
  key: string,
  versioning: Versioning = "off",
  condition: WriteTarget["condition"] = {},
): WriteTarget {
  return { bucketId, key, versioning, owner: "111122223333", condition };
}

export async function bytesOf(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}

export function md5(bytes: Uint8Array | string): string {
  return createHash("md5").update(bytes).digest("hex");
}

type Place = Pick<OpenPlane, "plane" | "bucketId">;

export type Open = () => Promise<OpenPlane>;

export const store = async (
  { plane, bucketId }: Place,
  key: string,
  bytes: Uint8Array | string,
  versioning: Versioning = "off",
  condition: WriteTarget["condition"] = {},
): Promise<ObjectVersion> => {
  const outcome = await plane.put(grant, target(bucketId, key, versioning, condition), metadata, testBody(bytes));
  if (outcome.kind !== "written") throw new Error(`refused: ${outcome.kind}`);
  return outcome.version;
};
export const load = async (
  { plane, bucketId }: Place,
  key: string,
  versionId?: string,
): Promise<string | undefined> => {
  const version = await plane.find(grant, bucketId, key, versionId);
  if (version?.kind !== "object") return version?.kind;
  return (await bytesOf(await plane.read(grant, bucketId, version, undefined))).toString("latin1");
};
export const remove = (
  { plane, bucketId }: Place,
  key: string,
  versioning: Versioning,
  versionId?: string,
): Promise<DeleteOutcome | WriteRefusal> =>
  plane.delete(grant, { bucketId, key, versioning, owner: "111122223333", versionId });
export const keys = async ({ plane, bucketId }: Place): Promise<readonly string[]> =>
  itemsOf(await plane.listObjects(grant, bucketId, listAll)).map((object) => object.key);

export const listAll: ListQuery = { prefix: "", delimiter: "", after: undefined, limit: 1000, turn: async () => {} };

export function itemsOf<Item>({ entries }: Listing<Item>): readonly Item[] {
  return entries.flatMap((entry) => (entry.kind === "item" ? [entry.item] : []));
}

export const versions = async ({ plane, bucketId }: Place): Promise<readonly Version[]> =>
  itemsOf(await plane.listVersions(grant, bucketId, listAll));

export const startUpload = async ({ plane, bucketId }: Place, fields: Partial<NewUpload> = {}): Promise<Upload> => {
  const initiator = "arn:aws:iam::111122223333:user/ann";
  const upload = { key: "k", initiator, owner: "111122223333", metadata, checksum: undefined, ...fields };
  const created = await plane.createUpload(grant, bucketId, upload);
  if (created.kind !== "created") throw new Error(created.kind);
  return created.upload;
};
