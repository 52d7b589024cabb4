/** How the owner of a data folder gets working keys again: decisions over what is stored. */
import type { AccessKeyInfo, PrincipalRecord } from "../../ports/identity-records.ts";
import { nameKey } from "../identity/names.ts";
import { maxAccessKeys } from "../identity/principal-rules.ts";

export const administratorPolicy = "arn:aws:iam::aws:policy/AdministratorAccess";

/** A user with the names of all that gives or takes rights. */
export interface UserRights {
  readonly record: PrincipalRecord;
  readonly attached: readonly string[];
  readonly inline: readonly string[];
  readonly groups: readonly string[];
}

/** Whether the user is an administrator and nothing else. */
function isPlainAdministrator({ record, attached, inline, groups }: UserRights): boolean {
  return (
    record.boundary === undefined &&
    attached.length === 1 &&
    attached[0] === administratorPolicy &&
    inline.length === 0 &&
    groups.length === 0
  );
}

/**
 * The user `admin` when it is an administrator and nothing else. A user of that name with other rights may be somebody's, who must not
 * become an administrator unasked: then it is `admin-2`, and so on; `record` is undefined when the user has to be made. `users`: all whose
 * names begin with `admin`.
 */
function chooseAdministrator(users: readonly UserRights[]): {
  readonly name: string;
  readonly record: PrincipalRecord | undefined;
} {
  const byName = new Map(users.map((user) => [nameKey(user.record.name), user]));
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? "admin" : `admin-${number}`;
    const found = byName.get(name);
    if (found === undefined) return { name, record: undefined };
    if (isPlainAdministrator(found)) return { name, record: found.record };
  }
}

/** What happens to the keys of one identity. */
export interface KeyDecision {
  /** The key in the file, which works and stays; undefined: a new one is made. */
  readonly working: string | undefined;
  /** The key that has to go to make room. */
  readonly deleted: string | undefined;
  /** Other keys that work, and that somebody may have. */
  readonly others: readonly string[];
}

/** `present`: the identity's keys, oldest first. `inFile`: the key of its file, when the file has the secret of that key. */
function decideKeys(present: readonly AccessKeyInfo[], inFile: string | undefined): KeyDecision {
  const active = present.filter(({ status }) => status === "Active").map(({ accessKeyId }) => accessKeyId);
  const working = active.find((id) => id === inFile);
  if (working !== undefined) return { working, deleted: undefined, others: active.filter((id) => id !== working) };
  const first = present.find(({ status }) => status === "Inactive") ?? present[0];
  const deleted = present.length >= maxAccessKeys ? first?.accessKeyId : undefined;
  return { working, deleted, others: active.filter((id) => id !== deleted) };
}

/** The rows that a renewal is decided on. */
export interface RenewalRows {
  readonly rootKeys: readonly AccessKeyInfo[];
  /** All users whose names begin with `admin`, with their keys, oldest first. */
  readonly users: readonly (UserRights & { readonly keys: readonly AccessKeyInfo[] })[];
}

/** The ids of the keys in the files, when their secrets are the stored ones. */
export interface KeysInFiles {
  readonly root: string | undefined;
  readonly admin: string | undefined;
}

export interface RenewalPlan {
  readonly root: KeyDecision;
  /** `id` undefined: the user has to be made. */
  readonly admin: KeyDecision & { readonly name: string; readonly id: string | undefined };
}

/**
 * Decided twice: before the key files are written, and again inside the transaction that makes their keys valid. When the two plans
 * differ, somebody has changed the account meanwhile, and nothing is written.
 */
export function planRenewal({ rootKeys, users }: RenewalRows, inFiles: KeysInFiles): RenewalPlan {
  const { name, record } = chooseAdministrator(users);
  const own = users.find((user) => user.record.id === record?.id)?.keys ?? [];
  return {
    root: decideKeys(rootKeys, inFiles.root),
    admin: { ...decideKeys(own, inFiles.admin), name, id: record?.id },
  };
}
