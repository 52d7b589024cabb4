import type { Grant } from "./grant.ts";
import type { Principal } from "@s3-credentials/policy";
import type { SealedPolicies, SessionOrigin } from "./principal-directory.ts";

export interface SessionRequest {
  readonly principal: Extract<Principal, { kind: "role-session" | "user-session" | "federated-user" | "root" }>;
  /** Of GetSessionToken, or made from such a session by the same user: limits of that operation hold. */
  readonly token: boolean;
  /** The whole stack, the new session's own last; a level with neither inline nor managed policies is left out. */
  readonly policies: readonly SealedPolicies[];
  readonly sourceIdentity: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
  readonly transitiveTagKeys: readonly string[];
  /** When its user proved with an MFA device who it is, ms. A role's session has no such time. */
  readonly mfaAt: number | undefined;
  /** Undefined, too, for a session that a token of an identity provider asked for: no lasting key began it. */
  readonly origin: SessionOrigin | undefined;
  /** Condition keys of the token of an identity provider, which the requests of a role's session have. */
  readonly claims?: SessionClaims | undefined;
  /** The other accounts whose users and roles asked for this session and for those before it: it ends when one of them is closed. */
  readonly issuerAccounts: readonly string[];
  /** ms since the epoch. */
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** What the list of sessions says beside what the token holds. */
  readonly listed: SessionNote;
}

/** `HOST:sub` and its kin, by condition key. */
export type SessionClaims = Readonly<Record<string, string | readonly string[]>>;

export interface SessionNote {
  readonly operation:
    | "AssumeRole"
    | "AssumeRoleWithWebIdentity"
    | "GetSessionToken"
    | "GetFederationToken"
    | "ConsoleLogin";
  readonly sessionName: string;
  readonly issuer: SessionIssuedBy;
  readonly sourceIp: string;
}

/** Who asked for a session. */
export interface SessionIssuedBy {
  readonly accountId: string;
  /** Unique id of the user or role, or the account's id for its root; of a token, its provider, audience and subject. */
  readonly id: string;
  /** Of a token, its provider's. */
  readonly arn: string;
  /** Empty for a token. */
  readonly accessKeyId: string;
}

export interface TemporaryCredentials {
  readonly kind: "issued";
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** Percent of the allowed sealed size. */
  readonly packedPolicySize: number;
}

export type IssueOutcome =
  | TemporaryCredentials
  /** Its size, packed or not, or the number of policies of sessions before it is over 100 % of what is allowed. */
  | { readonly kind: "too-large"; readonly packedPolicySize: number }
  /** Who asks has as many sessions as one may have at a time. */
  | { readonly kind: "too-many" };

export interface SessionIssuer {
  /** Fulfils when the session is in the list of sessions: there is none that cannot be seen and ended. */
  issue(grant: Grant, session: SessionRequest): Promise<IssueOutcome>;
}

/** A session as listed. It has no secret. */
export interface ListedSession extends SessionNote {
  /** 32 hexadecimal digits. */
  readonly id: string;
  /** The account of whose session it is; nobody else sees it. */
  readonly accountId: string;
  readonly accessKeyId: string;
  readonly principalKind: SessionRequest["principal"]["kind"];
  /** Unique id of the role or user, or the account's id; of a federated user the one of who made it. */
  readonly principalId: string;
  readonly principalArn: string;
  readonly origin: SessionOrigin | undefined;
  readonly sourceIdentity: string | undefined;
  readonly mfa: boolean;
  /** ARNs of the managed policies of all its levels. */
  readonly managedPolicies: readonly string[];
  /** How many of its levels have an inline policy. */
  readonly inlinePolicies: number;
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** Ended before its time by `revoke`. */
  readonly revoked: boolean;
}

/** Which sessions: those of a role or user (`principal`), or those that a user or root began, directly or by way of roles (`origin`). */
export interface SessionFilter {
  readonly by: "principal" | "origin";
  readonly id: string;
}

export interface SessionPageQuery {
  readonly filter: SessionFilter | undefined;
  /** The `next` of the page before. */
  readonly after: string | undefined;
  readonly limit: number;
  /** Awaited after every few sessions. */
  readonly turn: () => Promise<void>;
}

export interface SessionPage {
  readonly sessions: readonly ListedSession[];
  /** Where the next page begins; undefined at the end. */
  readonly next: string | undefined;
}

/** Which sessions of an account end: those that were issued at or before a time, ms, but a single one in any case. */
export type SessionsToRevoke =
  | { readonly by: "session"; readonly id: string }
  /** Of a role or user, and those that the user began. */
  | { readonly by: "principal"; readonly id: string }
  | { readonly by: "access-key"; readonly id: string }
  | { readonly by: "source-identity"; readonly id: string };

/** The sessions that were issued and have not expired, or did so a short time ago. Each method sees one account. */
export interface SessionList {
  findSession(accountId: string, id: string): Promise<ListedSession | undefined>;
  /** The session whose temporary key it is. */
  findSessionOfKey(accountId: string, accessKeyId: string): Promise<ListedSession | undefined>;
  /** Newest first; undefined when `after` is the `next` of no page. */
  listSessions(grant: Grant, accountId: string, query: SessionPageQuery): Promise<SessionPage | undefined>;
  /** They are refused from the next request on. An earlier time than that of an earlier call takes nothing back. */
  revokeSessions(grant: Grant, accountId: string, which: SessionsToRevoke, issuedUntil: number): Promise<void>;
}
