import type { Grant } from "./grant.ts";
import type { IdentityReference } from "./identity-records.ts";
import type { Done, StoreRefusal } from "./identity-store.ts";

/** That a user has a password for the console. The password itself, and its hash, never leave the store. Times are ms. */
export interface LoginProfileRecord {
  readonly createdAt: number;
  /** When the password was set last. */
  readonly changedAt: number;
  readonly resetRequired: boolean;
}

/** The password is one of those that the user may not use again. */
export type Reused = { readonly kind: "reused" };

/** Passwords come in clear; only salted hashes of them are kept. `remembered`: how many passwords may not be used again; 0 for none. */
export interface NewPassword {
  readonly password: string;
  readonly now: number;
  readonly remembered: number;
}

/** Who waits for the check of a password. Sign-ins and administration take turns, and so do the names in each. */
export interface PasswordRequester {
  readonly lane: "sign-in" | "administration";
  /** A client's network, or an account. */
  readonly name: string;
}

export interface MatchedPassword {
  /** When it was set, ms: a session that it opens is for this password and no later one. */
  readonly setAt: number;
}

export interface LoginProfileStore {
  createLoginProfile(
    grant: Grant,
    user: IdentityReference,
    profile: {
      readonly password: string;
      readonly resetRequired: boolean;
      readonly createdAt: number;
    },
  ): Promise<Done | StoreRefusal>;
  getLoginProfile(grant: Grant, user: IdentityReference): Promise<LoginProfileRecord | undefined>;
  /** Undefined fields stay. */
  changeLoginProfile(
    grant: Grant,
    user: IdentityReference,
    change: { readonly password: NewPassword | undefined; readonly resetRequired: boolean | undefined },
  ): Promise<Done | StoreRefusal | Reused>;
  /** By the user itself: `old` must be its password, and a reset that was required is done with it. */
  changeOwnPassword(
    grant: Grant,
    user: IdentityReference,
    change: NewPassword & { readonly old: string },
  ): Promise<Done | StoreRefusal | Reused | { readonly kind: "wrong-password" }>;
  /** With the passwords that may not be used again. */
  deleteLoginProfile(grant: Grant, user: IdentityReference): Promise<Done | StoreRefusal>;
  /**
   * Whether it is the user's password; `busy` when too many wait. Without a grant, because a password is a part of who calls. Exactly one
   * hash is computed, also for a user that does not exist (undefined) or has no password, so that the time shows neither. The caller
   * counts the tries before it asks; what a right password leads to is `signInState`.
   */
  verifyPassword(
    user: IdentityReference | undefined,
    password: string,
    requester: PasswordRequester,
  ): Promise<MatchedPassword | "mismatched" | "busy">;
}

/** The rules for passwords of an account's users. https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_account-policy.html */
export interface PasswordPolicy {
  readonly minimumLength: number;
  readonly requireSymbols: boolean;
  readonly requireNumbers: boolean;
  readonly requireUppercase: boolean;
  readonly requireLowercase: boolean;
  /** Users may change their own password without a policy that allows it. */
  readonly usersMayChange: boolean;
  /** Days; undefined: passwords do not expire. */
  readonly maxAge: number | undefined;
  /** How many passwords before may not be used again, the current one included; undefined: each may be. */
  readonly reusePrevention: number | undefined;
  /** An expired password cannot be changed at sign-in. Undefined: not said, which is no. */
  readonly hardExpiry: boolean | undefined;
}

export interface PasswordPolicyStore {
  /** Undefined: the account has none, and IAM's default holds. */
  findPasswordPolicy(accountId: string): Promise<PasswordPolicy | undefined>;
  setPasswordPolicy(grant: Grant, accountId: string, policy: PasswordPolicy): Promise<Done>;
  deletePasswordPolicy(grant: Grant, accountId: string): Promise<Done | StoreRefusal>;
}
