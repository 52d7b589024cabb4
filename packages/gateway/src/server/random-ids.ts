import { randomBytes } from "node:crypto";
import type { Ids } from "../ports/ids.ts";

const base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** 256 is a multiple of 32: every letter is as likely as another. */
function letters(count: number): string {
  let text = "";
  for (const byte of randomBytes(count)) text += base32.charAt(byte & 31);
  return text;
}

export const randomIds: Ids = {
  uniqueId: (prefix) => prefix + letters(16),
  requestId: () => randomBytes(8).toString("hex").toUpperCase(),
  versionId: () => randomBytes(24).toString("base64url"),
  uploadId: () => randomBytes(24).toString("base64url"),
  bucketId: () => randomBytes(16).toString("hex"),
};
