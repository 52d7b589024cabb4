import { uriEncode, urlEncodeKey } from "@s3-credentials/protocol";
import type { AccessEntry } from "../ports/access-log.ts";

/** Parameters that are credentials or keys, in lower case. A URL that has one is as good as the key that made it. */
const secretParameters: ReadonlySet<string> = new Set([
  "signature",
  "x-amz-copy-source-server-side-encryption-customer-key",
  "x-amz-security-token",
  "x-amz-server-side-encryption-customer-key",
  "x-amz-signature",
]);

function isSecret(name: string): boolean {
  try {
    return secretParameters.has(decodeURIComponent(name).toLowerCase());
  } catch {
    return false; // the gateway decodes no such name either
  }
}

/** Without the values of parameters that nobody who reads a log should have, of a URL or of its path and query. */
function withoutSecrets(url: string): string {
  return url.replace(/([?&#])([^=&#]*)=([^&#]*)/g, (whole, before: string, name: string) =>
    isSecret(name) ? `${before}${name}=-` : whole,
  );
}

/** Whatever could end a field or a line: quotes, spaces that are none, control characters, and all beyond ASCII. */
const unsafe = /[^\x20-\x7E]|"/gu;

/** INVARIANT: what a client sends stays inside its quotes. Percent signs stay as they are, because URLs have them already. */
function quoted(text: string | undefined): string {
  if (text === undefined || text === "") return '"-"';
  return `"${text.replace(unsafe, (character) => uriEncode(Buffer.from(character), true))}"`;
}

/** A field without quotes: no spaces either. */
function plain(value: string | number | undefined): string {
  if (value === undefined || value === "") return "-";
  return String(value).replace(/[^\x21-\x7E]|"/gu, (character) => uriEncode(Buffer.from(character), true));
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** `[06/Feb/2019:00:00:38 +0000]`. */
function bracketed(time: number): string {
  const iso = new Date(time).toISOString();
  const month = months[Number(iso.slice(5, 7)) - 1] ?? "";
  return `[${iso.slice(8, 10)}/${month}/${iso.slice(0, 4)}:${iso.slice(11, 19)} +0000]`;
}

/** Whose log it is in, and as what. */
export interface LineSubject {
  readonly bucketName: string;
  readonly region: string;
  /** The canonical user id of the bucket's owner. */
  readonly ownerId: string;
  /** `REST.GET.OBJECT`. */
  readonly operation: string;
}

/**
 * One line, with its line feed. Fields that the gateway does not know, as S3 may not, are `-`: there are no access points, and whether an ACL
 * was needed is not kept.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html
 */
export function accessLogLine(subject: LineSubject, entry: AccessEntry): string {
  const { bucketName, region, ownerId, operation } = subject;
  const { time, remote, requester, requestId, key, method, uri, httpVersion, status, code } = entry;
  const { sent, objectSize, totalMs, turnAroundMs, referer, userAgent, versionId, hostId } = entry;
  const { signature, cipher, authType, host, tlsVersion } = entry;
  return `${[
    ownerId,
    bucketName,
    bracketed(time),
    plain(remote),
    plain(requester),
    plain(requestId),
    operation,
    key === undefined || key === "" ? "-" : urlEncodeKey(key),
    quoted(uri === undefined ? undefined : `${method} ${withoutSecrets(uri)} HTTP/${httpVersion}`),
    status,
    plain(code),
    plain(sent === 0 ? undefined : sent),
    plain(objectSize),
    Math.round(totalMs),
    plain(turnAroundMs === undefined ? undefined : Math.round(turnAroundMs)),
    // Readers of these logs take it for a field without spaces, as no URL has any.
    quoted(referer === undefined ? undefined : withoutSecrets(referer).replaceAll(" ", "%20")),
    quoted(userAgent),
    plain(versionId),
    plain(hostId),
    plain(signature),
    plain(cipher),
    plain(authType),
    plain(host),
    plain(tlsVersion === undefined ? undefined : `TLSv${tlsVersion}`),
    "-",
    "-",
    plain(region),
  ].join(" ")}\n`;
}
