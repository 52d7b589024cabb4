import type { AccessRequest, ContextLookup, StatementRef } from "@s3-credentials/policy";
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

/** It differs from request to request: ms. */
const signatureAge = "s3:signatureage";

/** Characters kept of a value: a client fills some of them as it likes. */
const maxValueLength = 256;

const isLogged: ReadonlySet<string> = new Set([...loggedKeys, signatureAge]);

type Value = ReturnType<ContextLookup>;

interface Member {
  /** In lower case. */
  readonly name: string;
  /** As JSON, before its value. */
  readonly json: string;
}

const memberOf = (name: string): Member => ({ name, json: `"${escaped(name)}":` });
const loggedMembers = loggedKeys.map(memberOf);
const signatureAgeMember = memberOf(signatureAge);

/** As JSON; without absent ones. */
function textOfMember({ name, json }: Member, value: Value): string | undefined {
  if (value === undefined) return undefined;
  return typeof value === "string"
    ? `${json}"${escaped(shown(name, value))}"`
    : json + JSON.stringify(value.map(short));
}

/**
 * What the last request of a caller had for the keys that are logged. Most of its next ones have the same, and to compare them takes a
 * fraction of the time that it takes to make their text.
 */
class LastContext {
  readonly #members: readonly Member[];
  readonly #values: Value[];
  #text = "";

  constructor(own: ReadonlyMap<string, unknown>) {
    const names = [...new Set([...own.keys()].map((key) => key.toLowerCase()))].filter((name) => !isLogged.has(name));
    this.#members = [...loggedMembers, ...names.map(memberOf)];
    this.#values = this.#members.map(() => undefined);
  }

  /** Members as JSON, without braces. */
  textFor(context: ContextLookup): string {
    let isSame = true;
    this.#members.forEach(({ name }, at) => {
      const value = context(name);
      if (value === this.#values[at]) return;
      this.#values[at] = value;
      isSame = false;
    });
    if (!isSame)
      this.#text = this.#members
        .map((one, at) => textOfMember(one, this.#values[at]))
        .filter(isText)
        .join(",");
    return this.#text;
  }
}

function isText(text: string | undefined): text is string {
  return text !== undefined;
}

const lastContexts = new WeakMap<ReadonlyMap<string, unknown>, LastContext>();

function lastContextOf(own: ReadonlyMap<string, unknown>): LastContext {
  let last = lastContexts.get(own);
  if (last === undefined) {
    last = new LastContext(own);
    lastContexts.set(own, last);
  }
  return last;
}

/**
 * What a decision was about, as `s3-credentials explain --request-id` reads it back, but for the account of the resource: `action`,
 * `resource`, and `context`, the values of condition keys by their names in lower case; absent ones are left out. These members as JSON,
 * without braces. `own`, `tagKeys`: see `LoggedDecision`.
 */
export function loggedQuestion(
  { action, resource, context }: AccessRequest,
  { own, tagKeys }: Pick<LoggedDecision, "own" | "tagKeys">,
): string {
  let found = lastContextOf(own).textFor(context);
  const others = tagKeys.length === 0 ? [] : tagKeys.map((key) => memberOf(key.toLowerCase()));
  for (const member of [signatureAgeMember, ...others]) {
    const text = textOfMember(member, context(member.name));
    if (text !== undefined) found += `${found === "" ? "" : ","}${text}`;
  }
  return `"action":"${escaped(action)}","resource":"${escaped(resource)}","context":{${found}}`;
}

/** The statement that decided, as log and record have it: the name of its policy says where it is kept. */
export function loggedStatement({ policyName, index, sid }: StatementRef): Omit<StatementRef, "origin"> {
  return { policyName, index, sid };
}

/** With the keys of the principal. */
export function questionOf(decision: LoggedDecision): string {
  return (decision.question ??= loggedQuestion(decision.asked, decision));
}

/** A page's address may be a presigned URL, which is a credential: it is kept without its query. */
function shown(name: string, value: string): string {
  return short(name === "aws:referer" ? (/^[^?#]*/.exec(value)?.[0] ?? "") : value);
}

function short(value: string): string {
  return value.slice(0, maxValueLength);
}
