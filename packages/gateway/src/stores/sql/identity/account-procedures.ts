import { inTurn } from "../in-turn.ts";
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
import type { Writer } from "../database.ts";
import { joinOrganization } from "../organization/organization-procedures.ts";
import { firstAccountRows, renewalRows } from "./account-rows.ts";
import { attachPolicy } from "./policy-procedures.ts";
import { createAccessKey, createPrincipal, deleteAccessKey, type NewKey } from "./principal-procedures.ts";

export interface NewAccount {
  readonly id: string;
  readonly canonicalId: string;
  readonly createdAt: number;
}

export async function createAccount(writer: Writer, { id, canonicalId, createdAt }: NewAccount): Promise<void> {
  await writer.run("INSERT INTO accounts (id, canonical_id, created_at) VALUES (?, ?, ?)", [
    id,
    canonicalId,
    createdAt,
  ]);
  await joinOrganization(writer, id);
}

export interface FirstAccount extends NewAccount {
  readonly admin: NewPrincipal;
  readonly keys: readonly NewKey[];
}

/** In one transaction: an account is there with its administrator and the keys of both, or not at all. */
export async function createFirstAccount(writer: Writer, { admin, keys, ...account }: FirstAccount): Promise<void> {
  const refusal = firstAccountRefusal(await firstAccountRows(writer), false);
  if (refusal !== undefined) throw new StoreError("conflict", `the directory ${refusal}`);
  await createAccount(writer, account);
  mustBeDone("the first account cannot be made", [
    ...(await administrator(writer, admin)),
    ...(await inTurn(keys, (key) => createAccessKey(writer, key))),
  ]);
}

async function administrator(writer: Writer, admin: NewPrincipal): Promise<readonly (Done | StoreRefusal)[]> {
  // Whoever recovers an account that is full gets in.
  const quota = Number.MAX_SAFE_INTEGER;
  return [
    await createPrincipal(writer, { ...admin, quota }),
    await attachPolicy(writer, { identity: admin, policyArn: administratorPolicy }),
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
export async function renewAccount(
  writer: Writer,
  { accountId, plan, inFiles, admin, keys }: RenewedAccount,
): Promise<void> {
  if (!isDeepStrictEqual(planRenewal(await renewalRows(writer, accountId), inFiles), plan))
    throw new StoreError("conflict", "users or keys were changed while new keys were made: run it again");
  const deleted = [
    { ownerId: undefined, accessKeyId: plan.root.deleted },
    { ownerId: plan.admin.id, accessKeyId: plan.admin.deleted },
  ].flatMap(({ ownerId, accessKeyId }) => (accessKeyId === undefined ? [] : [{ ownerId, accessKeyId }]));
  mustBeDone("the keys cannot be made", [
    ...(admin === undefined ? [] : await administrator(writer, admin)),
    ...(await inTurn(deleted, (key) => deleteAccessKey(writer, { accountId, ...key }))),
    ...(await inTurn(keys, (key) => createAccessKey(writer, key))),
  ]);
}

interface Alias {
  readonly accountId: string;
  readonly alias: string;
}

export async function setAccountAlias(writer: Writer, { accountId, alias }: Alias): Promise<Done | StoreRefusal> {
  const owner = await accountOfAlias(writer, alias);
  if (owner !== undefined && owner !== accountId) return exists;
  await writer.run("UPDATE accounts SET alias = ? WHERE id = ?", [alias, accountId]);
  return done;
}

export async function deleteAccountAlias(writer: Writer, { accountId, alias }: Alias): Promise<Done | StoreRefusal> {
  const sql = "UPDATE accounts SET alias = NULL WHERE id = ? AND alias = ?";
  return (await writer.run(sql, [accountId, alias])) === 0 ? missing : done;
}

/** Everything that only the lost key file opens: secret access keys, and the keyring that seals sessions. */
export async function forgetSealedSecrets(writer: Writer): Promise<void> {
  await writer.run("DELETE FROM access_keys", []);
  await writer.run("DELETE FROM keyring", []);
}
