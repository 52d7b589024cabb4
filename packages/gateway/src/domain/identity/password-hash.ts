import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { StoreError } from "../../ports/store-error.ts";
import type { PasswordRequester } from "../../ports/identity-store.ts";
import { HashQueue } from "./hash-queue.ts";

/**
 * Passwords as they are kept: scrypt with a salt of its own, in one line of text with its parameters, so that they can be
 * raised later. The work is done in node's thread pool, one password at a time: each takes 64 MiB and a
 * quarter of a second, and reads of files, which share the pool, must not wait behind a row of them.
 * https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#scrypt
 */
interface Parameters {
  /** Cost: a power of two. */
  readonly N: number;
  /** Block size. */
  readonly r: number;
  readonly p: number;
}

const now: Parameters = { N: 2 ** 16, r: 8, p: 2 };
const saltLength = 16;
const keyLength = 32;

/** All password hashes of the process. Forty addresses that wait for a sign-in are ten seconds. */
export const passwordHashes = new HashQueue({
  "sign-in": { perRequester: 4, requesters: 40 },
  administration: { perRequester: 64, requesters: 1000 },
});

function derive(password: string, salt: Buffer, { N, r, p }: Parameters, length: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    // Twice what scrypt needs (128 N r), as node refuses at the limit itself.
    scrypt(password, salt, length, { N, r, p, maxmem: 256 * N * r }, (error, key) =>
      error === null ? resolve(key) : reject(error),
    );
  });
}

/** `scrypt$N$r$p$SALT$KEY`, salt and key in base64. `accountId`: whose administrator waits for it. */
export async function hashPassword(password: string, accountId: string): Promise<string> {
  return hashFor(password, { lane: "administration", name: accountId });
}

async function hashFor(password: string, requester: PasswordRequester): Promise<string> {
  const salt = randomBytes(saltLength);
  return written(now, salt, await keyOf(password, salt, now, keyLength, requester));
}

function written({ N, r, p }: Parameters, salt: Buffer, key: Buffer): string {
  return ["scrypt", N, r, p, salt.toString("base64"), key.toString("base64")].join("$");
}

async function keyOf(
  password: string,
  salt: Buffer,
  parameters: Parameters,
  length: number,
  requester: PasswordRequester,
): Promise<Buffer> {
  const hashed = await passwordHashes.run(requester, () => derive(password, salt, parameters, length));
  if (hashed === undefined) throw new StoreError("unavailable", "too many passwords of this account wait to be hashed");
  return hashed.value;
}

/**
 * A hash of a password that is none of the former ones; undefined when it is. `former`: hashes, the current password's first. The new hash
 * keeps the salt of the current one, so that a password is compared with all former ones by one hash, which is the new one too.
 */
export async function hashUnused(
  password: string,
  former: readonly string[],
  requester: PasswordRequester,
): Promise<string | undefined> {
  const all = former.map(readHash).filter((one) => one !== undefined);
  const [current] = all;
  const keys = new Map<string, Buffer>();
  for (const { parameters, salt, key } of all) {
    const how = written(parameters, salt, Buffer.alloc(key.length));
    const given = keys.get(how) ?? (await keyOf(password, salt, parameters, key.length, requester));
    keys.set(how, given);
    if (timingSafeEqual(given, key)) return undefined;
  }
  if (current === undefined) return hashFor(password, requester);
  const { parameters, salt, key } = current;
  const given = keys.get(written(parameters, salt, Buffer.alloc(key.length)));
  const isToday = parameters.N === now.N && parameters.r === now.r && parameters.p === now.p;
  return isToday && salt.length === saltLength && key.length === keyLength && given !== undefined
    ? written(parameters, salt, given)
    : hashFor(password, requester);
}

const form = /^scrypt\$(\d{1,8})\$(\d{1,2})\$(\d{1,2})\$([A-Za-z0-9+/]+=*)\$([A-Za-z0-9+/]+=*)$/;

/** What a password is compared with when there is none. Its time is that of a password stored today. */
const noPassword = ["scrypt", now.N, now.r, now.p, "A".repeat(22) + "==", "A".repeat(43) + "="].join("$");

/**
 * Undefined when too many hashes wait. `hash` undefined: nobody's, which matches no password. Exactly one hash is computed, whatever is
 * stored, so that the time does not show whether there is a password.
 */
export async function passwordMatches(
  password: string,
  hash: string | undefined,
  requester: PasswordRequester,
): Promise<boolean | undefined> {
  const stored = readHash(hash ?? noPassword) ?? readHash(noPassword);
  const isReadable = hash !== undefined && readHash(hash) !== undefined;
  if (stored === undefined) return false;
  const { parameters, salt, key } = stored;
  const matched = await passwordHashes.run(requester, () => derivesKey(password, salt, parameters, key));
  return matched === undefined ? undefined : matched.value && isReadable;
}

async function derivesKey(password: string, salt: Buffer, parameters: Parameters, key: Buffer): Promise<boolean> {
  try {
    return timingSafeEqual(await derive(password, salt, parameters, key.length), key);
  } catch {
    return false; // parameters that scrypt refuses
  }
}

function readHash(
  hash: string,
): { readonly parameters: Parameters; readonly salt: Buffer; readonly key: Buffer } | undefined {
  const [, N, r, p, salt = "", key = ""] = form.exec(hash) ?? [];
  if (key === "") return undefined;
  const parameters = { N: Number(N), r: Number(r), p: Number(p) };
  return { parameters, salt: Buffer.from(salt, "base64"), key: Buffer.from(key, "base64") };
}
