import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { StoreError } from "../../ports/store-error.ts";
import type { PasswordRequester } from "../../ports/password-store.ts";
import { HashQueue } from "./hash-queue.ts";

/** What scrypt costs. */
export interface HashCost {
  /** A power of two. */
  readonly N: number;
  /** Block size. */
  readonly r: number;
  readonly p: number;
}

const presentCost: HashCost = { N: 2 ** 16, r: 8, p: 2 };
const saltLength = 16;
const keyLength = 32;

interface ReadHash {
  readonly cost: HashCost;
  readonly salt: Buffer;
  readonly key: Buffer;
}

/**
 * Passwords as they are kept: scrypt with a salt of its own, in one line of text with its cost, which can be
 * raised later. The work is done in node's thread pool, one password at a time: each takes 64 MiB and a
 * quarter of a second, and reads of files, which share the pool, must not wait behind a row of them.
 * https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#scrypt
 */
export class PasswordHashes {
  readonly #cost: HashCost;
  /** What a password is compared with when there is none. Its time is that of a password stored today. */
  readonly #nobodys: ReadHash;
  /** Forty addresses that wait for a sign-in are ten seconds. */
  readonly #queue = new HashQueue({
    "sign-in": { perRequester: 4, requesters: 40 },
    administration: { perRequester: 64, requesters: 1000 },
  });

  /** Another `cost` is for tests: hashes that were stored with any cost are compared at their own. */
  constructor(cost: HashCost = presentCost) {
    this.#cost = cost;
    this.#nobodys = { cost, salt: Buffer.alloc(saltLength), key: Buffer.alloc(keyLength) };
  }

  /** Hashes that were computed, for tests that count them. */
  get done(): number {
    return this.#queue.done;
  }

  /** `scrypt$N$r$p$SALT$KEY`, salt and key in base64. `accountId`: whose administrator waits for it. */
  hash(password: string, accountId: string): Promise<string> {
    return this.#hashFor(password, { lane: "administration", name: accountId });
  }

  /**
   * A hash of a password that is none of the former ones; undefined when it is. `former`: hashes, the current password's first. The new hash
   * keeps the salt of the current one, so that a password is compared with all former ones by one hash, which is the new one too.
   */
  async hashUnused(
    password: string,
    former: readonly string[],
    requester: PasswordRequester,
  ): Promise<string | undefined> {
    const all = former.map(readHash).filter((one) => one !== undefined);
    const [current] = all;
    const keys = new Map<string, Buffer>();
    for (const { cost, salt, key } of all) {
      const how = written(cost, salt, Buffer.alloc(key.length));
      const given = keys.get(how) ?? (await this.#keyOf(password, salt, cost, key.length, requester));
      keys.set(how, given);
      if (timingSafeEqual(given, key)) return undefined;
    }
    if (current === undefined) return this.#hashFor(password, requester);
    const { cost, salt, key } = current;
    const given = keys.get(written(cost, salt, Buffer.alloc(key.length)));
    return this.#isPresent(current) && given !== undefined
      ? written(cost, salt, given)
      : this.#hashFor(password, requester);
  }

  /**
   * Undefined when too many hashes wait. `hash` undefined: nobody's, which matches no password. Exactly one hash is computed, whatever is
   * stored, so that the time does not show whether there is a password.
   */
  async matches(
    password: string,
    hash: string | undefined,
    requester: PasswordRequester,
  ): Promise<boolean | undefined> {
    const stored = hash === undefined ? undefined : readHash(hash);
    const matched = await this.#queue.run(requester, () => derivesKey(password, stored ?? this.#nobodys));
    return matched === undefined ? undefined : matched.value && stored !== undefined;
  }

  #isPresent({ cost: { N, r, p }, salt, key }: ReadHash): boolean {
    const present = this.#cost;
    const isCost = N === present.N && r === present.r && p === present.p;
    return isCost && salt.length === saltLength && key.length === keyLength;
  }

  async #hashFor(password: string, requester: PasswordRequester): Promise<string> {
    const salt = randomBytes(saltLength);
    return written(this.#cost, salt, await this.#keyOf(password, salt, this.#cost, keyLength, requester));
  }

  async #keyOf(
    password: string,
    salt: Buffer,
    cost: HashCost,
    length: number,
    requester: PasswordRequester,
  ): Promise<Buffer> {
    const hashed = await this.#queue.run(requester, () => derive(password, salt, cost, length));
    if (hashed === undefined)
      throw new StoreError("unavailable", "too many passwords of this account wait to be hashed");
    return hashed.value;
  }
}

function derive(password: string, salt: Buffer, { N, r, p }: HashCost, length: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    // Twice what scrypt needs (128 N r), as node refuses at the limit itself.
    scrypt(password, salt, length, { N, r, p, maxmem: 256 * N * r }, (error, key) =>
      error === null ? resolve(key) : reject(error),
    );
  });
}

async function derivesKey(password: string, { cost, salt, key }: ReadHash): Promise<boolean> {
  try {
    return timingSafeEqual(await derive(password, salt, cost, key.length), key);
  } catch {
    return false; // a cost that scrypt refuses
  }
}

function written({ N, r, p }: HashCost, salt: Buffer, key: Buffer): string {
  return ["scrypt", N, r, p, salt.toString("base64"), key.toString("base64")].join("$");
}

const form = /^scrypt\$(\d{1,8})\$(\d{1,2})\$(\d{1,2})\$([A-Za-z0-9+/]+=*)\$([A-Za-z0-9+/]+=*)$/;

function readHash(hash: string): ReadHash | undefined {
  const [, N, r, p, salt = "", key = ""] = form.exec(hash) ?? [];
  if (key === "") return undefined;
  const cost = { N: Number(N), r: Number(r), p: Number(p) };
  return { cost, salt: Buffer.from(salt, "base64"), key: Buffer.from(key, "base64") };
}
