import type { AccessRequest, StatementRef } from "@s3-credentials/policy";
import type { LoggedDecision } from "../ports/request-log.ts";
import { escaped } from "./escaped.ts";

/**
 * The keys a policy can read that are logged, beside those of the principal. INVARIANT: none of them holds a signature, a
 * token or a secret. The external id (`sts:externalid`) is not among them: it is shared in confidence.
 */
const loggedKeys = [
  "aws:sourceip",
  "aws:securetransport",
  "aws:currenttime",
  "aws:epochtime",
  "aws:useragent",
  "aws:referer",
  "aws:requestedregion",
  "s3:authtype",
  "s3:signatureage",
  "s3:signatureversion",
  "s3:tlsversion",
  "s3:x-amz-content-sha256",
  "s3:prefix",
  "s3:delimiter",
  "s3:max-keys",
  "s3:versionid",
  "s3:requestobjecttagkeys",
  "s3:x-amz-acl",
  "s3:x-amz-grant-full-control",
  "s3:x-amz-grant-read",
  "s3:x-amz-grant-read-acp",
  "s3:x-amz-grant-write",
  "s3:x-amz-grant-write-acp",
  "s3:x-amz-copy-source",
  "s3:x-amz-metadata-directive",
  "s3:x-amz-storage-class",
  "s3:x-amz-server-side-encryption",
  "s3:x-amz-server-side-encryption-aws-kms-key-id",
  "s3:x-amz-server-side-encryption-customer-algorithm",
  "s3:x-amz-website-redirect-location",
  "s3:x-amz-object-ownership",
  "s3:object-lock-mode",
  "s3:object-lock-legal-hold",
  "s3:object-lock-retain-until-date",
  "s3:object-lock-remaining-retention-days",
  "s3:if-match",
  "s3:if-none-match",
  "s3:objectcreationoperation",
  "s3:locationconstraint",
  "s3:inventoryaccessibleoptionalfields",
  "iam:permissionsboundary",
  "iam:policyarn",
  "sts:rolesessionname",
  "sts:sourceidentity",
] as const;

/** Characters kept of a value: a client fills some of them as it likes. */
const maxValueLength = 256;

const isLogged: ReadonlySet<string> = new Set(loggedKeys);

/** With each name as JSON, before its value. */
const loggedMembers = loggedKeys.map((name) => [name, `"${name}":`] as const);

/** A condition key of a caller, as a question has it. */
interface OwnKey {
  /** In lower case. */
  readonly name: string;
  /** As JSON, before its value; undefined for one that is among the keys of every question. */
  readonly member: string | undefined;
}

/** By their names in any case: callers have few different ones, but their tags may have any. */
const ownKeysByName = boundedMap<OwnKey>();

function ownKey(key: string): OwnKey {
  return ownKeysByName(key, () => {
    const name = key.toLowerCase();
    return { name, member: isLogged.has(name) ? undefined : `"${escaped(name)}":` };
  });
}

/** As JSON. The values of a caller are the same in its next request. */
const quotedOwnValues = boundedMap<string>();

function quotedOwn(value: string | readonly string[]): string {
  if (typeof value !== "string") return JSON.stringify(value.map(short));
  return quotedOwnValues(value, () => JSON.stringify(short(value)));
}

/**
 * What a decision was about, as `s3-credentials explain --request-id` reads it back, but for the account of the resource: `action`,
 * `resource`, and `context`, the values of condition keys by their names in lower case; absent ones are left out. These members as JSON,
 * without braces. `ownKeys`: see `LoggedDecision`.
 */
export function loggedQuestion({ action, resource, context }: AccessRequest, ownKeys: Iterable<string>): string {
  let found = "";
  for (const [name, member] of loggedMembers) {
    const value = context(name);
    if (value === undefined) continue;
    const text = typeof value === "string" ? `"${escaped(shown(name, value))}"` : JSON.stringify(value.map(short));
    found += `${found === "" ? "" : ","}${member}${text}`;
  }
  for (const key of ownKeys) {
    const { name, member } = ownKey(key);
    const value = member === undefined ? undefined : context(name);
    if (value !== undefined) found += `${found === "" ? "" : ","}${member}${quotedOwn(value)}`;
  }
  return `"action":"${escaped(action)}","resource":"${escaped(resource)}","context":{${found}}`;
}

/** The statement that decided, as log and record have it: the name of its policy says where it is kept. */
export function loggedStatement({ policyName, index, sid }: StatementRef): Omit<StatementRef, "origin"> {
  return { policyName, index, sid };
}

/** With the keys of the principal. */
export function questionOf(decision: LoggedDecision): string {
  return (decision.question ??= loggedQuestion(decision.asked, decision.ownKeys));
}

/** A page's address may be a presigned URL, which is a credential: it is kept without its query. */
function shown(name: string, value: string): string {
  return short(name === "aws:referer" ? (/^[^?#]*/.exec(value)?.[0] ?? "") : value);
}

function short(value: string): string {
  return value.slice(0, maxValueLength);
}

/** What is made of a text, until there are a thousand of them; then it begins anew. */
function boundedMap<T>(): (text: string, make: () => T) => T {
  const known = new Map<string, T>();
  return (text, make) => {
    let found = known.get(text);
    if (found === undefined) {
      if (known.size === 1000) known.clear();
      found = make();
      known.set(text, found);
    }
    return found;
  };
}
