import type { SealedPolicies, SessionOrigin } from "../../ports/principal-directory.ts";
import type { SessionClaims, SessionRequest } from "../../ports/session-issuer.ts";

/** What a token contains. Roles, users, boundaries and managed policies are references, resolved on each request. */
export interface SessionRecord {
  readonly principal: SealedPrincipal;
  readonly policies: readonly SealedPolicies[];
  readonly sourceIdentity: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
  readonly transitiveTagKeys: readonly string[];
  /** When the user proved with an MFA device who it is, ms; undefined when it did not. */
  readonly mfaAt: number | undefined;
  /** Undefined in a token of version 1. */
  readonly origin: SessionOrigin | undefined;
  /** Of a role's session that a token of an identity provider asked for. */
  readonly claims?: SessionClaims | undefined;
  /** None in a token of version 1. */
  readonly issuerAccounts: readonly string[];
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/** `token`: of GetSessionToken, which has limits of its own; otherwise the user cut down its own rights. */
export type SealedPrincipal =
  /** `accountId` is undefined in a token of version 1. */
  | {
      readonly kind: "role-session";
      readonly roleId: string;
      readonly sessionName: string;
      readonly accountId: string | undefined;
      /** ARN of the identity provider whose token asked for it. */
      readonly provider?: string | undefined;
    }
  | { readonly kind: "user-session"; readonly userId: string; readonly token: boolean }
  /** `issuerId`: the user who asked for the session; undefined: the account's root. */
  | {
      readonly kind: "federated-user";
      readonly accountId: string;
      readonly name: string;
      readonly issuerId: string | undefined;
    }
  | { readonly kind: "root"; readonly accountId: string };

export function sealedPrincipal({ principal, token }: SessionRequest): SealedPrincipal {
  switch (principal.kind) {
    case "role-session": {
      const { roleId, sessionName, accountId, provider } = principal;
      return { kind: principal.kind, roleId, sessionName, accountId, ...(provider === undefined ? {} : { provider }) };
    }
    case "user-session":
      return { kind: principal.kind, userId: principal.userId, token };
    case "federated-user": {
      const { accountId, userId, issuer } = principal;
      return { kind: principal.kind, accountId, name: userId.slice(accountId.length + 1), issuerId: issuer?.userId };
    }
    case "root":
      return { kind: principal.kind, accountId: principal.accountId };
  }
}

/** The unique id of whose session it is: a role's, a user's or an account's; of a federated user the one of who made it. */
export function principalIdOf(principal: SealedPrincipal): string {
  switch (principal.kind) {
    case "role-session":
      return principal.roleId;
    case "user-session":
      return principal.userId;
    case "federated-user":
      return principal.issuerId ?? principal.accountId;
    case "root":
      return principal.accountId;
  }
}

type WrittenPrincipal =
  | readonly ["r", roleId: string, sessionName: string, accountId?: string, provider?: string]
  /** Version 1 has the session's name behind the id. */
  | readonly ["u", userId: string, sessionName?: string]
  | readonly ["t", userId: string]
  | readonly ["f", accountId: string, name: string, issuerId?: string]
  | readonly ["a", accountId: string];

/** As sealed: short names, absent fields left out. */
interface Written {
  readonly p: WrittenPrincipal;
  readonly s?: readonly { readonly i?: string; readonly m?: readonly string[] }[];
  readonly d?: string;
  readonly t?: Readonly<Record<string, string>>;
  readonly x?: readonly string[];
  readonly m?: number;
  readonly o?: readonly [principalId: string, accessKeyId: string];
  readonly a?: readonly string[];
  readonly w?: SessionClaims;
  readonly f: number;
  readonly e: number;
}

function writePrincipal(principal: SealedPrincipal): WrittenPrincipal {
  switch (principal.kind) {
    case "role-session":
      if (principal.accountId === undefined) return ["r", principal.roleId, principal.sessionName];
      return principal.provider === undefined
        ? ["r", principal.roleId, principal.sessionName, principal.accountId]
        : ["r", principal.roleId, principal.sessionName, principal.accountId, principal.provider];
    case "user-session":
      return [principal.token ? "t" : "u", principal.userId];
    case "federated-user": {
      const { accountId, name, issuerId } = principal;
      return issuerId === undefined ? ["f", accountId, name] : ["f", accountId, name, issuerId];
    }
    case "root":
      return ["a", principal.accountId];
  }
}

function readPrincipal(written: WrittenPrincipal): SealedPrincipal {
  switch (written[0]) {
    case "r":
      return {
        kind: "role-session",
        roleId: written[1],
        sessionName: written[2],
        accountId: written[3],
        ...(written[4] === undefined ? {} : { provider: written[4] }),
      };
    case "u":
    case "t":
      return { kind: "user-session", userId: written[1], token: written[0] === "t" };
    case "f":
      return { kind: "federated-user", accountId: written[1], name: written[2], issuerId: written[3] };
    case "a":
      return { kind: "root", accountId: written[1] };
  }
}

export function writeRecord(record: SessionRecord): Buffer {
  const { principal, policies, sourceIdentity, tags, transitiveTagKeys, mfaAt, origin, issuerAccounts, claims } =
    record;
  const written: Written = {
    p: writePrincipal(principal),
    ...(policies.length === 0
      ? {}
      : {
          s: policies.map(({ inline, managed }) => ({
            ...(inline === undefined ? {} : { i: inline }),
            ...(managed.length === 0 ? {} : { m: managed }),
          })),
        }),
    ...(sourceIdentity === undefined ? {} : { d: sourceIdentity }),
    ...(Object.keys(tags).length === 0 ? {} : { t: tags }),
    ...(transitiveTagKeys.length === 0 ? {} : { x: transitiveTagKeys }),
    ...(mfaAt === undefined ? {} : { m: mfaAt }),
    ...(origin === undefined ? {} : { o: [origin.principalId, origin.accessKeyId] }),
    ...(issuerAccounts.length === 0 ? {} : { a: issuerAccounts }),
    ...(claims === undefined ? {} : { w: claims }),
    f: record.issuedAt,
    e: record.expiresAt,
  };
  return Buffer.from(JSON.stringify(written));
}

/** Of what was unsealed, so written by us: its form is not in doubt. */
export function readRecord(bytes: Buffer): SessionRecord {
  const { p, s = [], d, t = {}, x = [], m, o, a = [], w, f, e } = JSON.parse(bytes.toString()) as Written;
  return {
    principal: readPrincipal(p),
    policies: s.map(({ i, m: managed = [] }) => ({ inline: i, managed })),
    sourceIdentity: d,
    tags: t,
    transitiveTagKeys: x,
    mfaAt: m,
    origin: o === undefined ? undefined : { principalId: o[0], accessKeyId: o[1] },
    issuerAccounts: a,
    ...(w === undefined ? {} : { claims: w }),
    issuedAt: f,
    expiresAt: e,
  };
}
