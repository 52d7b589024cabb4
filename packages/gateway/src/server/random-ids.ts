import { randomFillSync } from "node:crypto";
import type { Ids } from "../ports/ids.ts";

/** Random bytes for the next ids: to ask for a few costs as much as for many. */
const pool = Buffer.alloc(4096);
let taken = pool.length;

/** To be read before the next call. */
function random(count: number): Buffer {
  if (taken + count > pool.length) {
    randomFillSync(pool);
    taken = 0;
  }
  taken += count;
  return pool.subarray(taken - count, taken);
}

const base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** 256 is a multiple of 32: every letter is as likely as another. */
function letters(count: number): string {
  let text = "";
  for (const byte of random(count)) text += base32.charAt(byte & 31);
  return text;
}

/** 192 bits that need no escaping in a URL. None begins with `-`: command lines would take it for an option. */
function token(): string {
  const text = random(24).toString("base64url");
  return text.startsWith("-") ? token() : text;
}

export const randomIds: Ids = {
  uniqueId: (prefix) => prefix + letters(16),
  requestId: () => random(8).toString("hex").toUpperCase(),
  versionId: token,
  uploadId: token,
  bucketId: () => random(16).toString("hex"),
};
