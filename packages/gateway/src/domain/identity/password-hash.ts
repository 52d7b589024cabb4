import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";

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

let last: Promise<unknown> = Promise.resolve();

function derive(password: string, salt: Buffer, { N, r, p }: Parameters, length: number): Promise<Buffer> {
  const work = last.then(
    () =>
      new Promise<Buffer>((resolve, reject) => {
        // Twice what scrypt needs (128 N r), as node refuses at the limit itself.
        scrypt(password, salt, length, { N, r, p, maxmem: 256 * N * r }, (error, key) =>
          error === null ? resolve(key) : reject(error),
        );
      }),
  );
  last = work.catch(() => undefined);
  return work;
}

/** `scrypt$N$r$p$SALT$KEY`, salt and key in base64. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(saltLength);
  const key = await derive(password, salt, now, keyLength);
  return ["scrypt", now.N, now.r, now.p, salt.toString("base64"), key.toString("base64")].join("$");
}

const form = /^scrypt\$(\d{1,8})\$(\d{1,2})\$(\d{1,2})\$([A-Za-z0-9+/]+=*)\$([A-Za-z0-9+/]+=*)$/;

/** False also for a hash that cannot be read. */
export async function passwordMatches(password: string, hash: string): Promise<boolean> {
  const [, N, r, p, salt = "", key = ""] = form.exec(hash) ?? [];
  if (key === "") return false;
  const expected = Buffer.from(key, "base64");
  const parameters = { N: Number(N), r: Number(r), p: Number(p) };
  try {
    const given = await derive(password, Buffer.from(salt, "base64"), parameters, expected.length);
    return timingSafeEqual(given, expected);
  } catch {
    return false;
  }
}
