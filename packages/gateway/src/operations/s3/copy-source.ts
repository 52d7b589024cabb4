import { decodeComponent } from "@s3-credentials/protocol";
import type { Grant } from "../../ports/grant.ts";
import type { CustomerKey } from "../../ports/object-bytes.ts";
import type { ObjectVersion } from "../../ports/object-version.ts";
import { isRefusal, type Refusal, refuse } from "../operation.ts";
import type { CopyContext } from "./s3-context.ts";
import type { S3Request } from "./s3-request.ts";
import type { SourceName } from "./s3-subject.ts";
import {
  checkConditions,
  conditionFailed,
  readConditionMembers,
  readConditions,
  type ReadConditions,
} from "./conditions.ts";
import { refuseBytes, refuseKey, sourceKeyMembers } from "./object-encryption.ts";
import { findObject } from "./find-object.ts";
import { checkVersionId } from "./names.ts";
import { maxPutBytes } from "./put-object.ts";

/**
 * `x-amz-copy-source`: `[/]BUCKET/KEY[?versionId=ID]`, percent-encoded. Decoded once; what is authorized is what is read.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
 */
export function readCopySource(request: S3Request): SourceName | Refusal {
  const invalid = refuse(
    "InvalidArgument",
    "Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
    {
      details: { ArgumentName: "x-amz-copy-source" },
    },
  );
  const header = request.headers.get("x-amz-copy-source") ?? "";
  const mark = header.indexOf("?");
  const path = decodeComponent(mark === -1 ? header : header.slice(0, mark));
  const version = mark === -1 ? undefined : /^versionId=([^&]*)$/.exec(header.slice(mark + 1))?.[1];
  if (path === undefined || path.includes("\0") || (mark !== -1 && version === undefined)) return invalid;
  if (path.startsWith("arn:"))
    return refuse("NotImplemented", "Access points, as the source of a copy, are not implemented.");
  const [, bucket, key] = /^\/?([^/]+)\/(.+)$/s.exec(path) ?? [];
  if (bucket === undefined || key === undefined) return invalid;
  const versionId = version === undefined ? undefined : checkVersionId(decodeComponent(version) ?? "\0");
  if (isRefusal(versionId)) return versionId;
  if (Buffer.byteLength(key) > 1024) return refuse("KeyTooLongError");
  return { bucket, key, versionId };
}

/** What `readCopySource`, `sourceConditions` and `readCustomerKey` read. */
export const sourceMembers = [
  "x-amz-copy-source",
  ...sourceKeyMembers,
  ...readConditionMembers.map((name) => `x-amz-copy-source-${name}`),
] as const;

export function sourceConditions(request: S3Request): ReadConditions {
  return readConditions(request.headers, "x-amz-copy-source-");
}

/** `size`: the bytes that one request copies, of a whole object or of the range that becomes a part. */
export function refuseLargeSource(size: number): Refusal | undefined {
  return size > maxPutBytes
    ? refuse(
        "InvalidRequest",
        `The specified copy source is larger than the maximum allowable size for a copy source: ${maxPutBytes}`,
      )
    : undefined;
}

interface WantedSource {
  readonly source: SourceName;
  readonly sourceKey: CustomerKey | undefined;
  readonly conditions: ReadConditions;
}

/** The version to copy, when it is there, opens with the key that came, and its conditions hold. */
export async function findSource(
  grant: Grant,
  { source, sourceKey, conditions }: WantedSource,
  context: CopyContext,
): Promise<ObjectVersion | Refusal> {
  const { ports, sourceBucket, mayListSource } = context;
  const { key, versionId } = source;
  const seen = context.seen.source === undefined ? {} : { object: context.seen.source };
  const version = await findObject(grant, {
    ports,
    bucket: sourceBucket,
    key,
    versionId,
    mayList: mayListSource,
    seen,
  });
  if (isRefusal(version)) {
    // A delete marker cannot be copied; it has no method to be refused.
    return version.code === "MethodNotAllowed"
      ? refuse(
          "InvalidRequest",
          "The source of a copy request may not specifically refer to a delete marker by version id.",
        )
      : version;
  }
  const unreadable = refuseKey(version, sourceKey) ?? refuseBytes(version, ports);
  if (unreadable !== undefined) return unreadable;
  const verdict = checkConditions(conditions, version);
  return verdict === "proceed" ? version : conditionFailed(verdict, conditions, "x-amz-copy-source-");
}
