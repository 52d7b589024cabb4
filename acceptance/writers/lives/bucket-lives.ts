import { accountId } from "../../../packages/gateway/test/notification-files.ts";
import { type Answer, type Life, readOf, type Send, type Step, step } from "./life.ts";

/** A target of the gateway, which has `accountId`. */
const QueueArn = `arn:aws:sqs:us-east-1:${accountId}:events`;

const aDay = 24 * 3600 * 1000;

async function versionsOf(send: Send, Bucket: string): Promise<readonly { Key: string; VersionId: string }[]> {
  const { Versions = [], DeleteMarkers = [] } = (await send("S3", "ListObjectVersions", { Bucket })) as {
    Versions?: { Key: string; VersionId: string }[];
    DeleteMarkers?: { Key: string; VersionId: string }[];
  };
  return [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => ({ Key, VersionId }));
}

const keepUpload = ({ UploadId }: Answer, memory: Map<string, string>): void =>
  void memory.set("upload", String(UploadId));

const bucketReads = [
  "GetBucketVersioning",
  "GetBucketTagging",
  "GetBucketCors",
  "GetBucketEncryption",
  "GetBucketLifecycleConfiguration",
  "GetBucketOwnershipControls",
  "GetPublicAccessBlock",
  "GetBucketAcl",
  "GetBucketPolicy",
  "GetBucketWebsite",
  "GetBucketRequestPayment",
  "GetBucketAbac",
  "GetBucketLogging",
  "ListBucketInventoryConfigurations",
  "GetBucketNotificationConfiguration",
  "GetObjectLockConfiguration",
  "ListObjectVersions",
];
const objectReads = [
  "GetObject",
  "GetObjectTagging",
  "GetObjectAcl",
  "GetObjectRetention",
  "GetObjectLegalHold",
  "GetObjectAttributes",
];

async function readBucket(Bucket: string, send: Send): Promise<unknown> {
  const bucket: (readonly [operation: string, answer: unknown])[] = [];
  for (const operation of bucketReads) bucket.push([operation, await readOf(send, "S3", operation, { Bucket })]);
  if (bucket.every(([, answer]) => answer === "NoSuchBucket")) return "no bucket";
  const uploads = (await readOf(send, "S3", "ListMultipartUploads", { Bucket })) as {
    Uploads?: { Key: string; UploadId: string }[];
  };
  const parts: unknown[] = [];
  for (const { Key, UploadId } of uploads.Uploads ?? [])
    parts.push(await readOf(send, "S3", "ListParts", { Bucket, Key, UploadId }));
  const objects: unknown[] = [];
  for (const Key of new Set((await versionsOf(send, Bucket)).map((version) => version.Key)))
    for (const operation of objectReads)
      objects.push([
        Key,
        operation,
        await readOf(send, "S3", operation, { Bucket, Key, ObjectAttributes: ["ETag", "ObjectParts", "ObjectSize"] }),
      ]);
  const quota = await readOf(send, "s3-credentials", "GetBucketQuota", { BucketName: Bucket });
  return { bucket, parts, objects, quota };
}

const putQuota = (limits: object): Step => ({
  service: "s3-credentials",
  ...step("PutBucketQuota", (BucketName) => ({ BucketName, ...limits })),
});

const bucket: Life = {
  service: "S3",
  kind: "bucket-life",
  read: readBucket,
  steps: [
    step("CreateBucket", (Bucket) => ({ Bucket })),
    step("PutBucketVersioning", (Bucket) => ({ Bucket, VersioningConfiguration: { Status: "Enabled" } })),
    step("PutBucketTagging", (Bucket) => ({ Bucket, Tagging: { TagSet: [{ Key: "a", Value: "b" }] } })),
    putQuota({ MaxBytes: 1_000_000, MaxObjects: 1000 }),
    step("PutBucketLogging", (Bucket) => ({
      Bucket,
      BucketLoggingStatus: { LoggingEnabled: { TargetBucket: Bucket, TargetPrefix: "logs/" } },
    })),
    step("PutBucketInventoryConfiguration", (Bucket) => ({
      Bucket,
      Id: "one",
      InventoryConfiguration: {
        Id: "one",
        IsEnabled: false,
        IncludedObjectVersions: "All",
        Schedule: { Frequency: "Daily" },
        Destination: { S3BucketDestination: { Bucket: `arn:aws:s3:::${Bucket}`, Format: "CSV" } },
      },
    })),
    step("PutBucketNotificationConfiguration", (Bucket) => ({
      Bucket,
      NotificationConfiguration: { QueueConfigurations: [{ Id: "all", QueueArn, Events: ["s3:ObjectCreated:*"] }] },
    })),
    step("PutBucketCors", (Bucket) => ({
      Bucket,
      CORSConfiguration: { CORSRules: [{ AllowedMethods: ["GET"], AllowedOrigins: ["*"] }] },
    })),
    step("PutBucketEncryption", (Bucket) => ({
      Bucket,
      ServerSideEncryptionConfiguration: {
        Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" }, BucketKeyEnabled: true }],
      },
    })),
    step("PutBucketLifecycleConfiguration", (Bucket) => ({
      Bucket,
      LifecycleConfiguration: {
        Rules: [{ ID: "old", Status: "Enabled", Filter: { Prefix: "old/" }, Expiration: { Days: 30 } }],
      },
    })),
    step("PutBucketOwnershipControls", (Bucket) => ({
      Bucket,
      OwnershipControls: { Rules: [{ ObjectOwnership: "ObjectWriter" }] },
    })),
    step("DeletePublicAccessBlock", (Bucket) => ({ Bucket })),
    step("PutBucketAcl", (Bucket) => ({ Bucket, ACL: "public-read" })),
    step("PutBucketPolicy", (Bucket) => ({
      Bucket,
      Policy: JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          { Effect: "Deny", Principal: "*", Action: "s3:GetObjectTorrent", Resource: `arn:aws:s3:::${Bucket}/*` },
        ],
      }),
    })),
    step("PutBucketWebsite", (Bucket) => ({
      Bucket,
      WebsiteConfiguration: { IndexDocument: { Suffix: "index.html" } },
    })),
    step("PutBucketRequestPayment", (Bucket) => ({ Bucket, RequestPaymentConfiguration: { Payer: "Requester" } })),
    step("PutBucketAbac", (Bucket) => ({ Bucket, AbacStatus: { Status: "Enabled" } })),
    step("PutObject", (Bucket) => ({ Bucket, Key: "one", Body: "one".padEnd(20_000, "."), ContentType: "text/x-one" })),
    step("PostObject", (Bucket) => ({ Bucket, Key: "form", Body: "form" })),
    step("PutObjectTagging", (Bucket) => ({ Bucket, Key: "one", Tagging: { TagSet: [{ Key: "t", Value: "v" }] } })),
    step("PutObjectAcl", (Bucket) => ({ Bucket, Key: "one", ACL: "public-read" })),
    step("CopyObject", (Bucket) => ({ Bucket, Key: "copy", CopySource: `${Bucket}/one` })),
    step("DeleteObjectTagging", (Bucket) => ({ Bucket, Key: "one" })),
    step("CreateMultipartUpload", (Bucket) => ({ Bucket, Key: "parts" }), keepUpload),
    step("UploadPart", (Bucket, memory) => ({
      Bucket,
      Key: "parts",
      UploadId: memory.get("upload"),
      PartNumber: 1,
      Body: "part",
    })),
    step(
      "UploadPartCopy",
      (Bucket, memory) => ({
        Bucket,
        Key: "parts",
        UploadId: memory.get("upload"),
        PartNumber: 1,
        CopySource: `${Bucket}/one`,
      }),
      ({ CopyPartResult }, memory) =>
        void memory.set("part", String((CopyPartResult as { ETag?: string } | undefined)?.ETag)),
    ),
    step("CompleteMultipartUpload", (Bucket, memory) => ({
      Bucket,
      Key: "parts",
      UploadId: memory.get("upload"),
      MultipartUpload: { Parts: [{ PartNumber: 1, ETag: memory.get("part") }] },
    })),
    step("CreateMultipartUpload", (Bucket) => ({ Bucket, Key: "parts" }), keepUpload),
    step("AbortMultipartUpload", (Bucket, memory) => ({ Bucket, Key: "parts", UploadId: memory.get("upload") })),
    step("DeleteObject", (Bucket) => ({ Bucket, Key: "one" })),
    step("DeleteObjects", async (Bucket, _memory, send) => ({
      Bucket,
      Delete: { Objects: await versionsOf(send, Bucket) },
    })),
    step("PutBucketNotificationConfiguration", (Bucket) => ({ Bucket, NotificationConfiguration: {} })),
    step("DeleteBucketInventoryConfiguration", (Bucket) => ({ Bucket, Id: "one" })),
    step("PutBucketLogging", (Bucket) => ({ Bucket, BucketLoggingStatus: {} })),
    putQuota({}),
    step("DeleteBucketPolicy", (Bucket) => ({ Bucket })),
    step("DeleteBucketWebsite", (Bucket) => ({ Bucket })),
    step("DeleteBucketCors", (Bucket) => ({ Bucket })),
    step("DeleteBucketLifecycle", (Bucket) => ({ Bucket })),
    step("DeleteBucketEncryption", (Bucket) => ({ Bucket })),
    step("PutBucketAbac", (Bucket) => ({ Bucket, AbacStatus: { Status: "Disabled" } })),
    step("DeleteBucketTagging", (Bucket) => ({ Bucket })),
    step("PutBucketAcl", (Bucket) => ({ Bucket, ACL: "private" })),
    step("DeleteBucketOwnershipControls", (Bucket) => ({ Bucket })),
    step("PutPublicAccessBlock", (Bucket) => ({
      Bucket,
      PublicAccessBlockConfiguration: { BlockPublicAcls: true, IgnorePublicAcls: true },
    })),
    step("DeleteBucket", (Bucket) => ({ Bucket })),
  ],
};

const lockedBucket: Life = {
  service: "S3",
  kind: "locked-life",
  read: readBucket,
  steps: [
    step("CreateBucket", (Bucket) => ({ Bucket, ObjectLockEnabledForBucket: true })),
    step("PutObjectLockConfiguration", (Bucket) => ({
      Bucket,
      ObjectLockConfiguration: {
        ObjectLockEnabled: "Enabled",
        Rule: { DefaultRetention: { Mode: "GOVERNANCE", Days: 1 } },
      },
    })),
    step("PutObject", (Bucket) => ({ Bucket, Key: "one", Body: "locked" })),
    step("PutObjectRetention", (Bucket) => ({
      Bucket,
      Key: "one",
      Retention: { Mode: "COMPLIANCE", RetainUntilDate: new Date(Date.now() + 2 * aDay) },
      BypassGovernanceRetention: true,
    })),
    step("PutObjectLegalHold", (Bucket) => ({ Bucket, Key: "one", LegalHold: { Status: "ON" } })),
    step("PutObjectLegalHold", (Bucket) => ({ Bucket, Key: "one", LegalHold: { Status: "OFF" } })),
  ],
};

export const bucketLives = [bucket, lockedBucket] as const;
