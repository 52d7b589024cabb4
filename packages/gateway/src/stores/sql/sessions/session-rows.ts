/** The list of sessions in directory.db. */
import { isRevoked, type RevocationKind } from "../../../domain/sessions/revocations.ts";
import type { SealedPrincipal } from "../../../domain/sessions/session-record.ts";
import type { ListedSession, SessionPage, SessionPageQuery } from "../../../ports/session-issuer.ts";
import type { Reader, Row } from "../database.ts";
import { flag, integer, oneOf, optional, text } from "../sql-value.ts";

const columns =
  "id, account_id, access_key_id, operation, kind, principal_id, principal_arn, session_name, issuer_account, issuer_id, issuer_arn, issuer_key, origin_id, origin_key, source_ip, source_identity, mfa, managed_policies, inline_policies, issued_at, expires_at";
const kinds = ["role-session", "user-session", "federated-user", "root"] as const;
const operations = [
  "AssumeRole",
  "AssumeRoleWithWebIdentity",
  "GetSessionToken",
  "GetFederationToken",
  "ConsoleLogin",
] as const;

export type RevokedUntil = (kind: RevocationKind, subject: string) => Promise<number | undefined>;

/** `revokedUntil`: see `isRevoked`. */
export function revocationsOf(reader: Reader): RevokedUntil {
  return (kind, subject) =>
    reader.get("SELECT issued_before FROM revocations WHERE kind = ? AND subject = ?", [kind, subject], ([time]) =>
      integer(time),
    );
}

/** The form in which revocation looks at whose session it is. */
function sealedForm({ principalKind, principalId, accountId }: Omit<ListedSession, "revoked">): SealedPrincipal {
  switch (principalKind) {
    case "role-session":
      return { kind: principalKind, roleId: principalId, sessionName: "", accountId };
    case "user-session":
      return { kind: principalKind, userId: principalId, token: false };
    case "federated-user":
      return { kind: principalKind, accountId, name: "", issuerId: principalId };
    case "root":
      return { kind: principalKind, accountId };
  }
}

function sessionOf(row: Row): Omit<ListedSession, "revoked"> {
  const [id, account, key, operation, kind, principal, arn, name, ...more] = row;
  const [issuerAccount, issuerId, issuerArn, issuerKey, originId, originKey, ...last] = more;
  const [sourceIp, sourceIdentity, mfa, managed, inline, issuedAt, expiresAt] = last;
  const began = optional(text, originId);
  return {
    id: text(id),
    accountId: text(account),
    accessKeyId: text(key),
    operation: oneOf(operations, operation),
    principalKind: oneOf(kinds, kind),
    principalId: text(principal),
    principalArn: text(arn),
    sessionName: text(name),
    issuer: { accountId: text(issuerAccount), id: text(issuerId), arn: text(issuerArn), accessKeyId: text(issuerKey) },
    origin: began === undefined ? undefined : { principalId: began, accessKeyId: text(originKey) },
    sourceIp: text(sourceIp),
    sourceIdentity: optional(text, sourceIdentity),
    mfa: flag(mfa),
    managedPolicies: JSON.parse(text(managed)) as readonly string[],
    inlinePolicies: integer(inline),
    issuedAt: integer(issuedAt),
    expiresAt: integer(expiresAt),
  };
}

async function listed(session: Omit<ListedSession, "revoked">, revokedUntil: RevokedUntil): Promise<ListedSession> {
  return {
    ...session,
    revoked: await isRevoked(session.id, { ...session, principal: sealedForm(session) }, revokedUntil),
  };
}

export async function sessionBy(
  reader: Reader,
  accountId: string,
  column: "id" | "access_key_id",
  value: string,
): Promise<ListedSession | undefined> {
  const found = await reader.get(`SELECT ${columns} FROM session_log WHERE ${column} = ?`, [value], sessionOf);
  return found?.accountId === accountId ? await listed(found, revocationsOf(reader)) : undefined;
}

/** The account of a temporary key. */
export function accountOfSessionKey(reader: Reader, accessKeyId: string): Promise<string | undefined> {
  return reader.get("SELECT account_id FROM session_log WHERE access_key_id = ?", [accessKeyId], ([id]) => text(id));
}

const where = {
  all: "account_id = ?",
  principal: "account_id = ? AND principal_id = ?",
  origin: "account_id = ? AND origin_id = ?",
} as const;

/** Each is looked up among the revocations up to five times. */
const sessionsPerTurn = 10;

/** Undefined when `after` is no marker of ours. */
export async function sessionPage(
  reader: Reader,
  accountId: string,
  { filter, after, limit, turn }: SessionPageQuery,
): Promise<SessionPage | undefined> {
  const [, time, last = ""] = after === undefined ? [] : (/^(\d{1,15})\.([0-9a-f]{32})$/.exec(after) ?? []);
  if (after !== undefined && time === undefined) return undefined;
  const which = [accountId, ...(filter === undefined ? [] : [filter.id])];
  const from = time === undefined ? "" : " AND (issued_at, id) < (?, ?)";
  const sql = `SELECT ${columns} FROM session_log WHERE ${where[filter?.by ?? "all"]}${from} ORDER BY issued_at DESC, id DESC LIMIT ?`;
  const place = time === undefined ? [] : [Number(time), last];
  const found = await reader.all(sql, [...which, ...place, limit + 1], sessionOf);
  const revokedUntil = revocationsOf(reader);
  const sessions: ListedSession[] = [];
  for (const [at, session] of found.slice(0, limit).entries()) {
    if (at % sessionsPerTurn === 0) await turn();
    sessions.push(await listed(session, revokedUntil));
  }
  const end = found.length > limit ? sessions.at(-1) : undefined;
  return { sessions, next: end === undefined ? undefined : `${end.issuedAt}.${end.id}` };
}
