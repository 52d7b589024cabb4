/** Webhooks in the file of `--notification-targets`. */
import { isRecord } from "@s3-credentials/policy/parse";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileFault } from "./file-fault.ts";
import type { WebhookTarget } from "./config.ts";
import type { Fault } from "./json-file.ts";

export const webhookMembers = ["name", "accounts", "url", "headers", "secret", "ca", "allowPrivate"] as const;

/** `given` has no other members than these. What is wrong is said without anything that it holds, because it may have secrets. */
export function readWebhook(given: Readonly<Record<string, unknown>>, folder: string, fault: Fault): WebhookTarget {
  const { headers = {}, secret, ca, allowPrivate: allowsPrivate = false } = given;
  if (typeof allowsPrivate !== "boolean") return fault("allowPrivate", "it is neither true nor false");
  return {
    kind: "webhook",
    url: readUrl(given["url"], allowsPrivate, fault),
    headers: readHeaders(headers, fault),
    secret: secret === undefined ? undefined : readSecret(secret, fault),
    authorities: ca === undefined ? undefined : readAuthorities(ca, folder, fault),
    allowsPrivate,
  };
}

function readUrl(given: unknown, allowsPrivate: boolean, fault: Fault): string {
  const url = typeof given === "string" && URL.canParse(given) ? new URL(given) : undefined;
  if (url === undefined || (url.protocol !== "https:" && url.protocol !== "http:"))
    return fault("url", "it is not a URL; give one such as https://hooks.example.com/s3");
  if (url.protocol === "http:" && !allowsPrivate)
    return fault("url", "http: is not encrypted; give https:, or add allowPrivate for a server of your own network");
  if (url.username !== "" || url.password !== "") return fault("url", "it has a name or a password; use headers");
  if (url.hash !== "") return fault("url", "it has a fragment, which is never sent; leave it out");
  return url.href;
}

/** What the gateway sets, and what HTTP needs for itself. */
const ownHeaders =
  /^(content-.*|webhook-.*|proxy-.*|host|user-agent|connection|keep-alive|transfer-encoding|te|trailer|upgrade|expect)$/;

function readHeaders(given: unknown, fault: Fault): Readonly<Record<string, string>> {
  if (!isRecord(given)) return fault("headers", "it is not an object of names and values");
  const read = Object.entries(given).map(([sent, value]) => {
    const name = sent.toLowerCase();
    if (!/^[a-z0-9_-]{1,100}$/.test(name) || ownHeaders.test(name))
      return fault("headers", "one of its names is none that can be set; give names such as authorization");
    if (typeof value !== "string" || !/^[\x20-\x7e]{1,4096}$/.test(value))
      return fault("headers", "one of its values is not a text of up to 4096 characters of ASCII");
    return [name, value] as const;
  });
  return Object.fromEntries(read);
}

/** "between 24 bytes (192 bits) and 64 bytes (512 bits)". https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
function readSecret(given: unknown, fault: Fault): Buffer {
  const text = typeof given === "string" ? given.replace(/^whsec_/, "") : "";
  const secret = Buffer.from(text, "base64");
  const isBase64 = secret.toString("base64").replace(/=+$/, "") === text.replace(/=+$/, "");
  return isBase64 && secret.length >= 24 && secret.length <= 64
    ? secret
    : fault("secret", "it is not whsec_ and 24 to 64 bytes in base64; make one: echo whsec_$(openssl rand -base64 32)");
}

function readAuthorities(given: unknown, folder: string, fault: Fault): string {
  if (typeof given !== "string" || given === "") return fault("ca", "it is not the name of a file");
  let pem = "";
  try {
    pem = readFileSync(resolve(folder, given), "utf8");
  } catch (error) {
    return fault("ca", `${fileFault(error)}; give a file of certificates in PEM`);
  }
  return pem.includes("-----BEGIN CERTIFICATE-----") ? pem : fault("ca", "the file has no certificate in PEM");
}
