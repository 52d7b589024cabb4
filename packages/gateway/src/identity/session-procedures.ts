import type { Writer } from "../sqlite/connection.ts";
import { moveRevision } from "../sqlite/revision.ts";
import { createPrincipal, createAccessKey, type NewKey } from "./principal-procedures.ts";
import { attachPolicy } from "./policy-procedures.ts";
import type { NewPrincipal } from "../ports/identity-store.ts";
import { StoreError } from "../ports/store-error.ts";

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

/** The distributed key `id` seals from now on; the one that did only opens. */
export function promoteKeyringKey(writer: Writer, { id }: { readonly id: string }): void {
  writer.run("UPDATE keyring SET state = 'retiring' WHERE state = 'sealing'", []);
  if (writer.run("UPDATE keyring SET state = 'sealing' WHERE id = ?", [id]) === 0)
    throw new StoreError("conflict", "no such keyring key");
  moveRevision(writer);
}

/** After the longest session sealed with them has ended. */
export function dropRetiredKeys(writer: Writer, { createdBefore }: { readonly createdBefore: number }): void {
  writer.run("DELETE FROM keyring WHERE state = 'retiring' AND created_at < ?", [createdBefore]);
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

export interface NewAccount {
  readonly id: string;
  readonly canonicalId: string;
  readonly createdAt: number;
  /** The administrator, its policy, and the first keys of both; absent for an account without any. */
  readonly first?: { readonly admin: NewPrincipal; readonly policyArn: string; readonly keys: readonly NewKey[] };
}

/** In one transaction: an account is there with all of it, or not at all. */
export function createAccount(writer: Writer, { id, canonicalId, createdAt, first }: NewAccount): void {
  writer.run("INSERT INTO accounts (id, canonical_id, created_at) VALUES (?, ?, ?)", [id, canonicalId, createdAt]);
  moveRevision(writer);
  if (first === undefined) return;
  createPrincipal(writer, first.admin);
  attachPolicy(writer, { holderId: first.admin.id, policyArn: first.policyArn });
  for (const key of first.keys) createAccessKey(writer, key);
}
