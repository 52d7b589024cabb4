import { isDeepStrictEqual } from "node:util";
import { firstAccountRefusal } from "../../../domain/accounts/choose-account.ts";
import {
  administratorPolicy,
  type KeysInFiles,
  planRenewal,
  type RenewalPlan,
} from "../../../domain/accounts/renewal.ts";
import type { Done, NewPrincipal, StoreRefusal } from "../../../ports/identity-store.ts";
import { done, exists, missing } from "../../../domain/identity/principal-rules.ts";
import { accountOfAlias } from "./principal-rows.ts";
import { StoreError } from "../../../ports/store-error.ts";
import type { Writer } from "../connection.ts";
import { joinOrganization } from "../organization/organization-procedures.ts";
import { firstAccountRows, renewalRows } from "./account-rows.ts";
import { attachPolicy } from "./policy-procedures.ts";
import { createAccessKey, createPrincipal, deleteAccessKey, type NewKey } from "./principal-procedures.ts";

export interface NewAccount {
  readonly id: string;
  readonly canonicalId: string;
  readonly createdAt: number;
}

export function createAccount(writer: Writer, { id, canonicalId, createdAt }: NewAccount): void {
  writer.run("INSERT INTO accounts (id, canonical_id, created_at) VALUES (?, ?, ?)", [id, canonicalId, createdAt]);
  joinOrganization(writer, id);
}

export interface FirstAccount extends NewAccount {
  readonly admin: NewPrincipal;
  readonly keys: readonly NewKey[];
}

/** In one transaction: an account is there with its administrator and the keys of both, or not at all. */
export function createFirstAccount(writer: Writer, { admin, keys, ...account }: FirstAccount): void {
  const refusal = firstAccountRefusal(firstAccountRows(writer), false);
  if (refusal !== undefined) throw new StoreError("conflict", `the directory ${refusal}`);
  createAccount(writer, account);
  mustBeDone("the first account cannot be made", [
    ...administrator(writer, admin),
    ...keys.map((key) => createAccessKey(writer, key)),
  ]);
}

function administrator(writer: Writer, admin: NewPrincipal): readonly (Done | StoreRefusal)[] {
  // Whoever recovers an account that is full gets in.
  const quota = Number.MAX_SAFE_INTEGER;
  return [
    createPrincipal(writer, { ...admin, quota }),
    attachPolicy(writer, { identity: admin, policyArn: administratorPolicy }),
  ];
}

/** Thrown, so that everything before goes with it. */
function mustBeDone(what: string, steps: readonly (Done | StoreRefusal)[]): void {
  const failed = steps.find(({ kind }) => kind !== "done");
  if (failed !== undefined) throw new StoreError("conflict", `${what}: ${failed.kind}`);
}

export interface RenewedAccount {
  readonly accountId: string;
  readonly plan: RenewalPlan;
  readonly inFiles: KeysInFiles;
  /** An administrator to be made. */
  readonly admin: NewPrincipal | undefined;
  readonly keys: readonly NewKey[];
}

/** In one transaction: all of the plan, or nothing. */
export function renewAccount(writer: Writer, { accountId, plan, inFiles, admin, keys }: RenewedAccount): void {
  if (!isDeepStrictEqual(planRenewal(renewalRows(writer, accountId), inFiles), plan))
    throw new StoreError("conflict", "users or keys were changed while new keys were made: run it again");
  const deleted = [
    { ownerId: undefined, accessKeyId: plan.root.deleted },
    { ownerId: plan.admin.id, accessKeyId: plan.admin.deleted },
  ];
  mustBeDone("the keys cannot be made", [
    ...(admin === undefined ? [] : administrator(writer, admin)),
    ...deleted.flatMap(({ ownerId, accessKeyId }) =>
      accessKeyId === undefined ? [] : [deleteAccessKey(writer, { accountId, ownerId, accessKeyId })],
    ),
    ...keys.map((key) => createAccessKey(writer, key)),
  ]);
}

interface Alias {
  readonly accountId: string;
  readonly alias: string;
}

export function setAccountAlias(writer: Writer, { accountId, alias }: Alias): Done | StoreRefusal {
  const owner = accountOfAlias(writer, alias);
  if (owner !== undefined && owner !== accountId) return exists;
  writer.run("UPDATE accounts SET alias = ? WHERE id = ?", [alias, accountId]);
  return done;
}

export function deleteAccountAlias(writer: Writer, { accountId, alias }: Alias): Done | StoreRefusal {
  const sql = "UPDATE accounts SET alias = NULL WHERE id = ? AND alias = ?";
  return writer.run(sql, [accountId, alias]) === 0 ? missing : done;
}

/** Everything that only the lost key file opens: secret access keys, and the keyring that seals sessions. */
export function forgetSealedSecrets(writer: Writer): void {
  writer.run("DELETE FROM access_keys", []);
  writer.run("DELETE FROM keyring", []);
}
