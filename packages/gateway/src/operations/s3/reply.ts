import type { Principal } from "@s3-credentials/policy";
import { type XmlContent, type XmlNode, element } from "@s3-credentials/protocol";
import { type Refusal, type Reply, refuse } from "../operation.ts";
import type { BucketRecord } from "../../ports/bucket-registry.ts";
import { objectOwner } from "../../ports/object-owner.ts";
import type { Ports } from "../../ports/ports.ts";
import { minPartSize } from "../../domain/objects/complete-upload.ts";
import type { WriteRefusal } from "../../ports/object-write.ts";
import type { QuotaExcess } from "../../ports/quotas.ts";

const namespace = "http://s3.amazonaws.com/doc/2006-03-01/";

export function xmlReply(name: string, content: XmlContent, headers: Readonly<Record<string, string>> = {}): Reply {
  return {
    kind: "reply",
    status: 200,
    headers,
    body: { kind: "xml", root: element(name, content, { xmlns: namespace }) },
  };
}

export function emptyReply(status: number, headers: Readonly<Record<string, string>> = {}): Reply {
  return { kind: "reply", status, headers, body: { kind: "none" } };
}

/** `2026-11-23T12:00:00.000Z`, the form of times in the XML of S3. */
export function isoTime(time: number): string {
  return new Date(time).toISOString();
}

export function quoted(etag: string): string {
  return `"${etag}"`;
}

export function ownerElement(name: "Owner" | "Initiator", id: string): XmlNode {
  return element(name, [element("ID", id)]);
}

/** S3 names owners by canonical user id. */
export async function canonicalOwner(
  { identity }: Pick<Ports, "identity">,
  { owner }: Pick<BucketRecord, "owner">,
): Promise<string> {
  const account = await identity.findAccount(owner);
  if (account === undefined) throw new Error("the owner of a bucket or object is not in the directory");
  return account.canonicalId;
}

/** Gives the canonical user id of the owner of each listed object or upload. Each account is looked up once. */
export async function canonicalOwners(
  ports: Pick<Ports, "identity">,
  bucket: BucketRecord,
  listed: readonly { readonly owner: string }[],
): Promise<(one: { readonly owner: string }) => string> {
  const found = new Map<string, string>();
  for (const one of listed) {
    const owner = objectOwner(bucket, one);
    if (!found.has(owner)) found.set(owner, await canonicalOwner(ports, { owner }));
  }
  return (one) => found.get(objectOwner(bucket, one)) ?? "";
}

const codes = {
  "precondition-failed": "PreconditionFailed",
  "conditional-miss": "NoSuchKey",
  "bucket-closed": "NoSuchBucket",
  "no-such-upload": "NoSuchUpload",
  "invalid-part": "InvalidPart",
  "invalid-part-order": "InvalidPartOrder",
  "part-too-small": "EntityTooSmall",
  "no-such-version": "NoSuchVersion",
  locked: "AccessDenied",
  "quota-exceeded": "QuotaExceeded",
} as const satisfies Readonly<Record<WriteRefusal["kind"], string>>;

/** Who writes where. */
interface Writing {
  readonly principal: Principal;
  readonly bucket: Pick<BucketRecord, "owner">;
  readonly mayList: () => Promise<boolean>;
}

/**
 * The S3 error of an outcome of the data plane. Only a caller who may list the bucket learns that a condition
 * failed because there is no object.
 */
export async function writeRefusal(refused: WriteRefusal, by: Writing, about: WriteFacts = {}): Promise<Refusal> {
  const { kind } = refused;
  if (kind === "conditional-miss" && !(await by.mayList())) return refuse("AccessDenied");
  return refuse(codes[kind], messageOf(refused, by), { details: known(detailsOf(refused, about)) });
}

function messageOf({ kind, excess }: WriteRefusal, { principal, bucket }: Writing): string | undefined {
  if (kind === "locked") return "Access Denied because object protected by object lock.";
  const isOfOwner = "accountId" in principal && principal.accountId === bucket.owner;
  return excess !== undefined && isOfOwner ? quotaMessage(excess) : undefined;
}

/** For callers of the account of the owner: others do not learn how much it holds. */
function quotaMessage({ scope, unit, limit, used, asked }: QuotaExcess): string {
  const whose = scope === "bucket" ? "this bucket" : "the account that owns this bucket";
  return `The quota of ${whose} is ${limit} ${unit}: ${used} are used, and this request would add ${asked}. Delete what is not needed, or have the quota raised.`;
}

/** What a write was about, for the details of its refusal. */
interface WriteFacts {
  readonly key?: string | undefined;
  readonly versionId?: string | undefined;
  readonly condition?: { readonly ifMatch?: string | undefined };
  readonly uploadId?: string | undefined;
  /** ETags by number. */
  readonly parts?: readonly { readonly number: number; readonly etag: string }[];
}

type Details = Readonly<Record<string, string | undefined>>;

/** As S3 names them; what is unknown is left out. */
function detailsOf(
  { kind, detail, size }: WriteRefusal,
  { key, versionId, condition, uploadId, parts }: WriteFacts,
): Details {
  const part = { PartNumber: detail, ETag: parts?.find(({ number }) => String(number) === detail)?.etag };
  switch (kind) {
    case "precondition-failed":
      return { Condition: condition?.ifMatch === undefined ? "If-None-Match" : "If-Match" };
    case "conditional-miss":
      return { Key: key };
    case "no-such-version":
      return { Key: key, VersionId: versionId };
    case "no-such-upload":
    case "invalid-part-order":
      return { UploadId: uploadId };
    case "invalid-part":
      return { UploadId: uploadId, ...part };
    case "part-too-small":
      return {
        ProposedSize: size === undefined ? undefined : String(size),
        MinSizeAllowed: String(minPartSize),
        ...part,
      };
    case "bucket-closed":
    case "locked":
    case "quota-exceeded":
      return {};
  }
}

function known(details: Details): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(details).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

export function tooLarge(size: number, max: number): Refusal {
  return refuse("EntityTooLarge", undefined, { details: { ProposedSize: String(size), MaxSizeAllowed: String(max) } });
}
