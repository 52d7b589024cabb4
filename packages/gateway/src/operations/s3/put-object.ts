import type { ObjectMetadata, WriteCondition } from "../../ports/data-plane.ts";
import { isRefusal, refuse } from "../operation.ts";
import { defineObjectOperation } from "./define-s3.ts";
import { readWriteCondition, writeConditionMembers } from "./conditions.ts";
import { writtenHeaders } from "./object-headers.ts";
import { readMetadata, unsupportedWrite, writeMembers } from "./object-metadata.ts";
import { emptyReply, writeRefusal } from "./reply.ts";
import { requestTags } from "./tag-sets.ts";

interface Input {
  readonly metadata: ObjectMetadata;
  readonly condition: WriteCondition;
}

/** Bytes of one put and of one part. https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
export const maxPutBytes = 5 * 1024 ** 3;

/** Headers whose use a policy may forbid or ask for. */
export const writeConditionKeys = [
  "s3:x-amz-acl",
  "s3:x-amz-storage-class",
  "s3:x-amz-server-side-encryption",
  "s3:x-amz-website-redirect-location",
  "s3:if-match",
  "s3:if-none-match",
] as const;

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html */
export const putObject = defineObjectOperation<Input>({
  name: "PutObject",
  route: { method: "PUT" },
  reads: [...writeMembers, ...writeConditionMembers],
  body: "stream",
  demands: [
    { action: "s3:GetObject", resource: "object", when: "etag-match-header" },
    { action: "s3:PutObject", resource: "object" },
    { action: "s3:PutObjectAcl", resource: "object", when: "acl-header" },
    { action: "s3:PutObjectTagging", resource: "object", when: "tagging-header" },
    { action: "s3:PutObjectRetention", resource: "object", when: "retention-header" },
    { action: "s3:PutObjectLegalHold", resource: "object", when: "legal-hold-header" },
  ],
  conditionKeys: writeConditionKeys,
  unsupported: unsupportedWrite,
  parse(request) {
    const metadata = readMetadata(request.headers);
    if (isRefusal(metadata)) return metadata;
    const condition = readWriteCondition(request.headers);
    if (isRefusal(condition)) return condition;
    return { metadata, condition };
  },
  details: requestTags,
  makesObject: true,
  async run(grant, { metadata, condition }, { ports, bucket, key, body, mayList }) {
    if (body.length > maxPutBytes)
      return refuse("EntityTooLarge", undefined, {
        details: { ProposedSize: String(body.length), MaxSizeAllowed: String(maxPutBytes) },
      });
    const target = { bucketId: bucket.id, key, versioning: bucket.versioning, owner: bucket.owner, condition };
    const written = await ports.objects.put(grant, target, metadata, body);
    return written.kind === "written"
      ? emptyReply(200, writtenHeaders(bucket, written.version))
      : writeRefusal(written, mayList);
  },
});
