import { createHmac, timingSafeEqual } from "node:crypto";

/**
 * Session tokens of the instance metadata service, version 2: asked for with PUT, and good for the seconds asked. They are
 * their own record (end and signature), so that a server that forgets nothing holds nothing.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
 */
export function metadataToken(key: Buffer, seconds: number, now: number): string {
  const end = String(now + seconds * 1000);
  return `${Buffer.from(end).toString("base64url")}.${sign(key, end)}`;
}

export function isMetadataToken(key: Buffer, token: string, now: number): boolean {
  const [encoded = "", signature = ""] = token.split(".");
  const end = Buffer.from(encoded, "base64url").toString();
  return isSame(signature, sign(key, end)) && Number(end) > now;
}

function sign(key: Buffer, text: string): string {
  return createHmac("sha256", key).update(text).digest("base64url");
}

export function isSame(given: string, wanted: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** 1 second to 6 hours; undefined for anything else. */
export function tokenSeconds(header: string | undefined): number | undefined {
  if (header === undefined || !/^\d{1,5}$/.test(header)) return undefined;
  const seconds = Number(header);
  return seconds >= 1 && seconds <= 21_600 ? seconds : undefined;
}
