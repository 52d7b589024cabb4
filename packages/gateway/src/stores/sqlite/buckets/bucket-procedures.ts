import { type BucketState, canMove, canSetVersioning } from "../../../domain/buckets/bucket-lifecycle.ts";
import type { BucketRecord, NewBucket } from "../../../ports/bucket-registry.ts";
import { StoreError } from "../../../ports/store-error.ts";
import type { Writer } from "../connection.ts";
import type { Database } from "../database.ts";
import type { AnyProcedures } from "../../sql/database.ts";
import { type SubResource, bucketById, bucketByName, bucketByPlace, versioningOf } from "./bucket-rows.ts";

export type Creation = { readonly made: BucketRecord } | { readonly exists: BucketRecord };

function createBucket(writer: Writer, bucket: NewBucket): Creation {
  const name = Buffer.from(bucket.name, "utf8");
  const existing = bucketByName(writer, name) ?? bucketByPlace(writer, bucket.place);
  if (existing !== undefined) return { exists: existing };
  writer.run(
    "INSERT INTO buckets (id, place, name, owner, region, created_at, state) VALUES (?, ?, ?, ?, ?, ?, 'creating')",
    [bucket.id, bucket.place, name, bucket.owner, bucket.region, bucket.createdAt],
  );
  return { made: required(writer, bucket.id) };
}

function moveBucket(
  writer: Writer,
  args: { readonly id: string; readonly from: BucketState; readonly to: BucketState },
): boolean {
  if (!canMove(args.from, args.to))
    throw new StoreError("conflict", `a bucket does not go from ${args.from} to ${args.to}`);
  return writer.run("UPDATE buckets SET state = ? WHERE id = ? AND state = ?", [args.to, args.id, args.from]) > 0;
}

function removeBucket(writer: Writer, args: { readonly id: string; readonly from: BucketState }): boolean {
  writer.run(
    "DELETE FROM bucket_configurations WHERE bucket_id IN (SELECT id FROM buckets WHERE id = ? AND state = ?)",
    [args.id, args.from],
  );
  for (const table of ["move_runs", "moving_keys", "bucket_moves"])
    writer.run(`DELETE FROM ${table} WHERE bucket_id IN (SELECT id FROM buckets WHERE id = ? AND state = ?)`, [
      args.id,
      args.from,
    ]);
  return writer.run("DELETE FROM buckets WHERE id = ? AND state = ?", [args.id, args.from]) > 0;
}

function setBucketVersioning(
  writer: Writer,
  args: { readonly id: string; readonly versioning: "enabled" | "suspended" },
): void {
  const before = writer.get("SELECT versioning FROM buckets WHERE id = ?", [args.id], ([value]) => versioningOf(value));
  if (before === undefined) throw gone(args.id);
  if (!canSetVersioning(before, args.versioning))
    throw new StoreError("conflict", `versioning does not go from ${before} to ${args.versioning}`);
  writer.run("UPDATE buckets SET versioning = ? WHERE id = ?", [args.versioning, args.id]);
}

function setBucketDocument(
  writer: Writer,
  args: { readonly id: string; readonly name: SubResource; readonly document: string | undefined },
): void {
  if (!exists(writer, args.id)) throw gone(args.id);
  writer.run("DELETE FROM bucket_configurations WHERE bucket_id = ? AND sub_resource = ?", [args.id, args.name]);
  if (args.document !== undefined) {
    writer.run("INSERT INTO bucket_configurations (bucket_id, sub_resource, document) VALUES (?, ?, ?)", [
      args.id,
      args.name,
      Buffer.from(args.document, "utf8"),
    ]);
  }
}

function setAccountBlock(
  writer: Writer,
  { accountId, document }: { readonly accountId: string; readonly document: string | undefined },
): void {
  if (document === undefined) writer.run("DELETE FROM account_public_access_blocks WHERE account_id = ?", [accountId]);
  else
    writer.run(
      `INSERT INTO account_public_access_blocks (account_id, document) VALUES (?, ?)
       ON CONFLICT (account_id) DO UPDATE SET document = excluded.document`,
      [accountId, Buffer.from(document, "utf8")],
    );
}

/** Without its documents, because one that is corrupt must not prevent its own replacement. */
function exists(writer: Writer, id: string): boolean {
  return writer.get("SELECT 1 FROM buckets WHERE id = ?", [id], () => true) ?? false;
}

function required(writer: Writer, id: string): BucketRecord {
  const bucket = bucketById(writer, id);
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
  setAccountBlock,
} as const satisfies AnyProcedures;

export type BucketDatabase = Database<typeof bucketProcedures>;
