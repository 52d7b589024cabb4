import type { SealedPolicies } from "../../ports/principal-directory.ts";
import type { SessionRequest } from "../../ports/session-issuer.ts";

/** What a token contains. Roles, users, boundaries and managed policies are references, resolved on each request. */
export interface SessionRecord {
  readonly principal: SealedPrincipal;
  readonly policies: readonly SealedPolicies[];
  readonly sourceIdentity: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
  readonly transitiveTagKeys: readonly string[];
  readonly issuedAt: number;
  readonly expiresAt: number;
}

export type SealedPrincipal =
  | { readonly kind: "role-session"; readonly roleId: string; readonly sessionName: string }
  | { readonly kind: "user-session"; readonly userId: string; readonly sessionName: string };

export function sealedPrincipal(principal: SessionRequest["principal"]): SealedPrincipal {
  switch (principal.kind) {
    case "role-session":
      return { kind: principal.kind, roleId: principal.roleId, sessionName: principal.sessionName };
    case "user-session":
      return { kind: principal.kind, userId: principal.userId, sessionName: principal.sessionName ?? "" };
    case "federated-user":
      throw new Error("federated users have no sessions here");
  }
}

/** As sealed: short names, absent fields left out. */
interface Written {
  readonly p: readonly ["r" | "u", string, string];
  readonly s?: readonly { readonly i?: string; readonly m?: readonly string[] }[];
  readonly d?: string;
  readonly t?: Readonly<Record<string, string>>;
  readonly x?: readonly string[];
  readonly f: number;
  readonly e: number;
}

export function writeRecord(record: SessionRecord): Buffer {
  const { principal, policies, sourceIdentity, tags, transitiveTagKeys, issuedAt, expiresAt } = record;
  const written: Written = {
    p:
      principal.kind === "role-session"
        ? ["r", principal.roleId, principal.sessionName]
        : ["u", principal.userId, principal.sessionName],
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
    f: issuedAt,
    e: expiresAt,
  };
  return Buffer.from(JSON.stringify(written));
}

/** Of what was unsealed, so written by us: its form is not in doubt. */
export function readRecord(bytes: Buffer): SessionRecord {
  const { p, s = [], d, t = {}, x = [], f, e } = JSON.parse(bytes.toString()) as Written;
  const [kind, id, sessionName] = p;
  return {
    principal:
      kind === "r"
        ? { kind: "role-session", roleId: id, sessionName }
        : { kind: "user-session", userId: id, sessionName },
    policies: s.map(({ i, m = [] }) => ({ inline: i, managed: m })),
    sourceIdentity: d,
    tags: t,
    transitiveTagKeys: x,
    issuedAt: f,
    expiresAt: e,
  };
}
