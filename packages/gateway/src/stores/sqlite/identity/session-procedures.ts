import type { Writer } from "../connection.ts";
import { moveRevision } from "../revision.ts";
import { StoreError } from "../../../ports/store-error.ts";

export interface KeyringRow {
  readonly id: string;
  readonly wrapped: Uint8Array;
  readonly createdAt: number;
  readonly state: "distributed" | "sealing" | "retiring";
}

export function addKeyringKey(writer: Writer, { id, wrapped, createdAt, state }: KeyringRow): void {
  writer.run("INSERT INTO keyring (id, wrapped, created_at, state) VALUES (?, ?, ?, ?)", [
    id,
    wrapped,
    createdAt,
    state,
  ]);
  moveRevision(writer);
}

/** The distributed key `id` seals from now on; the key that sealed before only opens. */
export function promoteKeyringKey(writer: Writer, { id, now }: { readonly id: string; readonly now: number }): void {
  writer.run("UPDATE keyring SET state = 'retiring', stopped_at = ? WHERE state = 'sealing'", [now]);
  if (writer.run("UPDATE keyring SET state = 'sealing' WHERE id = ? AND state = 'distributed'", [id]) === 0)
    throw new StoreError("conflict", "no distributed keyring key of this id");
  moveRevision(writer);
}

/** Called after the longest session that they sealed has ended. */
export function dropRetiredKeys(writer: Writer, { stoppedBefore }: { readonly stoppedBefore: number }): void {
  writer.run("DELETE FROM keyring WHERE state = 'retiring' AND stopped_at < ?", [stoppedBefore]);
  moveRevision(writer);
}

export interface Revocation {
  readonly kind: "session" | "principal" | "source-identity";
  readonly subject: string;
  /** Sessions issued at or before this time are refused, ms. */
  readonly issuedBefore: number;
  readonly expiresAt: number;
}

export function revoke(writer: Writer, { kind, subject, issuedBefore, expiresAt }: Revocation): void {
  writer.run(
    "INSERT INTO revocations (kind, subject, issued_before, expires_at) VALUES (?, ?, ?, ?) ON CONFLICT (kind, subject) DO UPDATE SET issued_before = max(issued_before, excluded.issued_before), expires_at = max(expires_at, excluded.expires_at)",
    [kind, subject, issuedBefore, expiresAt],
  );
  moveRevision(writer);
}

export function forgetRevocations(writer: Writer, { now }: { readonly now: number }): void {
  writer.run("DELETE FROM revocations WHERE expires_at < ?", [now]);
}
