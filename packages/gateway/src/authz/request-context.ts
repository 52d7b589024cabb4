import { readIsoDate } from "../operations/s3/iso-date.ts";
import { dayMs } from "../ports/clock.ts";
import { type ContextLookup, findAction, hasConditionKey } from "@s3-credentials/policy";
import { headerText } from "@s3-credentials/protocol";
import type { S3ConditionKey } from "../operations/demand.ts";
import type { S3Subject } from "../operations/s3/s3-subject.ts";
import type { BucketRecord } from "../ports/bucket-registry.ts";
import type { Version } from "../ports/object-version.ts";
import type { Tag } from "../ports/tag.ts";
import type { KmsKeys } from "../ports/kms-keys.ts";
import type { Caller, ResourceAccount } from "../ports/principal-directory.ts";
import type { GatewayRequest, Verified } from "../authn/request.ts";

type Value = string | readonly string[];

/** What the context of one request is made from. */
export interface ContextFacts {
  readonly request: Pick<GatewayRequest, "headers" | "query" | "secure" | "tlsVersion" | "now" | "signal"> & {
    /** Undefined: no client sent it. */
    readonly sourceIp: string | undefined;
    readonly clientNetwork: string | undefined;
  };
  readonly auth: Verified;
  readonly caller: Caller;
  /** When the caller proved with an MFA device who it is, with this very request. Default: when its session was made so. */
  readonly mfaAt?: number;
  /** Accounts that have something the request is about; what is not among them is no account here. */
  readonly accounts: ReadonlyMap<string, ResourceAccount>;
  /** Makes the ARN of a key that a request names. */
  readonly kmsKeys?: KmsKeys;
  /** For what a service does by itself: the bucket that made it do so. */
  readonly source?: Pick<BucketRecord, "name" | "owner">;
  /** The region of the gateway. The region in the signature is only what the client says. */
  readonly region: string;
}

/** What one demand adds: the resource it is made on. */
export interface DemandContext {
  readonly resourceAccount: string | undefined;
  readonly subject: S3Subject | undefined;
  readonly versionId: string | undefined;
  /** Of an item. */
  readonly ifMatch?: string | undefined;
  /** The resource is the source of a copy. */
  readonly isSource?: boolean;
  readonly bucket?: BucketRecord | undefined;
  /** The stored object, where the decision depends on it. */
  readonly object?: Version | undefined;
  /** The tags that the request puts on an object. */
  readonly requestTags?: readonly Tag[] | undefined;
}

/** `rest`: of a key that means a family, what comes after its `/`, in lower case. */
type Reader = (facts: ContextFacts, demand: DemandContext, rest: string) => Value | undefined;

function header(name: string): Reader {
  return ({ request }) => {
    const value = request.headers.get(name);
    return value === undefined ? undefined : headerText(value);
  };
}

/**
 * What the operation says itself, because it is not in this request's head (the initiation of an upload, a document), or else the header.
 * An empty list says that there is none, whatever a header says.
 */
function saidOrSent(key: S3ConditionKey): (facts: ContextFacts, demand: DemandContext) => string | undefined {
  return ({ request }, { subject }) => {
    const said = subject?.context?.get(key);
    if (said !== undefined) return typeof said === "string" ? said : undefined;
    const name = key.slice("s3:".length);
    const sent = request.headers.get(name.startsWith("x-amz-") ? name : `x-amz-${name}`);
    return sent === undefined ? undefined : headerText(sent);
  };
}

function parameter(name: string): Reader {
  return ({ request }) => request.query.get(name);
}

/**
 * How the body is signed, not what a header beside the signature claims: absent for an anonymous request, and `UNSIGNED-PAYLOAD`
 * for a presigned one whose signature does not hold the header.
 */
function signedPayload({ auth, request }: ContextFacts): string | undefined {
  if (auth === undefined) return undefined;
  const name = "x-amz-content-sha256";
  if (auth.form === "header") return request.headers.get(name);
  if (auth.form === "post") return "UNSIGNED-PAYLOAD";
  if (auth.form === "presigned-v2") return request.headers.get(name) ?? "UNSIGNED-PAYLOAD";
  if (auth.signedHeaders.includes(name)) return request.headers.get(name);
  return request.query.get("X-Amz-Content-Sha256") ?? "UNSIGNED-PAYLOAD";
}

/** ms. Signature Version 2 does not say when it was made; the page has 0 for it. */
function signatureAge({ auth, request }: ContextFacts): string | undefined {
  if (auth === undefined) return undefined;
  return auth.form === "presigned-v2" ? "0" : String(Math.max(0, request.now - auth.time));
}

/** A condition on the object of the request. The source of a copy has headers of its own, and no key is documented for them. */
function condition(name: string): Reader {
  const read = header(name);
  return (facts, demand, rest) => (demand.isSource === true ? undefined : read(facts, demand, rest));
}

/** Fractions of a day count: rounded down, a request could exceed the limit of a policy by almost a day. */
function remainingDays(facts: ContextFacts, demand: DemandContext): string | undefined {
  const until = readIsoDate(saidOrSent("s3:object-lock-retain-until-date")(facts, demand) ?? "");
  return Number.isNaN(until) ? undefined : ((until - facts.request.now) / dayMs).toFixed(6);
}

/** The last second and its text: several statements ask for it, and so does the log. */
const clock = { second: Number.NaN, text: "" };

function isoSeconds(time: number): string {
  const second = Math.floor(time / 1000);
  if (second !== clock.second) {
    clock.text = `${new Date(time).toISOString().slice(0, 19)}Z`;
    clock.second = second;
  }
  return clock.text;
}

function accountOfResource(
  { accounts }: ContextFacts,
  { resourceAccount }: DemandContext,
): ResourceAccount | undefined {
  return resourceAccount === undefined ? undefined : accounts.get(resourceAccount);
}

/**
 * Keys of every request. INVARIANT: none of them is read from a place that a client may fill with another key's name; no
 * header or query parameter becomes a key but by a line of these tables.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
 */
export const globalKeys = {
  "aws:sourceip": ({ request }) => request.sourceIp,
  "aws:securetransport": ({ request }) => String(request.secure),
  "aws:currenttime": ({ request }) => isoSeconds(request.now),
  "aws:epochtime": ({ request }) => String(Math.floor(request.now / 1000)),
  "aws:useragent": header("user-agent"),
  "aws:referer": header("referer"),
  "aws:requestedregion": ({ region }) => region,
  "aws:resourceaccount": (_facts, { resourceAccount }) => resourceAccount,
  "aws:resourceorgid": (facts, demand) => accountOfResource(facts, demand)?.organizationId,
  "aws:resourceorgpaths": (facts, demand) => {
    const path = accountOfResource(facts, demand)?.organizationPath;
    return path === undefined ? undefined : [path];
  },
  "aws:viaawsservice": () => "false",
  // "This key is in the request context only when the principal uses temporary security credentials", or sends a code with the request.
  "aws:multifactorauthpresent": ({ mfaAt, caller: { session } }) =>
    mfaAt !== undefined ? "true" : session === undefined ? undefined : String(session.mfaAt !== undefined),
  // Seconds. "This key is present only when the principal was authenticated using MFA".
  "aws:multifactorauthage": ({ mfaAt: sent, request, caller: { session } }) => {
    const mfaAt = sent ?? session?.mfaAt;
    return mfaAt === undefined ? undefined : String(Math.max(0, Math.floor((request.now - mfaAt) / 1000)));
  },
  // "Anonymous requests do not include this key", nor do those with the token of an identity provider: `principalContext` says so.
  "aws:principalisawsservice": ({ caller: { principal } }) =>
    principal.kind === "anonymous" || principal.kind === "web-identity"
      ? undefined
      : String(principal.kind === "service"),
  // Only a service has them, for the bucket that it works for: INVARIANT: whatever a principal's record says.
  "aws:sourceaccount": ({ source }) => source?.owner,
  "aws:sourcearn": ({ source }) => source && `arn:aws:s3:::${source.name}`,
  "aws:sourceorgid": ({ source, accounts }) => source && accounts.get(source.owner)?.organizationId,
  "aws:sourceorgpaths": ({ source, accounts }) => {
    const path = source && accounts.get(source.owner)?.organizationPath;
    return path === undefined ? undefined : [path];
  },
  // These only an AWS service or network could state; here they are always absent, whatever a principal's record says.
  "aws:calledvia": () => undefined,
  "aws:calledviafirst": () => undefined,
  "aws:calledvialast": () => undefined,
  "aws:sourcevpc": () => undefined,
  "aws:sourcevpce": () => undefined,
  "aws:vpcsourceip": () => undefined,
} as const satisfies Readonly<Record<string, Reader>>;

/**
 * The value of a tag. The names of condition keys do not differ by case, and the keys of tags do: tags that one name means give
 * several values, which no Allow takes for one, and every Deny does.
 */
function tagValue(tags: readonly Tag[], name: string): Value | undefined {
  const values = tags.filter(({ key }) => key.toLowerCase() === name).map(({ value }) => value);
  return values.length > 1 ? values : values[0];
}

/** Of a bucket that has no access by tags, policies know none. https://docs.aws.amazon.com/AmazonS3/latest/userguide/buckets-tagging-enable-abac.html */
const bucketTag: Reader = (_facts, { bucket }, name) =>
  bucket?.abac === true ? tagValue(bucket.tags, name) : undefined;

/** https://docs.aws.amazon.com/AmazonS3/latest/API/bucket-policy-s3-sigv4-conditions.html */
const authTypes = {
  header: "REST-HEADER",
  presigned: "REST-QUERY-STRING",
  "presigned-v2": "REST-QUERY-STRING",
  post: "POST",
} as const;

/** Keys of every S3 request. */
export const s3Keys = {
  "s3:authtype": ({ auth }) => (auth === undefined ? undefined : authTypes[auth.form]),
  "s3:signatureversion": ({ auth }) =>
    auth === undefined ? undefined : auth.form === "presigned-v2" ? "AWS" : "AWS4-HMAC-SHA256",
  "s3:signatureage": signatureAge,
  "s3:x-amz-content-sha256": signedPayload,
  "aws:resourcetag/": bucketTag,
  "s3:buckettag/": bucketTag,
  "s3:resourceaccount": (_facts, { resourceAccount }) => resourceAccount,
  "s3:tlsversion": ({ request }) => request.tlsVersion,
} as const satisfies Readonly<Record<string, Reader>>;

/**
 * Keys of some S3 operations: present only where the operation's row lists them, so that a stray parameter of another
 * operation meets no condition.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
 */
export const s3OperationKeys = {
  "s3:prefix": parameter("prefix"),
  "s3:delimiter": parameter("delimiter"),
  "s3:max-keys": parameter("max-keys"),
  "s3:versionid": (_facts, { versionId }) => versionId,
  "s3:x-amz-acl": header("x-amz-acl"),
  "s3:x-amz-grant-full-control": header("x-amz-grant-full-control"),
  "s3:x-amz-grant-read": header("x-amz-grant-read"),
  "s3:x-amz-grant-read-acp": header("x-amz-grant-read-acp"),
  "s3:x-amz-grant-write": header("x-amz-grant-write"),
  "s3:x-amz-grant-write-acp": header("x-amz-grant-write-acp"),
  // The decoded names, not the header: two ways to write one source are one value.
  "s3:x-amz-copy-source": (_facts, { subject }) =>
    subject?.source === undefined ? undefined : `${subject.source.bucket}/${subject.source.key}`,
  "s3:x-amz-metadata-directive": header("x-amz-metadata-directive"),
  "s3:x-amz-storage-class": header("x-amz-storage-class"),
  "s3:x-amz-server-side-encryption": saidOrSent("s3:x-amz-server-side-encryption"),
  // The ARN, so that a policy about a key holds for its alias too.
  "s3:x-amz-server-side-encryption-aws-kms-key-id": (facts, demand) => {
    const name = saidOrSent("s3:x-amz-server-side-encryption-aws-kms-key-id")(facts, demand);
    return name === undefined ? undefined : (facts.kmsKeys?.find(name)?.arn ?? name);
  },
  "s3:x-amz-server-side-encryption-customer-algorithm": saidOrSent(
    "s3:x-amz-server-side-encryption-customer-algorithm",
  ),
  "s3:x-amz-website-redirect-location": header("x-amz-website-redirect-location"),
  "s3:x-amz-object-ownership": header("x-amz-object-ownership"),
  // Each item has its own condition. A header of the request says nothing about any item.
  "s3:if-match": (facts, demand, rest) =>
    demand.subject?.items === undefined ? condition("if-match")(facts, demand, rest) : demand.ifMatch,
  "s3:if-none-match": condition("if-none-match"),
  "s3:object-lock-mode": saidOrSent("s3:object-lock-mode"),
  "s3:object-lock-legal-hold": saidOrSent("s3:object-lock-legal-hold"),
  "s3:object-lock-retain-until-date": saidOrSent("s3:object-lock-retain-until-date"),
  "s3:object-lock-remaining-retention-days": remainingDays,
  "s3:existingobjecttag/": (_facts, { object }, name) =>
    object?.kind === "object" ? tagValue(object.metadata.tags ?? [], name) : undefined,
  "s3:requestobjecttag/": (_facts, { requestTags = [] }, name) => tagValue(requestTags, name),
  "s3:requestobjecttagkeys": (_facts, { requestTags = [] }) => {
    const keys = requestTags.map(({ key }) => key);
    return keys.length === 0 ? undefined : keys;
  },
  "s3:objectcreationoperation": (_facts, { subject }) => subject?.context?.get("s3:ObjectCreationOperation"),
  "s3:inventoryaccessibleoptionalfields": (_facts, { subject }) =>
    subject?.context?.get("s3:InventoryAccessibleOptionalFields"),
  "s3:locationconstraint": (_facts, { subject }) => subject?.context?.get("s3:LocationConstraint"),
} as const satisfies Readonly<Record<Lowercase<S3ConditionKey>, Reader>>;

const always: ReadonlyMap<string, Reader> = new Map(Object.entries(globalKeys));
const alwaysInS3: ReadonlyMap<string, Reader> = new Map(Object.entries({ ...globalKeys, ...s3Keys }));
const perOperation: ReadonlyMap<string, Reader> = new Map(Object.entries(s3OperationKeys));

const readersByKeys = new WeakMap<readonly string[], Map<string, ReadonlyMap<string, Reader>>>();

/**
 * The readers of one action of an S3 operation, made once: of the keys that the operation can have, an action has those that are documented
 * for it, whatever other actions the same request needs. Throws for a key that this file cannot fill: a fault of the table.
 */
export function s3Readers(conditionKeys: readonly string[], action: string): ReadonlyMap<string, Reader> {
  const ofRow = readersByKeys.get(conditionKeys) ?? new Map<string, ReadonlyMap<string, Reader>>();
  const made = ofRow.get(action) ?? makeReaders(conditionKeys, action);
  readersByKeys.set(conditionKeys, ofRow.set(action, made));
  return made;
}

function makeReaders(conditionKeys: readonly string[], action: string): ReadonlyMap<string, Reader> {
  const readers = new Map(alwaysInS3);
  const known = findAction(action);
  for (const key of conditionKeys) {
    if (known === undefined || !hasConditionKey(known, key)) continue;
    const name = key.toLowerCase();
    const reader = perOperation.get(name) ?? readers.get(name);
    if (reader === undefined) throw new Error(`no reader for the condition key ${key}`);
    readers.set(name, reader);
  }
  return readers;
}

const nothing: ReadonlyMap<string, Value> = new Map();

const lowerCased = new WeakMap<ReadonlyMap<string, Value>, ReadonlyMap<string, Value>>();

/** The values of a principal are the same map in all its requests, and never change. */
function withLowerCaseKeys(values: ReadonlyMap<string, Value>): ReadonlyMap<string, Value> {
  let made = lowerCased.get(values);
  if (made === undefined) {
    made = new Map([...values].map(([key, value]) => [key.toLowerCase(), value]));
    lowerCased.set(values, made);
  }
  return made;
}

/** Looks a key up: first what the gateway itself knows, then the principal's, then the operation's. */
export function requestContext(
  facts: ContextFacts,
  demand: DemandContext,
  readers: ReadonlyMap<string, Reader> = always,
  operation: ReadonlyMap<string, Value> = nothing,
): ContextLookup {
  return (key) => {
    const name = key.toLowerCase();
    const family = name.indexOf("/") + 1;
    const reader = readers.get(family === 0 ? name : name.slice(0, family));
    if (reader !== undefined) return reader(facts, demand, name.slice(family));
    return withLowerCaseKeys(facts.caller.context).get(name) ?? withLowerCaseKeys(operation).get(name);
  };
}
