import type { ObjectMetadata, WriteCondition } from "../../ports/data-plane.ts";
import { defineS3, isRefusal, refuse } from "../operation.ts";
import { readWriteCondition } from "./conditions.ts";
import { authorized, bucketOf, keyOf } from "./names.ts";
import { writtenHeaders } from "./object-headers.ts";
import { readMetadata, unsupportedWrite } from "./object-metadata.ts";
import { makesObject, objectCreationKey } from "./object-creation.ts";
import { emptyReply } from "./reply.ts";
import { writeRefusal } from "./write-refusals.ts";

interface Input {
  readonly bucket: string;
  readonly key: string;
  readonly metadata: ObjectMetadata;
  readonly condition: WriteCondition;
}

/** Octets of one put and of one part. https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
export const largestPut = 5 * 1024 ** 3;

/** Headers whose use a policy may forbid or ask for. */
export const writeConditionKeys = [
  "s3:x-amz-acl",
  "s3:x-amz-storage-class",
  "s3:x-amz-server-side-encryption",
  "s3:x-amz-website-redirect-location",
  "s3:if-match",
  "s3:if-none-match",
  objectCreationKey,
] as const;

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html */
export const putObject = defineS3<Input>({
  name: "PutObject",
  body: { kind: "stream" },
  demands: [
    { action: "s3:GetObject", resource: "object", when: "etag-match-header" },
    { action: "s3:PutObject", resource: "object" },
    { action: "s3:PutObjectAcl", resource: "object", when: "acl-header" },
    { action: "s3:PutObjectTagging", resource: "object", when: "tagging-header" },
    { action: "s3:PutObjectRetention", resource: "object", when: "retention-header" },
    { action: "s3:PutObjectLegalHold", resource: "object", when: "legal-hold-header" },
  ],
  conditionKeys: writeConditionKeys,
  parse(request) {
    const unsupported = unsupportedWrite(request.headers);
    if (unsupported !== undefined) return unsupported;
    const metadata = readMetadata(request.headers);
    if (isRefusal(metadata)) return metadata;
    const condition = readWriteCondition(request.headers);
    if (isRefusal(condition)) return condition;
    return { bucket: bucketOf(request), key: keyOf(request), metadata, condition };
  },
  subject: ({ bucket, key }) => ({ bucket, key, context: makesObject }),
  async run(grant, { key, metadata, condition }, { ports, bucket: found, body, mayList }) {
    const bucket = authorized(found);
    if (body === undefined) throw new Error("PutObject without a body");
    if (body.length > largestPut)
      return refuse("EntityTooLarge", undefined, {
        details: { ProposedSize: String(body.length), MaxSizeAllowed: String(largestPut) },
      });
    const target = { bucketId: bucket.id, key, versioning: bucket.versioning, owner: bucket.owner, condition };
    const written = await ports.objects.put(grant, target, metadata, body);
    return written.kind === "written"
      ? emptyReply(200, writtenHeaders(bucket, written.version))
      : writeRefusal(written, mayList);
  },
});
