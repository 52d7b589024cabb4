import { createHash, randomBytes } from "node:crypto";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import type { Clock } from "../../../ports/clock.ts";
import type { SessionIssuer } from "../../../ports/session-issuer.ts";
import type { DirectoryDatabase } from "../identity/directory-database.ts";
import { integer } from "../sql-value.ts";
import { deriveKey } from "../../../domain/keyring/derive-key.ts";
import type { Keyring, KeyringKey } from "./keyring.ts";
import { seal, unseal } from "../../../domain/keyring/sealed-box.ts";
import {
  readRecord,
  sealedPrincipal,
  type SessionRecord,
  writeRecord,
} from "../../../domain/sessions/session-record.ts";

/** A session as opened, with the secret its requests are signed with. */
export interface OpenedSession {
  readonly kind: "opened";
  /** 32 hexadecimal digits: what `revoke` takes. */
  readonly sessionId: string;
  readonly secretAccessKey: string;
  readonly record: SessionRecord;
}

export interface Sessions extends SessionIssuer {
  /** `invalid`: altered, another key's, sealed by a retired key, or revoked. No table holds sessions: the token is the session. */
  open(accessKeyId: string, token: string): OpenedSession | "invalid" | "expired";
  /** Ends all sessions of the subject issued at or before this time, ms. The entry goes when none of them could still live. */
  revoke(kind: RevocationKind, subject: string, issuedBefore: number): Promise<void>;
  /** Drops entries that no living session could meet. */
  forgetRevocations(): Promise<void>;
}

/** By session id (32 hexadecimal digits), by unique id of the user or role, by source identity. */
export type RevocationKind = "session" | "principal" | "source-identity";

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html: no session lives longer than 36 hours. */
export const longestSession = 36 * 3_600_000;

const version = 1;
const sessionIdLength = 16;
const keyIdLength = 4;
const headLength = 1 + keyIdLength + sessionIdLength;
/** Octets of the sealed record; what PackedPolicySize is a part of. */
const largest = 6 * 1024;
/** Octets of the record before it is packed: text that repeats packs to nothing, and every request unpacks and decides on it. */
const largestWritten = 16 * 1024;
/** Sessions made from one another keep the policies of all before: each is one more level that every request is asked in. */
const mostLevels = 8;
const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** Bound to the session: a token belongs to exactly one key id. */
function accessKeyIdOf(sessionId: Buffer): string {
  const octets = createHash("sha256").update("access key id").update(sessionId).digest();
  return `ASIA${Array.from(octets.subarray(0, 16), (octet) => alphabet[octet & 31]).join("")}`;
}

function secretOf({ id, key }: KeyringKey, sessionId: Buffer, accessKeyId: string): string {
  return deriveKey(key, `secret ${id} ${accessKeyId}`, sessionId).subarray(0, 30).toString("base64");
}

function label(sessionId: Buffer, accessKeyId: string): string {
  return `session ${version} ${sessionId.toString("hex")} ${accessKeyId}`;
}

export function createSessions({
  database,
  keyring,
  clock,
}: {
  readonly database: DirectoryDatabase;
  readonly keyring: Keyring;
  readonly clock: Clock;
}): Sessions {
  return {
    issue(_grant, session) {
      const record = { ...session, principal: sealedPrincipal(session.principal) };
      const written = writeRecord(record);
      const packed = deflateRawSync(written, { level: 9 });
      const levels = session.policies.length / mostLevels;
      const size = Math.max(packed.length / largest, written.length / largestWritten);
      const part = levels > 1 ? Math.max(levels, size) : size;
      const packedPolicySize = Math.ceil(part * 100);
      if (part > 1) return { kind: "too-large", packedPolicySize };
      const sealing = keyring.sealing();
      const sessionId = randomBytes(sessionIdLength);
      const accessKeyId = accessKeyIdOf(sessionId);
      const box = seal(deriveKey(sealing.key, "session", sessionId), label(sessionId, accessKeyId), packed);
      const token = Buffer.concat([Buffer.from([version]), Buffer.from(sealing.id, "hex"), sessionId, box]);
      return {
        accessKeyId,
        secretAccessKey: secretOf(sealing, sessionId, accessKeyId),
        sessionToken: token.toString("base64"),
        packedPolicySize,
      };
    },
    open(accessKeyId, text) {
      const token = Buffer.from(text, "base64");
      // INVARIANT: one text for one token, so that what is revoked or cached cannot come back spelt otherwise.
      if (token.toString("base64") !== text || token.length <= headLength || token[0] !== version) return "invalid";
      const keyringKey = keyring.find(token.subarray(1, 1 + keyIdLength).toString("hex"));
      const sessionId = token.subarray(1 + keyIdLength, headLength);
      if (keyringKey === undefined || accessKeyIdOf(sessionId) !== accessKeyId) return "invalid";
      const packed = unseal(
        deriveKey(keyringKey.key, "session", sessionId),
        label(sessionId, accessKeyId),
        token.subarray(headLength),
      );
      if (packed === undefined) return "invalid";
      const record = readRecord(inflateRawSync(packed, { maxOutputLength: largestWritten }));
      if (clock.now() >= record.expiresAt) return "expired";
      if (isRevoked(database, sessionId.toString("hex"), record)) return "invalid";
      return {
        kind: "opened",
        sessionId: sessionId.toString("hex"),
        secretAccessKey: secretOf(keyringKey, sessionId, accessKeyId),
        record,
      };
    },
    async revoke(kind, subject, issuedBefore) {
      await database.write("revoke", { kind, subject, issuedBefore, expiresAt: issuedBefore + longestSession });
    },
    async forgetRevocations() {
      await database.write("forgetRevocations", { now: clock.now() });
    },
  };
}

function isRevoked(
  { reader }: DirectoryDatabase,
  sessionId: string,
  { principal, sourceIdentity, issuedAt }: SessionRecord,
): boolean {
  const subjects: readonly (readonly [string, string])[] = [
    ["session", sessionId],
    ["principal", principal.kind === "role-session" ? principal.roleId : principal.userId],
    ...(sourceIdentity === undefined ? [] : ([["source-identity", sourceIdentity]] as const)),
  ];
  return subjects.some(([kind, subject]) => {
    const before = reader.get(
      "SELECT issued_before FROM revocations WHERE kind = ? AND subject = ?",
      [kind, subject],
      ([time]) => integer(time),
    );
    return before !== undefined && issuedAt <= before;
  });
}
