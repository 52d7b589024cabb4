import type { S3OperationName } from "../operations/operation-name.ts";

export type Method = "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
type ByMethod = Readonly<Partial<Record<Method, S3OperationName>>>;

export interface SubResource {
  readonly bucket?: ByMethod;
  readonly object?: ByMethod;
}

/** Configurations with an id: the same request without `id` lists them. */
export const listsWithoutId: Readonly<Partial<Record<S3OperationName, S3OperationName>>> = {
  GetBucketAnalyticsConfiguration: "ListBucketAnalyticsConfigurations",
  GetBucketIntelligentTieringConfiguration: "ListBucketIntelligentTieringConfigurations",
  GetBucketInventoryConfiguration: "ListBucketInventoryConfigurations",
  GetBucketMetricsConfiguration: "ListBucketMetricsConfigurations",
};

/**
 * Every documented sub-resource of the query string. A request that names one never falls back to the plain operation.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
 */
export const subResources = {
  abac: { bucket: { GET: "GetBucketAbac", PUT: "PutBucketAbac" } },
  accelerate: { bucket: { GET: "GetBucketAccelerateConfiguration", PUT: "PutBucketAccelerateConfiguration" } },
  acl: { bucket: { GET: "GetBucketAcl", PUT: "PutBucketAcl" }, object: { GET: "GetObjectAcl", PUT: "PutObjectAcl" } },
  analytics: {
    bucket: {
      GET: "GetBucketAnalyticsConfiguration",
      PUT: "PutBucketAnalyticsConfiguration",
      DELETE: "DeleteBucketAnalyticsConfiguration",
    },
  },
  annotation: { object: { GET: "GetObjectAnnotation", PUT: "PutObjectAnnotation", DELETE: "DeleteObjectAnnotation" } },
  attributes: { object: { GET: "GetObjectAttributes" } },
  cors: { bucket: { GET: "GetBucketCors", PUT: "PutBucketCors", DELETE: "DeleteBucketCors" } },
  delete: { bucket: { POST: "DeleteObjects" } },
  encryption: {
    bucket: { GET: "GetBucketEncryption", PUT: "PutBucketEncryption", DELETE: "DeleteBucketEncryption" },
    object: { PUT: "UpdateObjectEncryption" },
  },
  "intelligent-tiering": {
    bucket: {
      GET: "GetBucketIntelligentTieringConfiguration",
      PUT: "PutBucketIntelligentTieringConfiguration",
      DELETE: "DeleteBucketIntelligentTieringConfiguration",
    },
  },
  inventory: {
    bucket: {
      GET: "GetBucketInventoryConfiguration",
      PUT: "PutBucketInventoryConfiguration",
      DELETE: "DeleteBucketInventoryConfiguration",
    },
  },
  "legal-hold": { object: { GET: "GetObjectLegalHold", PUT: "PutObjectLegalHold" } },
  lifecycle: {
    bucket: {
      GET: "GetBucketLifecycleConfiguration",
      PUT: "PutBucketLifecycleConfiguration",
      DELETE: "DeleteBucketLifecycle",
    },
  },
  location: { bucket: { GET: "GetBucketLocation" } },
  logging: { bucket: { GET: "GetBucketLogging", PUT: "PutBucketLogging" } },
  metadataAnnotationTable: { bucket: { PUT: "UpdateBucketMetadataAnnotationTableConfiguration" } },
  metadataConfiguration: {
    bucket: {
      GET: "GetBucketMetadataConfiguration",
      POST: "CreateBucketMetadataConfiguration",
      DELETE: "DeleteBucketMetadataConfiguration",
    },
  },
  metadataInventoryTable: { bucket: { PUT: "UpdateBucketMetadataInventoryTableConfiguration" } },
  metadataJournalTable: { bucket: { PUT: "UpdateBucketMetadataJournalTableConfiguration" } },
  metadataTable: {
    bucket: {
      GET: "GetBucketMetadataTableConfiguration",
      POST: "CreateBucketMetadataTableConfiguration",
      DELETE: "DeleteBucketMetadataTableConfiguration",
    },
  },
  metrics: {
    bucket: {
      GET: "GetBucketMetricsConfiguration",
      PUT: "PutBucketMetricsConfiguration",
      DELETE: "DeleteBucketMetricsConfiguration",
    },
  },
  notification: { bucket: { GET: "GetBucketNotificationConfiguration", PUT: "PutBucketNotificationConfiguration" } },
  "object-lock": { bucket: { GET: "GetObjectLockConfiguration", PUT: "PutObjectLockConfiguration" } },
  ownershipControls: {
    bucket: {
      GET: "GetBucketOwnershipControls",
      PUT: "PutBucketOwnershipControls",
      DELETE: "DeleteBucketOwnershipControls",
    },
  },
  policy: { bucket: { GET: "GetBucketPolicy", PUT: "PutBucketPolicy", DELETE: "DeleteBucketPolicy" } },
  policyStatus: { bucket: { GET: "GetBucketPolicyStatus" } },
  publicAccessBlock: {
    bucket: { GET: "GetPublicAccessBlock", PUT: "PutPublicAccessBlock", DELETE: "DeletePublicAccessBlock" },
  },
  renameObject: { object: { PUT: "RenameObject" } },
  replication: {
    bucket: { GET: "GetBucketReplication", PUT: "PutBucketReplication", DELETE: "DeleteBucketReplication" },
  },
  requestPayment: { bucket: { GET: "GetBucketRequestPayment", PUT: "PutBucketRequestPayment" } },
  restore: { object: { POST: "RestoreObject" } },
  retention: { object: { GET: "GetObjectRetention", PUT: "PutObjectRetention" } },
  select: { object: { POST: "SelectObjectContent" } },
  session: { bucket: { GET: "CreateSession" } },
  tagging: {
    bucket: { GET: "GetBucketTagging", PUT: "PutBucketTagging", DELETE: "DeleteBucketTagging" },
    object: { GET: "GetObjectTagging", PUT: "PutObjectTagging", DELETE: "DeleteObjectTagging" },
  },
  torrent: { object: { GET: "GetObjectTorrent" } },
  uploadId: {
    object: { GET: "ListParts", PUT: "UploadPart", POST: "CompleteMultipartUpload", DELETE: "AbortMultipartUpload" },
  },
  uploads: { bucket: { GET: "ListMultipartUploads" }, object: { POST: "CreateMultipartUpload" } },
  versioning: { bucket: { GET: "GetBucketVersioning", PUT: "PutBucketVersioning" } },
  versions: { bucket: { GET: "ListObjectVersions" } },
  website: { bucket: { GET: "GetBucketWebsite", PUT: "PutBucketWebsite", DELETE: "DeleteBucketWebsite" } },
} as const satisfies Readonly<Record<string, SubResource>>;
