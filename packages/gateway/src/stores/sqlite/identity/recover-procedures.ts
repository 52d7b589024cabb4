import type { NewPrincipal } from "../../../ports/identity-store.ts";
import { StoreError } from "../../../ports/store-error.ts";
import type { Writer } from "../connection.ts";
import { moveRevision } from "../revision.ts";
import { attachPolicy } from "./policy-procedures.ts";
import {
  createAccessKey,
  createPrincipal,
  deleteAccessKey,
  type NamedKey,
  type NewKey,
} from "./principal-procedures.ts";

export interface RenewedAccount {
  /** An administrator to be made. */
  readonly admin: NewPrincipal | undefined;
  readonly policyArn: string;
  readonly deleted: readonly NamedKey[];
  readonly keys: readonly NewKey[];
}

/** In one transaction: all of it, or nothing. */
export function renewAccount(writer: Writer, { admin, policyArn, deleted, keys }: RenewedAccount): void {
  const steps = [
    ...(admin === undefined
      ? []
      : [createPrincipal(writer, admin), attachPolicy(writer, { identity: admin, policyArn })]),
    ...deleted.map((key) => deleteAccessKey(writer, key)),
    ...keys.map((key) => createAccessKey(writer, key)),
  ];
  const failed = steps.find(({ kind }) => kind !== "done");
  if (failed !== undefined) throw new StoreError("conflict", `the keys cannot be made: ${failed.kind}`);
}

/** Everything that only the lost key file opens: secret access keys, and the keyring that seals sessions. */
export function forgetSealedSecrets(writer: Writer): void {
  writer.run("DELETE FROM access_keys", []);
  writer.run("DELETE FROM keyring", []);
  moveRevision(writer);
}
