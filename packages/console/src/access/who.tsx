import { arnOf, type PrincipalPolicies } from "@s3-credentials/policy";
import type { ReactNode } from "react";
import { Link } from "react-router";

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

/** `tabIndex`: in a grid, one cell is reached by Tab and the others by arrows. */
export function WhoName({ who, tabIndex = 0 }: { readonly who: Who; readonly tabIndex?: number }): ReactNode {
  if (who.path === "") return who.name;
  return (
    <>
      <Link className="plain-link strong" to={`${who.path}/can`} tabIndex={tabIndex}>
        {who.name}
      </Link>{" "}
      <span className="soft">{who.kind}</span>
    </>
  );
}
