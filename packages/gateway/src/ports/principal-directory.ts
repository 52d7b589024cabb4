import type { Principal, Layers } from "@s3-credentials/policy";
import type { IdentityReference } from "./identity-records.ts";

/** A caller as authenticated, before the resource's policy is known. */
export interface Caller {
  readonly principal: Principal;
  /** All layers but the resource's. */
  readonly layers: Omit<Layers, "resource">;
  /** Condition keys that belong to the principal: `aws:username`, `aws:userid`, `aws:TokenIssueTime`, `aws:SourceIdentity` …, any case. */
  readonly context: ReadonlyMap<string, string | readonly string[]>;
  /** undefined for an anonymous caller. */
  readonly accessKeyId: string | undefined;
  /** Present for temporary credentials. */
  readonly session: SessionFacts | undefined;
}

export interface SessionFacts {
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly sourceIdentity: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
  readonly transitiveTagKeys: readonly string[];
  /** Of GetSessionToken: these credentials may call less (see `refuseTemporary`). */
  readonly token: boolean;
  /** When the user proved with an MFA device who it is, ms. */
  readonly mfaAt: number | undefined;
  /** Undefined for a session of a release that did not seal it. */
  readonly origin: SessionOrigin | undefined;
  /** The other accounts whose users and roles asked for the sessions of the chain. */
  readonly issuerAccounts: readonly string[];
  /** The session policies' texts as sealed, outermost first: what a session made from this one keeps. */
  readonly policyStack: readonly SealedPolicies[];
}

/** Who began a chain of sessions, with which lasting key: what ends, with all sessions made from it, when that is revoked. */
export interface SessionOrigin {
  /** Unique id of the user, or the account's id for its root. */
  readonly principalId: string;
  readonly accessKeyId: string;
}

/** One session's policies: the inline text and the ARNs of managed ones (resolved on each request). */
export interface SealedPolicies {
  readonly inline: string | undefined;
  readonly managed: readonly string[];
}

export type CredentialOutcome =
  | { readonly kind: "found"; readonly secretAccessKey: string; readonly caller: () => Promise<Caller | undefined> }
  /** Unknown or inactive key id, or a temporary key with a token that is not its own. */
  | { readonly kind: "unknown" }
  | { readonly kind: "inactive" }
  | { readonly kind: "invalid-token" }
  | { readonly kind: "expired" };

/** An account of the organization, as decisions on what it owns need it. */
export interface ResourceAccount {
  /** Nobody reaches what a closed account has. */
  readonly closed: boolean;
  readonly organizationId: string;
  /** `o-…/r-…/`: where the account is in the organization. */
  readonly organizationPath: string;
  /** Levels of resource control policies, each with one that allows everything. Empty: nothing limits access to what the account has. */
  readonly resourceControls: Layers["guardrails"];
}

/** What authentication asks of identity; no grant yet. Rejects with `StoreError` only. */
export interface PrincipalDirectory {
  /**
   * The secret to verify a signature with, and then, only after it verified, the caller. `caller()` is undefined when the
   * user or role is gone by now. Temporary keys (`ASIA…`) are opened from the token, with no table look-up.
   */
  credential(accessKeyId: string, sessionToken: string | undefined): Promise<CredentialOutcome>;
  anonymous(): Caller;
  /** Undefined for an id that no account here has. */
  resourceAccount(accountId: string): Promise<ResourceAccount | undefined>;
  /** The account of a lasting key, active or not, or of a temporary one that has not expired long ago; undefined: there is no such key. */
  accountOfKey(accessKeyId: string): Promise<string | undefined>;
  /**
   * The caller that a user, a session of a role without session policies, or a user with nothing but the policies of a group would be
   * now; undefined when the id is gone. For simulation.
   */
  simulated(identity: IdentityReference): Promise<Pick<Caller, "principal" | "layers" | "context"> | undefined>;
  /** The principal bindings of bucket and trust policies: see `bind` and `unbind`. */
  readonly bindings: PrincipalBindings;
}

/**
 * Principals in stored policies are unique ids, so that a deleted and re-created name inherits nothing. `turn` is awaited after every few
 * look-ups.
 */
export interface PrincipalBindings {
  /** The document with every user, role and role-session ARN replaced by its unique id; or the first principal that does not exist. */
  bind(
    policy: string,
    turn: () => Promise<void>,
  ): Promise<
    { readonly kind: "bound"; readonly policy: string } | { readonly kind: "unknown"; readonly principal: string }
  >;
  /** The document with unique ids printed as ARNs again. The ids of deleted users and roles stay ids. */
  unbind(policy: string, turn: () => Promise<void>): Promise<string>;
}

/** Whose use of something is counted: sessions count as the user or role behind them, so that making sessions makes no more room. Undefined: nobody's. */
export function countedAs(principal: Principal): string | undefined {
  switch (principal.kind) {
    case "anonymous":
    case "web-identity": // as the network that it comes from: one provider's tokens are of many
      return undefined;
    case "root":
      return principal.accountId;
    case "user":
    case "user-session":
      return principal.userId;
    case "federated-user":
      return principal.issuer?.userId ?? principal.userId;
    case "role-session":
      return principal.roleId;
    case "service":
      return principal.service;
  }
}
