import { element } from "@s3-credentials/protocol";
import type { ObjectMetadata, WriteCondition } from "../../ports/data-plane.ts";
import { defineS3, isRefusal, refuse, type S3Request } from "../operation.ts";
import { readWriteCondition, type ReadConditions } from "./conditions.ts";
import { type CopySource, findSource, readCopySource, sourceConditions } from "./copy-source.ts";
import { authorized, bucketOf, keyOf } from "./names.ts";
import { versionHeader } from "./object-headers.ts";
import { readMetadata, unsupportedWrite } from "./object-metadata.ts";
import { largestPut, writeConditionKeys } from "./put-object.ts";
import { isoTime, quoted, xmlReply } from "./reply.ts";
import { writeRefusal } from "./write-refusals.ts";

interface Input {
  readonly bucket: string;
  readonly key: string;
  readonly source: CopySource;
  readonly conditions: ReadConditions;
  readonly condition: WriteCondition;
  /** Undefined: the source's. */
  readonly metadata: ObjectMetadata | undefined;
}

function directive(request: S3Request, name: string): "COPY" | "REPLACE" | undefined {
  const value = request.headers.get(name) ?? "COPY";
  return value === "COPY" || value === "REPLACE" ? value : undefined;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html */
export const copyObject = defineS3<Input>({
  name: "CopyObject",
  body: { kind: "none" },
  demands: [
    { action: "s3:GetObject", resource: "source-object", when: "source-no-version" },
    { action: "s3:GetObjectVersion", resource: "source-object", when: "source-version-named" },
    { action: "s3:PutObject", resource: "object" },
    { action: "s3:PutObjectAcl", resource: "object", when: "acl-header" },
    { action: "s3:PutObjectTagging", resource: "object", when: "tagging-header" },
    { action: "s3:PutObjectRetention", resource: "object", when: "retention-header" },
    { action: "s3:PutObjectLegalHold", resource: "object", when: "legal-hold-header" },
  ],
  conditionKeys: [...writeConditionKeys, "s3:VersionId", "s3:x-amz-copy-source", "s3:x-amz-metadata-directive"],
  parse(request) {
    const unsupported = unsupportedWrite(request.headers);
    if (unsupported !== undefined) return unsupported;
    const customer = [...request.headers.keys()].find((name) =>
      name.startsWith("x-amz-copy-source-server-side-encryption-"),
    );
    if (customer !== undefined)
      return refuse("NotImplemented", "Server-side encryption is not implemented.", { details: { Header: customer } });
    const source = readCopySource(request);
    if (isRefusal(source)) return source;
    const metadata = directive(request, "x-amz-metadata-directive");
    if (metadata === undefined || directive(request, "x-amz-tagging-directive") === undefined)
      return refuse("InvalidArgument", "Unknown directive; use COPY or REPLACE.");
    const replaced = metadata === "REPLACE" ? readMetadata(request.headers) : undefined;
    if (isRefusal(replaced)) return replaced;
    const condition = readWriteCondition(request.headers);
    if (isRefusal(condition)) return condition;
    const [bucket, key] = [bucketOf(request), keyOf(request)];
    if (metadata === "COPY" && source.bucket === bucket && source.key === key && source.versionId === undefined) {
      return refuse(
        "InvalidRequest",
        "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
      );
    }
    return { bucket, key, source, conditions: sourceConditions(request), condition, metadata: replaced };
  },
  subject: ({ bucket, key, source }) => ({ bucket, key, source }),
  async run(grant, input, context) {
    const version = await findSource(grant, input.source, input.conditions, context);
    if (isRefusal(version)) return version;
    if (version.size > largestPut)
      return refuse(
        "InvalidRequest",
        "The specified copy source is larger than the maximum allowable size for a copy source: 5368709120",
      );
    const [bucket, sourceBucket] = [authorized(context.bucket), authorized(context.sourceBucket)];
    const target = {
      bucketId: bucket.id,
      key: input.key,
      versioning: bucket.versioning,
      owner: bucket.owner,
      condition: input.condition,
    };
    const written = await context.ports.objects.copy(
      grant,
      { bucketId: sourceBucket.id, version },
      target,
      input.metadata ?? version.metadata,
    );
    if (written.kind !== "written") return writeRefusal(written, context.mayList);
    const { checksum } = written.version;
    const headers = {
      ...versionHeader(bucket, written.version),
      ...(sourceBucket.versioning === "off" ? {} : { "x-amz-copy-source-version-id": version.versionId }),
    };
    return xmlReply(
      "CopyObjectResult",
      [
        element("LastModified", isoTime(written.version.lastModified)),
        element("ETag", quoted(written.version.etag)),
        checksum === undefined ? undefined : element("ChecksumType", checksum.type),
        checksum === undefined ? undefined : element(`Checksum${checksum.algorithm}`, checksum.value),
      ],
      headers,
    );
  },
});
