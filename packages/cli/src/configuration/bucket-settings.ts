/** The settings of a bucket that its file has, as a table: how each is read, set and taken away. */
import type * as S3 from "@aws-sdk/client-s3";
import { fieldsOf } from "@s3-credentials/policy";
import type { SchemaRef } from "@smithy/types";

/** The members of an answer of the service, or of what it is sent. */
export type Answer = Readonly<Record<string, unknown>>;
type Sdk = typeof S3;

export interface BucketSetting {
  /** In sentences: "the CORS rules" of a bucket. */
  readonly words: string;
  /** Of its document, in the SDK; undefined: it is a text or tags. */
  readonly schema?: (sdk: Sdk) => SchemaRef;
  readonly get: string;
  /** What the service answers when a bucket has none, and what that means; undefined: the member is absent. */
  readonly none?: { readonly code: string; readonly means?: unknown };
  readonly valueIn: (answer: Answer) => unknown;
  readonly put: string;
  /** What `put` takes beside the bucket. */
  readonly inputOf: (value: unknown) => Answer;
  /** The operation that makes it absent, or the value that is put then; undefined: nothing takes it away. */
  readonly remove?: { readonly operation: string } | { readonly value: unknown };
}

const member =
  (name: string) =>
  (answer: Answer): unknown =>
    answer[name];

const wrapped = (name: string) => (value: unknown) => ({ [name]: value });

/** What a bucket has that is made today. https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html */
export const allBlocked = {
  BlockPublicAcls: true,
  BlockPublicPolicy: true,
  IgnorePublicAcls: true,
  RestrictPublicBuckets: true,
} as const;
const nothingBlocked = Object.fromEntries(Object.keys(allBlocked).map((name) => [name, false]));

/** What a lifecycle has that says nothing of it. https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html */
const usualMinimumSize = "all_storage_classes_128K";

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html; each comes after what it needs. */
export const bucketSettings = {
  Versioning: {
    words: "the versioning",
    get: "GetBucketVersioning",
    valueIn: member("Status"),
    put: "PutBucketVersioning",
    inputOf: (Status) => ({ VersioningConfiguration: { Status } }),
  },
  ObjectLockConfiguration: {
    words: "the Object Lock configuration",
    schema: (sdk) => sdk.ObjectLockConfiguration$,
    get: "GetObjectLockConfiguration",
    none: { code: "ObjectLockConfigurationNotFoundError" },
    valueIn: member("ObjectLockConfiguration"),
    put: "PutObjectLockConfiguration",
    inputOf: wrapped("ObjectLockConfiguration"),
  },
  ServerSideEncryptionConfiguration: {
    words: "the default encryption",
    schema: (sdk) => sdk.ServerSideEncryptionConfiguration$,
    get: "GetBucketEncryption",
    none: { code: "ServerSideEncryptionConfigurationNotFoundError" },
    valueIn: member("ServerSideEncryptionConfiguration"),
    put: "PutBucketEncryption",
    inputOf: wrapped("ServerSideEncryptionConfiguration"),
    remove: { operation: "DeleteBucketEncryption" },
  },
  ObjectOwnership: {
    words: "the object ownership",
    get: "GetBucketOwnershipControls",
    // Without the setting, a bucket has ACLs.
    none: { code: "OwnershipControlsNotFoundError", means: "ObjectWriter" },
    valueIn: ({ OwnershipControls }) => (OwnershipControls as S3.OwnershipControls).Rules?.[0]?.ObjectOwnership,
    put: "PutBucketOwnershipControls",
    inputOf: (ObjectOwnership) => ({ OwnershipControls: { Rules: [{ ObjectOwnership }] } }),
    remove: { value: "BucketOwnerEnforced" },
  },
  PublicAccessBlockConfiguration: {
    words: "what public access is blocked",
    schema: (sdk) => sdk.PublicAccessBlockConfiguration$,
    get: "GetPublicAccessBlock",
    none: { code: "NoSuchPublicAccessBlockConfiguration", means: nothingBlocked },
    valueIn: member("PublicAccessBlockConfiguration"),
    put: "PutPublicAccessBlock",
    inputOf: wrapped("PublicAccessBlockConfiguration"),
    remove: { value: allBlocked },
  },
  LifecycleConfiguration: {
    words: "the lifecycle",
    // With the size below which objects keep their class, as the AWS CLI shows it.
    schema: (sdk) => sdk.GetBucketLifecycleConfigurationOutput$,
    get: "GetBucketLifecycleConfiguration",
    none: { code: "NoSuchLifecycleConfiguration" },
    valueIn: ({ TransitionDefaultMinimumObjectSize: size, ...rest }) =>
      size === usualMinimumSize ? rest : { ...rest, TransitionDefaultMinimumObjectSize: size },
    put: "PutBucketLifecycleConfiguration",
    inputOf(value) {
      const { TransitionDefaultMinimumObjectSize: size, ...LifecycleConfiguration } = fieldsOf(value);
      return { LifecycleConfiguration, ...(size === undefined ? {} : { TransitionDefaultMinimumObjectSize: size }) };
    },
    remove: { operation: "DeleteBucketLifecycle" },
  },
  CORSConfiguration: {
    words: "the CORS rules",
    schema: (sdk) => sdk.CORSConfiguration$,
    get: "GetBucketCors",
    none: { code: "NoSuchCORSConfiguration" },
    valueIn: (answer) => answer,
    put: "PutBucketCors",
    inputOf: wrapped("CORSConfiguration"),
    remove: { operation: "DeleteBucketCors" },
  },
  WebsiteConfiguration: {
    words: "the website",
    schema: (sdk) => sdk.WebsiteConfiguration$,
    get: "GetBucketWebsite",
    none: { code: "NoSuchWebsiteConfiguration" },
    valueIn: (answer) => answer,
    put: "PutBucketWebsite",
    inputOf: wrapped("WebsiteConfiguration"),
    remove: { operation: "DeleteBucketWebsite" },
  },
  RequestPayer: {
    words: "who pays for requests",
    get: "GetBucketRequestPayment",
    valueIn: member("Payer"),
    put: "PutBucketRequestPayment",
    inputOf: (Payer) => ({ RequestPaymentConfiguration: { Payer } }),
    remove: { value: "BucketOwner" },
  },
  NotificationConfiguration: {
    words: "the notifications",
    schema: (sdk) => sdk.NotificationConfiguration$,
    get: "GetBucketNotificationConfiguration",
    valueIn: (answer) => answer,
    put: "PutBucketNotificationConfiguration",
    inputOf: wrapped("NotificationConfiguration"),
    remove: { value: {} },
  },
  LoggingEnabled: {
    words: "the access logs",
    schema: (sdk) => sdk.LoggingEnabled$,
    get: "GetBucketLogging",
    valueIn: member("LoggingEnabled"),
    put: "PutBucketLogging",
    inputOf: (value) => ({ BucketLoggingStatus: value === undefined ? {} : { LoggingEnabled: value } }),
    remove: { value: undefined },
  },
  Tags: {
    words: "the tags",
    get: "GetBucketTagging",
    none: { code: "NoSuchTagSet" },
    valueIn: member("TagSet"),
    put: "PutBucketTagging",
    inputOf: (TagSet) => ({ Tagging: { TagSet } }),
    remove: { operation: "DeleteBucketTagging" },
  },
} as const satisfies Readonly<Record<string, BucketSetting>>;

export type SettingName = keyof typeof bucketSettings;

export const settingNames = Object.keys(bucketSettings) as readonly SettingName[];

export function settingOf(name: SettingName): BucketSetting {
  return bucketSettings[name];
}
