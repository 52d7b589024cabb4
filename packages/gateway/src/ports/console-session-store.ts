import type { Grant } from "./grant.ts";

/** Keys as a console session names them: the secret is looked up, or derived from the token, for each call. */
export interface ConsoleKeys {
  readonly accessKeyId: string;
  /** Undefined: a key that does not end by itself. */
  readonly sessionToken: string | undefined;
}

/** A role that the session has taken. */
export interface ConsoleRole extends ConsoleKeys {
  readonly arn: string;
  readonly displayName: string;
  /** `#rrggbb`. */
  readonly color: string | undefined;
  readonly expiresAt: number;
}

export interface ConsoleSessionRecord {
  /** SHA-256 of the id in the browser's cookie, 64 hexadecimal digits: who reads the store cannot use it. */
  readonly idHash: string;
  /** What is still asked at sign-in, or `signed-in`; a one-time link that nobody has used yet. */
  readonly stage: "link" | "mfa" | "new-password" | "signed-in";
  readonly kind: "user" | "root" | "federated";
  readonly accountId: string;
  /** Unique id of the user; the account's id for root; of a federated user or role, its id. */
  readonly principalId: string;
  readonly name: string;
  readonly arn: string;
  /**
   * Keys that were made for this session have this as their origin, and so have those of roles taken with them; `session-ID`: they are that
   * session of a role. Undefined: the keys were there before.
   */
  readonly family: string | undefined;
  /** Undefined until the MFA code was given. */
  readonly keys: ConsoleKeys | undefined;
  readonly role: ConsoleRole | undefined;
  readonly createdAt: number;
  readonly seenAt: number;
  readonly expiresAt: number;
  /** When its keys end, or what was asked for: no step may make it live longer. Undefined: no such limit. */
  readonly endsAt: number | undefined;
  readonly address: string;
  readonly agent: string;
  /** When an MFA code was given, ms. */
  readonly mfaAt: number | undefined;
  /** When the password that opened it was set, ms. Absent: no password did. */
  readonly passwordSetAt?: number | undefined;
}

/**
 * Sessions of browsers. A change or loss of the password, and the loss of the user, deletes those of the user in the same transaction. Each
 * method but the first is for who has the session's id, so only that one takes a grant.
 */
export interface ConsoleSessionStore {
  /**
   * Of one principal at most fifty: the one that was not used for longest goes. False, and nothing is created: the password that opened it is
   * not the user's any more, so what has ended the sessions of that password would miss this one.
   */
  createConsoleSession(grant: Grant, session: ConsoleSessionRecord): Promise<boolean>;
  findConsoleSession(idHash: string): Promise<ConsoleSessionRecord | undefined>;
  /** The session under a new id and with what changed; false when the old id is gone meanwhile. */
  replaceConsoleSession(idHash: string, session: ConsoleSessionRecord): Promise<boolean>;
  /** Used at this time, ms. */
  touchConsoleSession(idHash: string, seenAt: number): Promise<void>;
  deleteConsoleSession(idHash: string): Promise<void>;
  /** Those of a principal but one; gives the families of their keys. */
  deleteOtherConsoleSessions(
    principal: { readonly accountId: string; readonly id: string },
    idHash: string,
  ): Promise<readonly string[]>;
  /** Those that have expired, or were not used since a time, ms. */
  forgetConsoleSessions(expiredAt: number, unusedSince: number): Promise<void>;
}
