import type { JsonService } from "./json/json-services.ts";

/**
 * When a demand is made at all; `authz/predicates.ts` has the function behind each name. `version-named` and `no-version` look at
 * the resource of the demand, and on an `item` demand at that item, as `etag-match-item` does.
 */
export type PredicateName =
  | "version-named"
  | "no-version"
  | "source-version-named"
  | "source-no-version"
  | "etag-match-header"
  | "etag-match-item"
  | "tagging-header"
  | "copies-tags"
  | "copies-tags-no-version"
  | "copies-tags-of-version"
  | "acl-header"
  | "object-ownership-header"
  | "object-lock-enabled-header"
  | "governance-bypass-header"
  | "legal-hold-header"
  | "retention-header";

/** One action on one resource. All demands of an operation whose `when` holds must be allowed. */
export interface S3Demand {
  readonly action: `s3:${string}`;
  /** The resource that the action is asked on; `none`: `*`. */
  readonly resource: "bucket" | "object" | "source-object" | "item" | "none";
  readonly when?: PredicateName;
}

/** A demand of a service whose requests name an action. */
export interface QueryDemand {
  readonly action: `${"iam" | "sts" | JsonService}:${string}`;
  /** The name under which the operation's `resolve` gives the resource; `none`: `*`. */
  readonly resource: string;
  /** Needs no Allow, but an explicit Deny counts: a user who narrows its own session. */
  readonly unlessDenied?: true;
}

/** Keys of single S3 operations; one that ends in `/` means every key that begins with it. `authz/request-context.ts` has the reader of each. */
export const s3ConditionKeys = [
  "s3:prefix",
  "s3:delimiter",
  "s3:max-keys",
  "s3:VersionId",
  "s3:LocationConstraint",
  "s3:InventoryAccessibleOptionalFields",
  "s3:ObjectCreationOperation",
  "s3:ExistingObjectTag/",
  "s3:RequestObjectTag/",
  "s3:RequestObjectTagKeys",
  "s3:if-match",
  "s3:if-none-match",
  "s3:object-lock-legal-hold",
  "s3:object-lock-mode",
  "s3:object-lock-remaining-retention-days",
  "s3:object-lock-retain-until-date",
  "s3:x-amz-acl",
  "s3:x-amz-grant-full-control",
  "s3:x-amz-grant-read",
  "s3:x-amz-grant-read-acp",
  "s3:x-amz-grant-write",
  "s3:x-amz-grant-write-acp",
  "s3:x-amz-copy-source",
  "s3:x-amz-metadata-directive",
  "s3:x-amz-object-ownership",
  "s3:x-amz-server-side-encryption",
  "s3:x-amz-server-side-encryption-aws-kms-key-id",
  "s3:x-amz-server-side-encryption-customer-algorithm",
  "s3:x-amz-storage-class",
  "s3:x-amz-website-redirect-location",
] as const;

export type S3ConditionKey = (typeof s3ConditionKeys)[number];

/** Keys that operations of services other than S3 fill; one that ends in `/` means every key that begins with it. */
export type QueryConditionKey =
  | "aws:RequestTag/"
  | "aws:ResourceTag/"
  | "aws:TagKeys"
  | "iam:PermissionsBoundary"
  | "iam:PolicyARN"
  | "iam:ResourceTag/"
  | "organizations:PolicyType"
  | "sts:ExternalId"
  | "sts:RoleSessionName"
  | "sts:SourceIdentity"
  | "sts:TransitiveTagKeys";
