import { arnOf, type PrincipalPolicies } from "@s3-credentials/policy";

export type WhoKind = "user" | "role" | "outside";

export interface Who {
  readonly kind: WhoKind;
  /** `ann`; outside the account, the group in words. */
  readonly name: string;
  /** The page of the user or role; empty outside the account. */
  readonly path: string;
}

/** `row`: of the access map, or of who may do one thing. */
export function whoOf(row: {
  readonly who: string;
  readonly caller: PrincipalPolicies;
  readonly isOutside: boolean;
}): Who {
  const { principal } = row.caller;
  if (row.isOutside) return { kind: "outside", name: row.who, path: "" };
  const isRole = principal.kind === "role-session";
  const name = arnOf(principal).split("/").at(-1) ?? "";
  return {
    kind: isRole ? "role" : "user",
    name,
    path: `/${isRole ? "roles" : "users"}/${encodeURIComponent(name)}`,
  };
}
