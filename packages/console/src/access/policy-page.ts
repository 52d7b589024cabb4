import { arnOf, type Principal } from "@s3-credentials/policy";

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
export const managedPolicyName = (name: string): string => name.replace(/^arn:[\w-]+:iam::\w*:policy\/(?:\S*\/)?/, "");

/** Where its place is shown beside it: without "inline" and the group. */
export function shortPolicyName(name: string): string {
  return managedPolicyName(name).replace(/ \((?:inline|of group .+)\)$/, "");
}
