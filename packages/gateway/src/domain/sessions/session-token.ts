/** The session token is the sealed session itself, so a request needs no table of sessions. Pure: the random id and the keys are given. */
import { createHash } from "node:crypto";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import type { SessionRequest, TemporaryCredentials } from "../../ports/session-issuer.ts";
import { deriveKey, seal, unseal } from "../keyring/sealed-box.ts";
import { readRecord, sealedPrincipal, type SessionRecord, writeRecord } from "./session-record.ts";

/** A key of the keyring. */
export interface KeyringKey {
  /** 8 hexadecimal digits. */
  readonly id: string;
  readonly key: Buffer;
}

/** A session as opened, with the secret its requests are signed with. */
export interface OpenedSession {
  readonly kind: "opened";
  /** 32 hexadecimal digits: what `revoke` takes. */
  readonly sessionId: string;
  readonly secretAccessKey: string;
  readonly record: SessionRecord;
}

/** New tokens have the last version. A version keeps opening until the sessions of its last release have ended. */
const versions = [1, 2] as const;
type TokenVersion = (typeof versions)[number];
const newest: TokenVersion = 2;
export const sessionIdLength = 16;
const keyIdLength = 4;
const headLength = 1 + keyIdLength + sessionIdLength;
/** Bytes of the sealed record; what PackedPolicySize is a part of. */
const maxPacked = 6 * 1024;
/**
 * Bytes of the record before it is packed. Without this limit a very long text that repeats itself would pack to a short token, which every
 * request has to unpack.
 */
const maxWritten = 16 * 1024;
/**
 * A session made from another session keeps the policies of all sessions before it, and every request is checked against each of these
 * levels.
 */
const maxLevels = 8;
const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** Bound to the session: a token belongs to exactly one key id. */
function accessKeyIdOf(sessionId: Buffer): string {
  const bytes = createHash("sha256").update("access key id").update(sessionId).digest();
  return `ASIA${Array.from(bytes.subarray(0, 16), (byte) => alphabet[byte & 31]).join("")}`;
}

function secretOf({ id, key }: KeyringKey, sessionId: Buffer, accessKeyId: string): string {
  return deriveKey(key, `secret ${id} ${accessKeyId}`, sessionId).subarray(0, 30).toString("base64");
}

function label(version: TokenVersion, sessionId: Buffer, accessKeyId: string): string {
  return `session ${version} ${sessionId.toString("hex")} ${accessKeyId}`;
}

export interface SealedSession extends TemporaryCredentials {
  readonly sessionId: string;
}

/** `sealing` and `newId` are called only for a session that is small enough. */
export async function sealSession(
  session: SessionRequest,
  sealing: () => Promise<KeyringKey>,
  newId: () => Buffer,
): Promise<SealedSession | { readonly kind: "too-large"; readonly packedPolicySize: number }> {
  const written = writeRecord({ ...session, principal: sealedPrincipal(session) });
  const packed = deflateRawSync(written, { level: 9 });
  const levels = session.policies.length / maxLevels;
  const size = Math.max(packed.length / maxPacked, written.length / maxWritten);
  const part = levels > 1 ? Math.max(levels, size) : size;
  const packedPolicySize = Math.ceil(part * 100);
  if (part > 1) return { kind: "too-large", packedPolicySize };
  const key = await sealing();
  const sessionId = newId();
  const accessKeyId = accessKeyIdOf(sessionId);
  const box = seal(deriveKey(key.key, "session", sessionId), label(newest, sessionId, accessKeyId), packed);
  const token = Buffer.concat([Buffer.from([newest]), Buffer.from(key.id, "hex"), sessionId, box]);
  return {
    kind: "issued",
    sessionId: sessionId.toString("hex"),
    accessKeyId,
    secretAccessKey: secretOf(key, sessionId, accessKeyId),
    sessionToken: token.toString("base64"),
    packedPolicySize,
  };
}

/** Of a token that was made here: what `revoke` takes. */
export function sessionIdOf(token: string): string {
  return Buffer.from(token, "base64")
    .subarray(1 + keyIdLength, headLength)
    .toString("hex");
}

/** Undefined when the token is altered, belongs to another access key, or was sealed by a key that is not in the keyring. */
export async function openToken(
  accessKeyId: string,
  text: string,
  find: (keyId: string) => Promise<KeyringKey | undefined>,
): Promise<OpenedSession | undefined> {
  const token = Buffer.from(text, "base64");
  // INVARIANT: one text for one token, so that what is revoked or cached cannot come back spelt otherwise.
  const version = versions.find((known) => known === token[0]);
  if (version === undefined || token.toString("base64") !== text || token.length <= headLength) return undefined;
  const key = await find(token.subarray(1, 1 + keyIdLength).toString("hex"));
  const sessionId = token.subarray(1 + keyIdLength, headLength);
  if (key === undefined || accessKeyIdOf(sessionId) !== accessKeyId) return undefined;
  const packed = unseal(
    deriveKey(key.key, "session", sessionId),
    label(version, sessionId, accessKeyId),
    token.subarray(headLength),
  );
  if (packed === undefined) return undefined;
  return {
    kind: "opened",
    sessionId: sessionId.toString("hex"),
    secretAccessKey: secretOf(key, sessionId, accessKeyId),
    record: readRecord(inflateRawSync(packed, { maxOutputLength: maxWritten })),
  };
}
