import type { AccessRequest } from "@s3-credentials/policy";
import type { LoggedDecision } from "../ports/request-log.ts";

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
  "s3:x-amz-object-ownership",
  "s3:if-match",
  "s3:if-none-match",
  "s3:objectcreationoperation",
  "s3:locationconstraint",
  "iam:permissionsboundary",
  "iam:policyarn",
  "sts:rolesessionname",
  "sts:sourceidentity",
] as const;

/** Characters kept of a value: a client fills some of them as it likes. */
const maxValueLength = 256;

const isLogged: ReadonlySet<string> = new Set(loggedKeys);

/** With each name as JSON. */
const quotedKeys = loggedKeys.map((name) => [name, JSON.stringify(name)] as const);

/**
 * What a decision was about, as `s3-credentials explain --request-id` reads it back, but for the account of the resource: `action`,
 * `resource`, and `context`, the values of condition keys by their names in lower case; absent ones are left out. These members as JSON,
 * without braces. `ownKeys`: see `LoggedDecision`.
 */
export function loggedQuestion({ action, resource, context }: AccessRequest, ownKeys: Iterable<string>): string {
  let found = "";
  const add = (name: string, quoted: string): void => {
    const value = context(name);
    if (value === undefined) return;
    const text = JSON.stringify(typeof value === "string" ? shown(name, value) : value.map(short));
    found += `${found === "" ? "" : ","}${quoted}:${text}`;
  };
  for (const [name, quoted] of quotedKeys) add(name, quoted);
  for (const key of ownKeys) {
    const name = key.toLowerCase();
    if (!isLogged.has(name)) add(name, JSON.stringify(name));
  }
  return `"action":${JSON.stringify(action)},"resource":${JSON.stringify(resource)},"context":{${found}}`;
}

const questions = new WeakMap<LoggedDecision, string>();

/** With the keys of the principal. The log and the record both have it, so it is made once. */
export function questionOf(decision: LoggedDecision): string {
  let question = questions.get(decision);
  if (question === undefined) {
    question = loggedQuestion(decision.asked, decision.ownKeys);
    questions.set(decision, question);
  }
  return question;
}

/** A page's address may be a presigned URL, which is a credential: it is kept without its query. */
function shown(name: string, value: string): string {
  return short(name === "aws:referer" ? (/^[^?#]*/.exec(value)?.[0] ?? "") : value);
}

function short(value: string): string {
  return value.slice(0, maxValueLength);
}
