import type { S3OperationName } from "../../ports/operation-name.ts";
import type { S3Route } from "./s3-request.ts";

/** When the list of what is missing was last compared with the services' documentation. */
export const lastCompared = "2026-11-23";

/**
 * Documented operations that are not here: their requests are known, and answered with `NotImplemented`. A request that names a
 * sub-resource never means the plain operation. ListDirectoryBuckets and WriteGetObjectResponse belong to other endpoints.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
 */
export const notImplementedRoutes: Readonly<Partial<Record<S3OperationName, S3Route>>> = {
  CreateBucketMetadataConfiguration: { level: "bucket", method: "POST", subResource: "metadataConfiguration" },
  CreateBucketMetadataTableConfiguration: { level: "bucket", method: "POST", subResource: "metadataTable" },
  CreateSession: { level: "bucket", method: "GET", subResource: "session" },
  DeleteBucketMetadataConfiguration: { level: "bucket", method: "DELETE", subResource: "metadataConfiguration" },
  DeleteBucketMetadataTableConfiguration: { level: "bucket", method: "DELETE", subResource: "metadataTable" },
  DeleteObjectAnnotation: { level: "object", method: "DELETE", subResource: "annotation" },
  GetBucketMetadataConfiguration: { level: "bucket", method: "GET", subResource: "metadataConfiguration" },
  GetBucketMetadataTableConfiguration: { level: "bucket", method: "GET", subResource: "metadataTable" },
  GetObjectAnnotation: { level: "object", method: "GET", subResource: "annotation" },
  GetObjectTorrent: { level: "object", method: "GET", subResource: "torrent" },
  ListObjectAnnotations: { level: "object", method: "GET", subResource: "annotation", mark: "without-annotation-name" },
  PutBucketAnalyticsConfiguration: { level: "bucket", method: "PUT", subResource: "analytics" },
  PutBucketIntelligentTieringConfiguration: { level: "bucket", method: "PUT", subResource: "intelligent-tiering" },
  PutBucketMetricsConfiguration: { level: "bucket", method: "PUT", subResource: "metrics" },
  PutBucketReplication: { level: "bucket", method: "PUT", subResource: "replication" },
  PutObjectAnnotation: { level: "object", method: "PUT", subResource: "annotation" },
  RenameObject: { level: "object", method: "PUT", subResource: "renameObject" },
  RestoreObject: { level: "object", method: "POST", subResource: "restore" },
  SelectObjectContent: { level: "object", method: "POST", subResource: "select" },
  UpdateBucketMetadataAnnotationTableConfiguration: {
    level: "bucket",
    method: "PUT",
    subResource: "metadataAnnotationTable",
  },
  UpdateBucketMetadataInventoryTableConfiguration: {
    level: "bucket",
    method: "PUT",
    subResource: "metadataInventoryTable",
  },
  UpdateBucketMetadataJournalTableConfiguration: {
    level: "bucket",
    method: "PUT",
    subResource: "metadataJournalTable",
  },
  UpdateObjectEncryption: { level: "object", method: "PUT", subResource: "encryption" },
};
