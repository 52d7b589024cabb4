import { arnOf, type PolicyOrigin, type Principal } from "@s3-credentials/policy";

/** The page that shows a policy of a decision about this principal. Undefined: no page has it, or it is of another account. */
export function policyPage(origin: PolicyOrigin | undefined, principal: Principal): string | undefined {
  switch (origin?.kind) {
    case "bucket":
      return `/buckets/${encodeURIComponent(origin.bucket)}/permissions`;
    case "trust":
      return `/roles/${encodeURIComponent(lastName(origin.roleArn))}/trust`;
    case "inline":
    case "managed":
      if (origin.group !== undefined) return `/groups/${encodeURIComponent(origin.group)}`;
      return origin.kind === "managed" ? `/policies/${encodeURIComponent(origin.arn)}` : identityPage(principal);
    default:
      return undefined;
  }
}

function identityPage(principal: Principal): string | undefined {
  const own = lastName(arnOf(principal));
  if (own === "") return undefined;
  return `/${principal.kind === "role-session" ? "roles" : "users"}/${encodeURIComponent(own)}`;
}

function lastName(arn: string): string {
  return arn.split("/").at(-1) ?? "";
}

/** The group that a user has the policy from. */
export function groupOf(origin: PolicyOrigin | undefined): string | undefined {
  return origin?.kind === "inline" || origin?.kind === "managed" ? origin.group : undefined;
}

/** A policy of a decision: its name there, and where it is kept. */
export interface NamedOrigin {
  readonly name: string;
  readonly origin: PolicyOrigin | undefined;
}

/** Of a managed policy its ARN says little more than its name. */
export function shownPolicyName({ name, origin }: NamedOrigin): string {
  if (origin?.kind !== "managed") return name;
  return `${lastName(origin.arn)}${origin.group === undefined ? "" : ` (of group ${origin.group})`}`;
}

/** Where its place is shown beside it: without "inline" and the group. */
export function shortPolicyName({ name, origin }: NamedOrigin): string {
  if (origin?.kind === "inline") return origin.name;
  return origin?.kind === "managed" ? lastName(origin.arn) : name;
}
