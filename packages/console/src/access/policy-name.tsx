import { arnOf, type Principal } from "@s3-credentials/policy";
import type { ReactNode } from "react";
import { Link } from "react-router";

/** The page that shows a policy, by the name that decisions give it. Undefined: no page has it, or it is of another account. */
export function policyPage(name: string, principal: Principal): string | undefined {
  const [, owner = ""] = /^bucket policy(?: and ACL)? of (\S+)$/.exec(name) ?? [];
  if (owner !== "") return `/buckets/${encodeURIComponent(owner)}/permissions`;
  const [, role = ""] = /^trust policy of \S+\/([^/\s]+)$/.exec(name) ?? [];
  if (role !== "") return `/roles/${encodeURIComponent(role)}/trust`;
  const [, group = ""] = / \(of group (.+)\)$/.exec(name) ?? [];
  if (group !== "") return `/groups/${encodeURIComponent(group)}`;
  if (name.startsWith("arn:")) return `/policies/${encodeURIComponent(name)}`;
  const own = arnOf(principal).split("/").at(-1) ?? "";
  if (!name.endsWith(" (inline)") || own === "") return undefined;
  return `/${principal.kind === "role-session" ? "roles" : "users"}/${encodeURIComponent(own)}`;
}

/** Of a managed policy its ARN says little more. */
const withoutArn = (name: string): string => name.replace(/^arn:[\w-]+:iam::\w*:policy\/(?:\S*\/)?/, "");

/** Where its place is shown beside it: without "inline" and the group. */
export function shortPolicyName(name: string): string {
  return withoutArn(name).replace(/ \((?:inline|of group .+)\)$/, "");
}

/** A policy of a decision. */
export function PolicyName({ name, principal }: { readonly name: string; readonly principal: Principal }): ReactNode {
  const page = policyPage(name, principal);
  const shown = withoutArn(name);
  if (page === undefined) return shown;
  return (
    <Link className="plain-link" to={page} title={name}>
      {shown}
    </Link>
  );
}
