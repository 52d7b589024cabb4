import type { S3Route } from "../operations/s3/s3-request.ts";
import { s3Routes } from "../operations/table.ts";
import type { S3OperationName } from "../ports/operation-name.ts";

const routes: ReadonlyMap<S3OperationName, S3Route> = new Map(s3Routes);

/** Sub-resources whose name in the log is not their own in capitals. The documentation has some of the names, by examples alone. */
const otherNames: Readonly<Record<string, string>> = {
  delete: "MULTI_OBJECT_DELETE",
  "legal-hold": "OBJECT_LOCK_LEGALHOLD",
  logging: "LOGGING_STATUS",
  "object-lock": "OBJECT_LOCK_CONFIGURATION",
  policy: "BUCKETPOLICY",
  retention: "OBJECT_LOCK_RETENTION",
  uploadId: "UPLOAD",
  versions: "BUCKETVERSIONS",
};

function resourceOf({ level, method, subResource }: S3Route): string {
  if (subResource === undefined) return level === "object" ? "OBJECT" : "BUCKET";
  if (subResource === "uploadId" && method === "PUT") return "PART";
  if (subResource === "tagging" && level === "object") return "OBJECT_TAGGING";
  return (
    otherNames[subResource] ??
    subResource
      .replace(/[A-Z]/g, (letter) => `_${letter}`)
      .replaceAll("-", "_")
      .toUpperCase()
  );
}

/**
 * `REST.HTTP_method.resource_type`: https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html#log-record-fields. `sent`: the
 * method of the request.
 */
export function accessLogOperation(operation: S3OperationName, sent: string, isVisit: boolean): string {
  const route = routes.get(operation);
  if (isVisit) return `WEBSITE.${sent}.OBJECT`;
  if (route === undefined) return `REST.${sent}.PREFLIGHT`;
  const method = route.mark === "copy-source" ? "COPY" : route.method;
  return `REST.${method}.${resourceOf(route)}`;
}

/** In the log of the bucket that a copy reads: https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html#AdditionalLoggingforCopyOperations */
export function copySourceOperation(operation: S3OperationName): string {
  return `REST.COPY.${operation === "UploadPartCopy" ? "PART" : "OBJECT"}_GET`;
}
