import type { Writer } from "../../stores/sqlite/connection.ts";
import { integer, optional, text } from "../../stores/sql/sql-value.ts";
import { contentOf } from "./manifests.ts";

/** Segments that one transaction removes: other writes go on between. */
export const segmentsPerCollect = 500;

export interface CollectArgs {
  /** Versions and parts in `garbage` that no reader has open. */
  readonly ids: readonly number[];
}

/**
 * Removes abandoned versions and parts, in the order given, until the limit of segments is reached. What it gives up is
 * no longer in `garbage`; what is left comes with the next call. Bodies without references are forgotten, their files
 * listed as dead. Returns how many of the ids are done.
 */
export function collect(writer: Writer, { ids }: CollectArgs): number {
  let left = segmentsPerCollect;
  let done = 0;
  for (const id of ids) {
    const due = writer.get("SELECT 1 FROM garbage WHERE holder = ?", [id], () => true);
    const content = contentOf(writer, id);
    if (due !== undefined && !isShared(writer, content)) {
      left -= removeSegments(writer, content, left);
      if (left <= 0) return done;
    }
    if (due !== undefined) forget(writer, id, content);
    done += 1;
  }
  return done;
}

function isShared(writer: Writer, content: number): boolean {
  return (
    writer.get("SELECT 1 FROM shared_contents WHERE content = ? AND refs > 1", [content], () => true) !== undefined
  );
}

/** Begins with the first segment, see `isWhole`. */
function removeSegments(writer: Writer, content: number, limit: number): number {
  const segments = writer.all(
    "SELECT first_byte, body FROM segments WHERE content = ? ORDER BY first_byte LIMIT ?",
    [content, limit],
    ([firstByte, body]) => ({ firstByte: integer(firstByte), body: integer(body) }),
  );
  for (const { firstByte, body } of segments) {
    writer.run("DELETE FROM segments WHERE content = ? AND first_byte = ?", [content, firstByte]);
    release(writer, body);
  }
  return segments.length;
}

function release(writer: Writer, body: number): void {
  writer.run("UPDATE bodies SET refs = refs - 1 WHERE id = ?", [body]);
  const dead = writer.get("DELETE FROM bodies WHERE id = ? AND refs = 0 RETURNING file", [body], ([file]) => ({
    file: optional(text, file),
  }));
  if (dead === undefined) return;
  if (dead.file === undefined) writer.run("DELETE FROM inline_bodies WHERE body = ?", [body]);
  else writer.run("INSERT INTO dead_files (file) VALUES (?)", [dead.file]);
}

/** The part sizes belong to the content, and go with the last version that shares it. */
function forget(writer: Writer, id: number, content: number): void {
  writer.run("DELETE FROM garbage WHERE holder = ?", [id]);
  writer.run("DELETE FROM copies WHERE seq = ?", [id]);
  writer.run("DELETE FROM version_metadata WHERE seq = ?", [id]);
  const refs = writer.get(
    "UPDATE shared_contents SET refs = refs - 1 WHERE content = ? RETURNING refs",
    [content],
    ([left]) => integer(left),
  );
  if (refs !== undefined && refs > 0) return;
  writer.run("DELETE FROM shared_contents WHERE content = ?", [content]);
  writer.run("DELETE FROM version_parts WHERE seq = ?", [content]);
}

/** Called when the files are no longer on the disk. */
export function forgetFiles(writer: Writer, args: { readonly files: readonly string[] }): void {
  for (const file of args.files) writer.run("DELETE FROM dead_files WHERE file = ?", [file]);
}

export function forgetCompletedUploads(writer: Writer, args: { readonly before: number }): void {
  writer.run("DELETE FROM completed_uploads WHERE completed_at < ?", [args.before]);
}

/** Refuses a writer id that was used before, because the sweep distinguishes writers by their ids. */
export function registerWriter(writer: Writer, args: { readonly writerId: string }): void {
  writer.run("INSERT INTO boots (boot_id, swept) VALUES (?, 0)", [args.writerId]);
}

export function markSwept(writer: Writer, args: { readonly writerId: string }): void {
  writer.run("INSERT INTO boots (boot_id, swept) VALUES (?, 1) ON CONFLICT (boot_id) DO UPDATE SET swept = 1", [
    args.writerId,
  ]);
}
