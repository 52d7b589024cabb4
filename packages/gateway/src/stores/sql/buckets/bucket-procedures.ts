import { type BucketState, canMove, canSetVersioning } from "../../../domain/buckets/bucket-lifecycle.ts";
import type { BucketRecord, NewBucket } from "../../../ports/bucket-registry.ts";
import { StoreError } from "../../../ports/store-error.ts";
import type { Procedures, Database, Writer } from "../database.ts";
import {
  type SettledResource,
  type SubResource,
  bucketById,
  bucketByName,
  bucketByPlace,
  versioningOf,
} from "./bucket-rows.ts";

export type Creation = { readonly made: BucketRecord } | { readonly exists: BucketRecord };

async function createBucket(writer: Writer, bucket: NewBucket): Promise<Creation> {
  const name = Buffer.from(bucket.name, "utf8");
  const existing = (await bucketByName(writer, name)) ?? (await bucketByPlace(writer, bucket.place));
  if (existing !== undefined) return { exists: existing };
  await writer.run(
    "INSERT INTO buckets (id, place, name, owner, region, created_at, state) VALUES (?, ?, ?, ?, ?, ?, 'creating')",
    [bucket.id, bucket.place, name, bucket.owner, bucket.region, bucket.createdAt],
  );
  return { made: await required(writer, bucket.id) };
}

async function moveBucket(
  writer: Writer,
  args: { readonly id: string; readonly from: BucketState; readonly to: BucketState },
): Promise<boolean> {
  if (!canMove(args.from, args.to))
    throw new StoreError("conflict", `a bucket does not go from ${args.from} to ${args.to}`);
  return (
    (await writer.run("UPDATE buckets SET state = ? WHERE id = ? AND state = ?", [args.to, args.id, args.from])) > 0
  );
}

async function removeBucket(
  writer: Writer,
  args: { readonly id: string; readonly from: BucketState },
): Promise<boolean> {
  await writer.run(
    "DELETE FROM bucket_configurations WHERE bucket_id IN (SELECT id FROM buckets WHERE id = ? AND state = ?)",
    [args.id, args.from],
  );
  for (const table of ["bucket_inventories", "move_runs", "moving_keys", "bucket_moves"])
    await writer.run(`DELETE FROM ${table} WHERE bucket_id IN (SELECT id FROM buckets WHERE id = ? AND state = ?)`, [
      args.id,
      args.from,
    ]);
  return (await writer.run("DELETE FROM buckets WHERE id = ? AND state = ?", [args.id, args.from])) > 0;
}

async function setBucketVersioning(
  writer: Writer,
  args: { readonly id: string; readonly versioning: "enabled" | "suspended" },
): Promise<void> {
  const before = await writer.get("SELECT versioning FROM buckets WHERE id = ?", [args.id], ([value]) =>
    versioningOf(value),
  );
  if (before === undefined) throw gone(args.id);
  const isLocking = await has(writer, args.id, "objectLock");
  if (!canSetVersioning(before, args.versioning) || (isLocking && args.versioning !== "enabled"))
    throw new StoreError("conflict", `versioning does not go from ${before} to ${args.versioning}`);
  await writer.run("UPDATE buckets SET versioning = ? WHERE id = ?", [args.versioning, args.id]);
}

async function setBucketDocument(
  writer: Writer,
  args: { readonly id: string; readonly name: SubResource; readonly document: string | undefined },
): Promise<void> {
  if (!(await exists(writer, args.id))) throw gone(args.id);
  await writer.run("DELETE FROM bucket_configurations WHERE bucket_id = ? AND sub_resource = ?", [args.id, args.name]);
  if (args.document !== undefined) {
    await writer.run("INSERT INTO bucket_configurations (bucket_id, sub_resource, document) VALUES (?, ?, ?)", [
      args.id,
      args.name,
      Buffer.from(args.document, "utf8"),
    ]);
  }
}

/**
 * Documents of what only the data folder carries out. Here and where a move begins, both are looked at in the same transaction: a bucket that
 * moves gets none, and one that has one does not move. Object Lock needs versioning too.
 */
async function setSettledDocument(
  writer: Writer,
  args: { readonly id: string; readonly name: SettledResource; readonly document: string | undefined },
): Promise<void> {
  const needs = args.name === "objectLock" ? "AND versioning = 'enabled'" : "";
  const isReady = await writer.get(
    `SELECT 1 FROM buckets WHERE id = ? ${needs}
     AND NOT EXISTS (SELECT 1 FROM bucket_moves m WHERE m.bucket_id = id AND m.phase IN ('copying', 'closing'))`,
    [args.id],
    () => true,
  );
  if (isReady !== true) throw new StoreError("conflict", "the bucket has no versioning, is being moved, or is gone");
  await setBucketDocument(writer, args);
}

async function has(writer: Writer, id: string, name: SubResource): Promise<boolean> {
  const sql = "SELECT 1 FROM bucket_configurations WHERE bucket_id = ? AND sub_resource = ?";
  return (await writer.get(sql, [id, name], () => true)) ?? false;
}

async function setAccountBlock(
  writer: Writer,
  { accountId, document }: { readonly accountId: string; readonly document: string | undefined },
): Promise<void> {
  if (document === undefined)
    await writer.run("DELETE FROM account_public_access_blocks WHERE account_id = ?", [accountId]);
  else
    await writer.run(
      `INSERT INTO account_public_access_blocks (account_id, document) VALUES (?, ?)
       ON CONFLICT (account_id) DO UPDATE SET document = excluded.document`,
      [accountId, Buffer.from(document, "utf8")],
    );
}

/** Without its documents, because one that is corrupt must not prevent its own replacement. */
async function exists(writer: Writer, id: string): Promise<boolean> {
  return (await writer.get("SELECT 1 FROM buckets WHERE id = ?", [id], () => true)) ?? false;
}

async function required(writer: Writer, id: string): Promise<BucketRecord> {
  const bucket = await bucketById(writer, id);
  if (bucket === undefined) throw gone(id);
  return bucket;
}

function gone(id: string): StoreError {
  return new StoreError("conflict", `the bucket ${id} is gone`);
}

/** Spread into the procedures of directory.db. */
export const bucketProcedures = {
  createBucket,
  moveBucket,
  removeBucket,
  setBucketVersioning,
  setBucketDocument,
  setSettledDocument,
  setAccountBlock,
} as const satisfies Procedures;

export type BucketDatabase = Database<typeof bucketProcedures>;
