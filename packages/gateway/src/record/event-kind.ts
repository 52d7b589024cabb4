import { findAction } from "@s3-credentials/policy";
import type { S3OperationName } from "../ports/operation-name.ts";
import { s3Routes } from "../operations/table.ts";

export interface EventKind {
  readonly eventSource: string;
  readonly eventName: string;
  readonly readOnly: boolean;
  /** Calls on objects, and those that list them, are data events; all others are management events. */
  readonly isData: boolean;
  /** Its answer is in `responseElements`: it makes a change, or credentials. */
  readonly showsAnswer: boolean;
  /** It changes no row, so it needs no ports that would record a change. */
  readonly onlyReads: boolean;
  /** Source and name as members of an event, as JSON without braces. */
  readonly named: string;
  /** `readOnly`, `eventType`, `managementEvent` and `eventCategory`, likewise, with a comma after them. */
  readonly flags: string;
}

type Derived = Omit<EventKind, "onlyReads" | "named" | "flags">;

/**
 * Names of S3's operations that CloudTrail writes in another way.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-s3-info.html
 */
const otherNames: Readonly<Partial<Record<S3OperationName, string>>> = {
  DeletePublicAccessBlock: "DeleteBucketPublicAccessBlock",
  GetBucketLifecycleConfiguration: "GetBucketLifecycle",
  GetBucketNotificationConfiguration: "GetBucketNotification",
  GetObjectLockConfiguration: "GetBucketObjectLockConfiguration",
  GetPublicAccessBlock: "GetBucketPublicAccessBlock",
  ListObjectsV2: "ListObjects",
  PutBucketLifecycleConfiguration: "PutBucketLifecycle",
  PutBucketNotificationConfiguration: "PutBucketNotification",
  PutObjectLockConfiguration: "PutBucketObjectLockConfiguration",
  PutPublicAccessBlock: "PutBucketPublicAccessBlock",
};

/** Calls on a bucket that CloudTrail has among the data events: the same page. */
const bucketData: ReadonlySet<string> = new Set([
  "DeleteObjects",
  "HeadBucket",
  "ListMultipartUploads",
  "ListObjects",
  "ListObjectsV2",
  "ListObjectVersions",
  "PostObject",
] satisfies (S3OperationName | "PostObject")[]);

const routes = new Map<string, (typeof s3Routes)[number][1]>(s3Routes);

function s3Kind(operation: string): Derived {
  const route = routes.get(operation);
  const readOnly = route === undefined ? isRead("s3", operation) : ["GET", "HEAD", "OPTIONS"].includes(route.method);
  return {
    eventSource: "s3.amazonaws.com",
    eventName: otherNames[operation as S3OperationName] ?? operation,
    readOnly,
    isData: route?.level === "object" || bucketData.has(operation),
    showsAnswer: !readOnly,
  };
}

/** CloudTrail calls every operation of STS read-only: none changes anything in the account. */
function stsKind(operation: string): Derived {
  return {
    eventSource: "sts.amazonaws.com",
    eventName: operation,
    readOnly: true,
    isData: false,
    showsAnswer: /^(Assume|GetSessionToken$|GetFederationToken$|GetDelegatedAccessToken$|GetWebIdentityToken$)/.test(
      operation,
    ),
  };
}

function isRead(service: string, operation: string): boolean {
  const access = findAction(`${service}:${operation}`)?.access;
  if (access !== undefined) return access === "List" || access === "Read";
  return /^(Get|List|Describe|Head|Lookup|Simulate|Select)/.test(operation);
}

function otherKind(service: string, operation: string): Derived {
  const readOnly = isRead(service, operation);
  const eventSource = `${service}.amazonaws.com`;
  return { eventSource, eventName: operation, readOnly, isData: false, showsAnswer: !readOnly };
}

/** As JSON, without braces. */
function members(object: object): string {
  return JSON.stringify(object).slice(1, -1);
}

const kinds = new Map<string, EventKind>();

/** What the events of an operation have in common; derived once from its row and the catalog of actions. */
export function eventKind(service: string, operation: string): EventKind {
  const name = `${service}:${operation}`;
  let kind = kinds.get(name);
  if (kind === undefined) {
    const derived =
      service === "s3" ? s3Kind(operation) : service === "sts" ? stsKind(operation) : otherKind(service, operation);
    // A report is "read" in the catalog of actions, and so is every operation of STS; but they store something.
    const onlyReads = derived.readOnly && !derived.showsAnswer && /^(Get|Head|List|Describe|Lookup)/.test(operation);
    const { eventSource, eventName, readOnly, isData } = derived;
    const eventCategory = isData ? "Data" : "Management";
    const flags = { readOnly, eventType: "AwsApiCall", managementEvent: !isData, eventCategory };
    kind = { ...derived, onlyReads, named: members({ eventSource, eventName }), flags: `${members(flags)},` };
    kinds.set(name, kind);
  }
  return kind;
}
