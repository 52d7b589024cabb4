/** How the owner of a data folder gets working keys again: decisions over what is stored. */
import type { AccessKeyInfo, PrincipalRecord } from "../../ports/identity-store.ts";
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
 * become an administrator unasked: then it is `admin-2`, and so on; `record` is undefined when the user has to be made.
 */
export function chooseAdministrator(find: (name: string) => UserRights | undefined): {
  readonly name: string;
  readonly record: PrincipalRecord | undefined;
} {
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? "admin" : `admin-${number}`;
    const found = find(name);
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

/** `present`: the identity's keys, oldest first. `working`: the one of its file, when that works. */
export function decideKeys(present: readonly AccessKeyInfo[], working: string | undefined): KeyDecision {
  const active = present.filter(({ status }) => status === "Active").map(({ accessKeyId }) => accessKeyId);
  if (working !== undefined) return { working, deleted: undefined, others: active.filter((id) => id !== working) };
  const first = present.find(({ status }) => status === "Inactive") ?? present[0];
  const deleted = present.length >= maxAccessKeys ? first?.accessKeyId : undefined;
  return { working, deleted, others: active.filter((id) => id !== deleted) };
}
