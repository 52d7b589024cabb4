import type { VerifiedBody } from "@s3-credentials/protocol";
import type { ObjectMetadata, ObjectVersion } from "../../ports/object-version.ts";
import type { WriteCondition } from "../../ports/object-write.ts";
import type { Grant } from "../../ports/grant.ts";
import type { S3Demand } from "../demand.ts";
import { isRefusal, type Refusal } from "../operation.ts";
import { defineObjectOperation } from "./define-s3.ts";
import type { ObjectContext } from "./s3-context.ts";
import type { S3Request } from "./s3-request.ts";
import { asSeen, readWriteCondition, writeConditionMembers } from "./conditions.ts";
import {
  type AskedEncryption,
  chooseEncryption,
  customerKeyOf,
  encryptionMembers,
  readEncryption,
  withEncryption,
} from "./object-encryption.ts";
import { writtenHeaders } from "./object-headers.ts";
import { type AskedLock, chooseLock, lockMembers, readLock, refuseUnchecked } from "./object-lock-input.ts";
import { aclHeadersOf, writtenOwner } from "./acl-input.ts";
import { readMetadata, writeMembers } from "./object-metadata.ts";
import { publishVersionEvent } from "./object-events.ts";
import { emptyReply, tooLarge, writeRefusal } from "./reply.ts";
import { requestTags } from "./tag-sets.ts";

export interface PutInput {
  readonly metadata: ObjectMetadata;
  readonly encryption: AskedEncryption;
  readonly lock: AskedLock;
  readonly condition: WriteCondition;
  /** What of the headers is of the ACL. */
  readonly acl: ReadonlyMap<string, string>;
}

/** Bytes of one put and of one part. https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
export const maxPutBytes = 5 * 1024 ** 3;

/** What PutObject and PostObject demand. */
export const putDemands: readonly S3Demand[] = [
  { action: "s3:GetObject", resource: "object", when: "etag-match-header" },
  { action: "s3:PutObject", resource: "object" },
  { action: "s3:PutObjectAcl", resource: "object", when: "acl-header" },
  { action: "s3:PutObjectTagging", resource: "object", when: "tagging-header" },
  { action: "s3:PutObjectRetention", resource: "object", when: "retention-header" },
  { action: "s3:PutObjectLegalHold", resource: "object", when: "legal-hold-header" },
];

/** What `readPut` and `writePut` read. */
export const putMembers = [...writeMembers, ...encryptionMembers, ...lockMembers, ...writeConditionMembers] as const;

export function readPut(request: S3Request): PutInput | Refusal {
  const metadata = readMetadata(request.headers);
  if (isRefusal(metadata)) return metadata;
  const condition = readWriteCondition(request.headers);
  if (isRefusal(condition)) return condition;
  const encryption = readEncryption(request);
  if (isRefusal(encryption)) return encryption;
  const lock = readLock(request.headers);
  if (isRefusal(lock)) return lock;
  return { metadata, encryption, lock, condition, acl: aclHeadersOf(request.headers) };
}

/** What `writePut` needs; what a service delivers has no request. */
export interface PutContext extends Pick<ObjectContext, "bucket" | "key" | "mayList" | "now" | "principal" | "seen"> {
  readonly ports: Pick<ObjectContext["ports"], "objects" | "identity" | "kmsKeys" | "encryptsByDefault">;
  readonly body: VerifiedBody;
}

/** Stores the body as the object. */
export async function writePut(
  grant: Grant,
  { metadata, encryption: asked, lock, condition, acl: askedAcl }: PutInput,
  context: PutContext,
): Promise<ObjectVersion | Refusal> {
  const { ports, bucket, key, body } = context;
  const ownership = await writtenOwner(askedAcl, context);
  if (isRefusal(ownership)) return ownership;
  const { owner, acl } = ownership;
  if (body.length > maxPutBytes) return tooLarge(body.length, maxPutBytes);
  const target = {
    bucketId: bucket.place,
    key,
    versioning: bucket.versioning,
    owner,
    condition: asSeen(condition, context.seen.object),
  };
  const chosen = chooseEncryption(asked, ports, bucket);
  if (isRefusal(chosen)) return chosen;
  const { encryption, customerKey } = chosen;
  const locked = chooseLock(lock, bucket, context.now);
  if (isRefusal(locked)) return locked;
  const unchecked = refuseUnchecked(locked.lock !== undefined, lock.isChecked, "Object");
  if (unchecked !== undefined) return unchecked;
  const kept = withEncryption({ ...metadata, ...acl, ...locked }, encryption);
  const written = await ports.objects.put(grant, target, kept, body, customerKey);
  return written.kind === "written" ? written.version : writeRefusal(written, context, { key, condition });
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html */
export const putObject = defineObjectOperation<PutInput>({
  name: "PutObject",
  route: { method: "PUT" },
  events: ["ObjectCreated:Put"],
  reads: putMembers,
  body: "stream",
  demands: putDemands,
  parse: readPut,
  details: requestTags,
  makesObject: true,
  async run(grant, input, context) {
    const version = await writePut(grant, input, context);
    if (isRefusal(version)) return version;
    await publishVersionEvent(context, "ObjectCreated:Put", version);
    return emptyReply(200, writtenHeaders(context.bucket, version, customerKeyOf(input.encryption)));
  },
});
