import { createHmac } from "node:crypto";
import type { CredentialScope } from "./request-auth.ts";

/** Keys are derived once a day per secret; a bounded number is kept. */
const kept = new Map<string, Buffer>();
const maxKeys = 4096;

function hmac(key: Buffer | string, data: string): Buffer {
  return createHmac("sha256", key).update(data).digest();
}

export function signingKey(secretKey: string, { date, region, service }: CredentialScope): Buffer {
  const name = `${secretKey}\n${date}\n${region}\n${service}`;
  const known = kept.get(name);
  if (known !== undefined) return known;
  const key = hmac(hmac(hmac(hmac(`AWS4${secretKey}`, date), region), service), "aws4_request");
  if (kept.size >= maxKeys) kept.clear();
  kept.set(name, key);
  return key;
}

/** Lower-case hex. */
export function signature(key: Buffer, text: string): string {
  return createHmac("sha256", key).update(text).digest("hex");
}
