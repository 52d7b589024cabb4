import { type ChecksumAlgorithm, createChecksum, element } from "@s3-credentials/protocol";
import type { Grant } from "../../ports/grant.ts";
import type { CustomerKey } from "../../ports/object-bytes.ts";
import type { ObjectMetadata, ObjectVersion } from "../../ports/object-version.ts";
import type { WriteCondition, WriteRefusal } from "../../ports/object-write.ts";
import { StoreError } from "../../ports/store-error.ts";
import { isRefusal, type Refusal, refuse, type Reply } from "../operation.ts";
import { defineCopyOperation } from "./define-s3.ts";
import type { CopyContext } from "./s3-context.ts";
import type { S3Request } from "./s3-request.ts";
import type { SourceName } from "./s3-subject.ts";
import { asSeen, readWriteCondition, writeConditionMembers, type ReadConditions } from "./conditions.ts";
import { readChecksumAlgorithm } from "./declared-checksum.ts";
import { findSource, readCopySource, refuseLargeSource, sourceConditions, sourceMembers } from "./copy-source.ts";
import {
  type AskedEncryption,
  chooseEncryption,
  encryptionMembers,
  readCustomerKey,
  readEncryption,
  withEncryption,
  writtenEncryption,
} from "./object-encryption.ts";
import { publishVersionEvent } from "./object-events.ts";
import { madeVersionHeader } from "./object-headers.ts";
import { aclHeadersOf, writtenOwner } from "./acl-input.ts";
import { expirationHeaders } from "./bucket-lifecycle.ts";
import { type AskedLock, chooseLock, lockMembers, readLock } from "./object-lock-input.ts";
import { readMetadata, writeMembers } from "./object-metadata.ts";
import { isoTime, quoted, writeRefusal, xmlReply } from "./reply.ts";
import { requestTags, withTags } from "./tag-sets.ts";

interface Input {
  readonly source: SourceName;
  readonly conditions: ReadConditions;
  readonly condition: WriteCondition;
  readonly metadata: ObjectMetadata;
  readonly encryption: AskedEncryption;
  /** A copy does not take the lock of its source. */
  readonly lock: AskedLock;
  readonly sourceKey: CustomerKey | undefined;
  /** What of the headers is of the ACL, which is never copied. */
  readonly acl: ReadonlyMap<string, string>;
  /** The source's metadata instead, but for the redirect and the storage class: those are never copied. */
  readonly keepsMetadata: boolean;
  /** The source's tags instead. */
  readonly keepsTags: boolean;
  /** Undefined: the copy has the checksum of its source. */
  readonly algorithm: ChecksumAlgorithm | undefined;
}

function directive(request: S3Request, name: string): "COPY" | "REPLACE" | undefined {
  const value = request.headers.get(name) ?? "COPY";
  return value === "COPY" || value === "REPLACE" ? value : undefined;
}

/** How many times a source is looked up, when it is replaced between the look-up and the copy. */
const attempts = 3;

async function copyOnce(grant: Grant, input: Input, context: CopyContext): Promise<Reply | Refusal | WriteRefusal> {
  const version = await findSource(grant, input, context);
  if (isRefusal(version)) return version;
  const large = refuseLargeSource(version.size);
  if (large !== undefined) return large;
  const { bucket, sourceBucket, key, ports } = context;
  const ownership = await writtenOwner(input.acl, context);
  if (isRefusal(ownership)) return ownership;
  const { owner, acl } = ownership;
  const chosen = chooseEncryption(input.encryption, ports, bucket);
  if (isRefusal(chosen)) return chosen;
  const { encryption, customerKey } = chosen;
  const locked = chooseLock(input.lock, bucket, context.now);
  if (isRefusal(locked)) return locked;
  const target = {
    bucketId: bucket.place,
    key,
    versioning: bucket.versioning,
    owner,
    condition: asSeen(input.condition, context.seen.object),
  };
  const summed = await withChecksum(grant, input, version, context);
  if (summed === undefined) return { kind: "no-such-version" };
  const source = { bucketId: sourceBucket.place, version: summed, customerKey: input.sourceKey };
  const metadata = withEncryption({ ...metadataOf(input, version), ...acl, ...locked }, encryption);
  const written = await ports.objects.copy(grant, source, target, metadata, customerKey);
  if (written.kind !== "written") return written;
  await publishVersionEvent(context, "ObjectCreated:Copy", written.version);
  return copyReply(written.version, {
    ...madeVersionHeader(bucket, written.version),
    ...expirationHeaders(bucket, written.version),
    ...writtenEncryption(encryption, customerKey),
    ...(sourceBucket.versioning === "off" ? {} : { "x-amz-copy-source-version-id": version.versionId }),
  });
}

/**
 * The source with the checksum that its copy is to have. The bytes are read for it, unless the source has it. Undefined: the source is
 * gone.
 */
async function withChecksum(
  grant: Grant,
  { algorithm, sourceKey }: Input,
  version: ObjectVersion,
  { ports, sourceBucket }: CopyContext,
): Promise<ObjectVersion | undefined> {
  const has = version.checksum?.type === "FULL_OBJECT" ? version.checksum.algorithm : undefined;
  if (algorithm === undefined || algorithm === has) return version;
  const checksum = createChecksum(algorithm);
  try {
    for await (const chunk of await ports.objects.read(grant, sourceBucket.place, version, undefined, sourceKey))
      checksum.update(chunk);
  } catch (error) {
    if (error instanceof StoreError && error.kind === "conflict") return undefined;
    throw error;
  }
  const value = checksum.digest().toString("base64");
  return { ...version, checksum: { algorithm, type: "FULL_OBJECT", value } };
}

/**
 * "This value is unique to each object and is not copied": a redirect is the request's own, whatever the directive. So is the
 * storage class: "If the x-amz-storage-class header is not used, the copied object will be stored in the STANDARD Storage Class".
 */
function metadataOf({ metadata, keepsMetadata, keepsTags }: Input, source: ObjectVersion): ObjectMetadata {
  const { tags: replaced = [], ...own } = metadata;
  const { headers, user, tags = [] } = source.metadata;
  return { ...own, ...(keepsMetadata ? { headers, user } : {}), ...withTags(keepsTags ? tags : replaced) };
}

function copyReply({ lastModified, etag, checksum }: ObjectVersion, headers: Readonly<Record<string, string>>): Reply {
  return xmlReply(
    "CopyObjectResult",
    [
      element("LastModified", isoTime(lastModified)),
      element("ETag", quoted(etag)),
      checksum === undefined ? undefined : element("ChecksumType", checksum.type),
      checksum === undefined ? undefined : element(`Checksum${checksum.algorithm}`, checksum.value),
    ],
    headers,
  );
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html */
export const copyObject = defineCopyOperation<Input>({
  name: "CopyObject",
  route: { method: "PUT", mark: "copy-source" },
  events: ["ObjectCreated:Copy"],
  reads: [
    ...writeMembers,
    ...encryptionMembers,
    ...lockMembers,
    ...sourceMembers,
    ...writeConditionMembers,
    "x-amz-checksum-algorithm",
    "x-amz-metadata-directive",
    "x-amz-tagging-directive",
  ],
  demands: [
    { action: "s3:GetObject", resource: "object", when: "etag-match-header" },
    { action: "s3:GetObject", resource: "source-object", when: "source-no-version" },
    { action: "s3:GetObjectVersion", resource: "source-object", when: "source-version-named" },
    { action: "s3:PutObject", resource: "object" },
    { action: "s3:PutObjectAcl", resource: "object", when: "acl-header" },
    { action: "s3:PutObjectTagging", resource: "object", when: "tagging-header" },
    { action: "s3:GetObjectTagging", resource: "source-object", when: "copies-tags-no-version" },
    { action: "s3:GetObjectVersionTagging", resource: "source-object", when: "copies-tags-of-version" },
    { action: "s3:PutObjectTagging", resource: "object", when: "copies-tags" },
    { action: "s3:PutObjectRetention", resource: "object", when: "retention-header" },
    { action: "s3:PutObjectLegalHold", resource: "object", when: "legal-hold-header" },
  ],
  parse(request) {
    const source = readCopySource(request);
    if (isRefusal(source)) return source;
    const metadata = directive(request, "x-amz-metadata-directive");
    const tagging = directive(request, "x-amz-tagging-directive");
    if (metadata === undefined || tagging === undefined)
      return refuse("InvalidArgument", "Unknown directive; use COPY or REPLACE.");
    if (tagging === "COPY" && (request.headers.get("x-amz-tagging") ?? "") !== "")
      return refuse("InvalidArgument", "The header x-amz-tagging needs the x-amz-tagging-directive REPLACE.", {
        details: { ArgumentName: "x-amz-tagging" },
      });
    const replaced = readMetadata(request.headers);
    if (isRefusal(replaced)) return replaced;
    const condition = readWriteCondition(request.headers);
    if (isRefusal(condition)) return condition;
    const algorithm = readChecksumAlgorithm(request);
    if (isRefusal(algorithm)) return algorithm;
    const encryption = readEncryption(request);
    if (isRefusal(encryption)) return encryption;
    const lock = readLock(request.headers);
    if (isRefusal(lock)) return lock;
    const sourceKey = readCustomerKey(request, "source");
    if (isRefusal(sourceKey)) return sourceKey;
    const { bucket, key } = request;
    const keepsMetadata = metadata === "COPY";
    const keepsTags = tagging === "COPY";
    const changes =
      !keepsMetadata ||
      !keepsTags ||
      replaced.websiteRedirect !== undefined ||
      request.headers.has("x-amz-storage-class") ||
      algorithm !== undefined ||
      encryption.kind !== "default" ||
      source.versionId !== undefined;
    if (!changes && source.bucket === bucket && source.key === key) {
      return refuse(
        "InvalidRequest",
        "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
      );
    }
    const conditions = sourceConditions(request);
    return {
      source,
      conditions,
      condition,
      metadata: replaced,
      encryption,
      lock,
      sourceKey,
      acl: aclHeadersOf(request.headers),
      keepsMetadata,
      keepsTags,
      algorithm,
    };
  },
  details: requestTags,
  makesObject: true,
  async run(grant, input, context) {
    for (let attempt = 1; ; attempt += 1) {
      const copied = await copyOnce(grant, input, context);
      if (copied.kind === "reply" || copied.kind === "refusal") return copied;
      // The source was replaced just then: the new one is copied. A source that names its version has no new one.
      // The decision was about the source that was there. It is made again about the new one.
      if (copied.kind === "no-such-version" && context.seen.source !== undefined)
        throw new StoreError("conflict", "the source of the copy is gone");
      const again = copied.kind === "no-such-version" && input.source.versionId === undefined && attempt < attempts;
      if (!again) return writeRefusal(copied, context);
    }
  },
});
