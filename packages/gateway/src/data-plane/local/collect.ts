import type { Writer } from "../../sqlite/connection.ts";
import { integer, optional, text } from "../../sqlite/sql-value.ts";

export interface CollectArgs {
  /** Holders that no reader has open. */
  readonly holders: readonly number[];
}

/** Takes the segments of abandoned holders away; bodies nobody references are forgotten, their files listed as dead. */
export function collect(writer: Writer, { holders }: CollectArgs): void {
  for (const holder of holders) {
    const due = writer.run("DELETE FROM garbage WHERE holder = ?", [holder]);
    if (due === 0) continue;
    const bodies = writer.all("SELECT body FROM segments WHERE holder = ?", [holder], ([body]) => integer(body));
    writer.run("DELETE FROM segments WHERE holder = ?", [holder]);
    writer.run("DELETE FROM version_metadata WHERE seq = ?", [holder]);
    writer.run("DELETE FROM version_parts WHERE seq = ?", [holder]);
    for (const body of bodies) release(writer, body);
  }
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

/** Called when the files are no longer on the disk. */
export function forgetFiles(writer: Writer, args: { readonly files: readonly string[] }): void {
  for (const file of args.files) writer.run("DELETE FROM dead_files WHERE file = ?", [file]);
}

export function forgetCompletedUploads(writer: Writer, args: { readonly before: number }): void {
  writer.run("DELETE FROM completed_uploads WHERE completed_at < ?", [args.before]);
}

/** Refuses a boot id that was used before: the sweep tells writers by it. */
export function enterBoot(writer: Writer, args: { readonly bootId: string }): void {
  writer.run("INSERT INTO boots (boot_id, swept) VALUES (?, 0)", [args.bootId]);
}

export function markSwept(writer: Writer, args: { readonly bootId: string }): void {
  writer.run("UPDATE boots SET swept = 1 WHERE boot_id = ?", [args.bootId]);
}
