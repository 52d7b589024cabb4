/**
 * Which entries of a `Principal` or `NotPrincipal` element a caller matches, and how much such a match grants.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
 */
import type { Effect, PrincipalElement, PrincipalEntry } from "../model/policy.ts";
import type { Principal } from "../model/request.ts";

/**
 * What an Allow is worth to the caller inside its own account:
 * `none`: the entry does not match. `account`: it delegates to the account, whose own policies must allow as well.
 * `limited`: it grants without an identity policy, within permissions boundary and session policies.
 * `direct`: it names the caller itself; implicit denies of other policies do not matter.
 */
export type PrincipalMatch = "none" | "account" | "limited" | "direct";

const STRENGTH = { none: 0, account: 1, limited: 2, direct: 3 } as const satisfies Record<PrincipalMatch, number>;

export function stronger(left: PrincipalMatch, right: PrincipalMatch): PrincipalMatch {
  return STRENGTH[right] > STRENGTH[left] ? right : left;
}

/**
 * How the element of a statement with this effect matches; `none` when the statement is not about the caller. `bounded`: "the
 * NotPrincipal element with a Deny effect will always deny any IAM principal that has a permissions boundary policy attached,
 * regardless of the values specified". https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
 */
export function matchPrincipal(
  element: PrincipalElement,
  effect: Effect,
  principal: Principal,
  bounded: boolean,
): PrincipalMatch {
  if (principal.kind === "web-identity" && effect === "Allow") return matchToken(element, principal);
  if (!element.negated) return strongestMatch(element.entries, principal);
  if (bounded && effect === "Deny") return "limited";
  const excepted =
    effect === "Deny"
      ? isExceptedFromDeny(element.entries, principal)
      : strongestMatch(element.entries, principal) !== "none";
  return excepted ? "none" : "limited";
}

/**
 * "The identity provider must be specified in the role's trust policy": an Allow for everyone specifies none.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
 */
function matchToken({ negated, entries }: PrincipalElement, principal: Kind<"web-identity">): PrincipalMatch {
  return !negated && entries.some((entry) => namesProvider(entry, principal)) ? "limited" : "none";
}

function strongestMatch(entries: readonly PrincipalEntry[], principal: Principal): PrincipalMatch {
  let strongest: PrincipalMatch = "none";
  for (const entry of entries) strongest = stronger(strongest, matchEntry(entry, principal));
  return strongest;
}

/**
 * `NotPrincipal` with `Deny` spares a caller only when every level of it is listed: the account, the user or role, and
 * for a role session the session. "When you use NotPrincipal with Deny, you must also specify the account ARN of the
 * not-denied principal"; "AWS might validate the account first, then the role, and then the assumed-role user".
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
 */
function isExceptedFromDeny(entries: readonly PrincipalEntry[], principal: Principal): boolean {
  return levelsOf(principal).every((names) => entries.some((entry) => entry.kind === "everyone" || names(entry)));
}

function levelsOf(principal: Principal): readonly ((entry: PrincipalEntry) => boolean)[] {
  if (principal.kind === "anonymous") return [() => false];
  if (principal.kind === "service") return [(entry) => namesService(entry, principal)];
  if (principal.kind === "web-identity") return [(entry) => namesProvider(entry, principal)];
  const account = (entry: PrincipalEntry): boolean => namesAccount(entry, principal);
  if (principal.kind === "root") return [account];
  if (principal.kind === "user" || principal.kind === "user-session") {
    return [account, (entry) => namesUser(entry, principal)];
  }
  if (principal.kind === "federated-user") return [account, (entry) => namesFederatedUser(entry, principal)];
  return [account, (entry) => namesRole(entry, principal), (entry) => namesRoleSession(entry, principal)];
}

function matchEntry(entry: PrincipalEntry, principal: Principal): PrincipalMatch {
  // A wildcard's effect under boundary and session policies is documented only together with `aws:PrincipalArn`
  // (see `resource-grant.ts`); alone it is held to be the weaker grant.
  if (entry.kind === "everyone") return "limited";
  if (principal.kind === "anonymous") return "none";
  if (principal.kind === "service") return namesService(entry, principal) ? "limited" : "none";
  if (principal.kind === "web-identity") return namesProvider(entry, principal) ? "limited" : "none";
  if (namesAccount(entry, principal)) return "account";
  if (principal.kind === "root") return "none";
  if (principal.kind === "user") return namesUser(entry, principal) ? "direct" : "none";
  if (principal.kind === "user-session") return matchUserSession(entry, principal);
  if (principal.kind === "federated-user") return matchFederatedUser(entry, principal);
  if (namesRoleSession(entry, principal)) return "direct";
  return namesRole(entry, principal) || namesProvider(entry, principal) ? "limited" : "none";
}

type Kind<K extends Principal["kind"]> = Extract<Principal, { kind: K }>;

/** Self-scoped: never more than its session policies allow, also when the user is named. A session of GetSessionToken is the user. */
function matchUserSession(entry: PrincipalEntry, principal: Kind<"user-session">): PrincipalMatch {
  if (!namesUser(entry, principal)) return "none";
  return principal.token === true ? "direct" : "limited";
}

/** "If a resource-based policy grants permission to the ARN of the IAM user who federated", boundary and session limit. */
function matchFederatedUser(entry: PrincipalEntry, principal: Kind<"federated-user">): PrincipalMatch {
  if (namesFederatedUser(entry, principal)) return "direct";
  return principal.issuer !== undefined && namesUser(entry, principal.issuer) ? "limited" : "none";
}

function namesService(entry: PrincipalEntry, principal: Kind<"service">): boolean {
  return entry.kind === "service" && entry.service === principal.service;
}

/** The account id, its `:root` ARN and its canonical user id all mean the account. */
function namesAccount(
  entry: PrincipalEntry,
  principal: Exclude<Principal, Kind<"anonymous" | "service" | "web-identity">>,
): boolean {
  if (entry.kind === "account") return entry.accountId === principal.accountId;
  return entry.kind === "canonical-user" && entry.id === principal.canonicalId;
}

function namesUser(entry: PrincipalEntry, user: { readonly arn: string; readonly userId: string }): boolean {
  if (entry.kind === "unique-id") return entry.id === user.userId;
  return entry.kind === "user" && entry.arn === user.arn;
}

function namesFederatedUser(entry: PrincipalEntry, principal: Kind<"federated-user">): boolean {
  if (entry.kind === "unique-id") return entry.id === principal.userId;
  return entry.kind === "federated-user" && entry.arn === principal.arn;
}

function namesRole(entry: PrincipalEntry, principal: Kind<"role-session">): boolean {
  if (entry.kind === "unique-id") return entry.id === principal.roleId;
  return entry.kind === "role" && entry.arn === principal.roleArn;
}

function namesRoleSession(entry: PrincipalEntry, principal: Kind<"role-session">): boolean {
  if (entry.kind === "unique-id") return entry.id === `${principal.roleId}:${principal.sessionName}`;
  return entry.kind === "role-session" && entry.arn === principal.arn;
}

function namesProvider(entry: PrincipalEntry, principal: Kind<"role-session" | "web-identity">): boolean {
  return entry.kind === "federated" && entry.provider === principal.provider;
}
