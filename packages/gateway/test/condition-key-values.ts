import { createHash, randomBytes } from "node:crypto";
import type { S3Operation } from "../src/operations/s3/s3-operation.ts";

/** Values of condition keys: those of every request of a session, and those that a request can be given. */

export type Condition = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** What is known of the caller and what it asks about, once the gateway has started. */
export interface CallerFacts {
  readonly accountId: string;
  readonly userId: string;
  readonly organization: { readonly id: string; readonly path: string };
  readonly bucket: string;
}

export const equals = (key: string, value: unknown): Condition => ({ StringEquals: { [key]: value } });
const texts = (key: string, value: () => string) => (isRight: boolean) =>
  equals(key, isRight ? value() : `no ${value()}`);
const flags = (key: string, value: boolean) => (isRight: boolean) => ({ Bool: { [key]: String(value === isRight) } });
const dates = (key: string) => (isRight: boolean) => ({ [isRight ? "DateGreaterThan" : "DateLessThan"]: { [key]: "2020-01-01T00:00:00Z" } }); // prettier-ignore
const numbers = (key: string, atLeast: number) => (isRight: boolean) => ({ [isRight ? "NumericGreaterThanEquals" : "NumericLessThan"]: { [key]: String(atLeast) } }); // prettier-ignore

/** Keys that every request has, or every one of such a session. */
export const everywhereOf = (facts: () => CallerFacts): Readonly<Record<string, (isRight: boolean) => Condition>> => ({
  "aws:PrincipalArn": texts("aws:PrincipalArn", () => `arn:aws:iam::${facts().accountId}:user/ann`),
  "aws:PrincipalAccount": texts("aws:PrincipalAccount", () => facts().accountId),
  "aws:PrincipalOrgID": texts("aws:PrincipalOrgID", () => facts().organization.id),
  "aws:PrincipalOrgPaths": (isRight) => ({
    "ForAnyValue:StringEquals": { "aws:PrincipalOrgPaths": isRight ? facts().organization.path : "o-x/r-x/" },
  }),
  "aws:PrincipalTag/": texts("aws:PrincipalTag/team", () => "red"),
  "aws:PrincipalIsAWSService": flags("aws:PrincipalIsAWSService", false),
  "aws:PrincipalType": texts("aws:PrincipalType", () => "User"),
  "aws:userid": texts("aws:userid", () => facts().userId),
  "aws:username": texts("aws:username", () => "ann"),
  "aws:TokenIssueTime": dates("aws:TokenIssueTime"),
  "aws:MultiFactorAuthAge": numbers("aws:MultiFactorAuthAge", 0),
  "aws:MultiFactorAuthPresent": flags("aws:MultiFactorAuthPresent", true),
  "aws:SourceIp": (isRight) => ({ IpAddress: { "aws:SourceIp": isRight ? "127.0.0.1/32" : "192.0.2.0/24" } }),
  "aws:ResourceAccount": texts("aws:ResourceAccount", () => facts().accountId),
  "aws:ResourceOrgID": texts("aws:ResourceOrgID", () => facts().organization.id),
  "aws:ResourceOrgPaths": (isRight) => ({
    "ForAnyValue:StringEquals": { "aws:ResourceOrgPaths": isRight ? facts().organization.path : "o-x/r-x/" },
  }),
  "aws:ResourceTag/": texts("aws:ResourceTag/team", () => "red"),
  "s3:BucketTag/": texts("s3:BucketTag/team", () => "red"),
  "aws:ViaAWSService": flags("aws:ViaAWSService", false),
  "aws:CurrentTime": dates("aws:CurrentTime"),
  "aws:EpochTime": numbers("aws:EpochTime", 1_577_836_800),
  "aws:referer": texts("aws:referer", () => "https://example.test/"),
  "aws:RequestedRegion": texts("aws:RequestedRegion", () => "us-east-1"),
  "aws:SecureTransport": flags("aws:SecureTransport", true),
  "aws:UserAgent": texts("aws:UserAgent", () => "tester"),
  "s3:authType": texts("s3:authType", () => "REST-HEADER"),
  "s3:ResourceAccount": texts("s3:ResourceAccount", () => facts().accountId),
  "s3:signatureAge": numbers("s3:signatureAge", 60_000),
  "s3:signatureversion": texts("s3:signatureversion", () => "AWS4-HMAC-SHA256"),
  "s3:TlsVersion": numbers("s3:TlsVersion", 1.2),
  "s3:x-amz-content-sha256": texts("s3:x-amz-content-sha256", () => "UNSIGNED-PAYLOAD"),
});

export interface Sample {
  /** The member that has the key: a header, `?parameter` or `/element`. */
  readonly member?: string;
  readonly value?: string;
  /** What the request needs beside it. */
  readonly with?: Readonly<Record<string, string>>;
  readonly condition: (isRight: boolean, row: Pick<S3Operation, "name">) => Condition;
}

export const inTenDays = new Date(Date.now() + 10 * 86_400_000).toISOString();
const customerKey = randomBytes(32);
const customer = {
  "x-amz-server-side-encryption-customer-key": customerKey.toString("base64"),
  "x-amz-server-side-encryption-customer-key-md5": createHash("md5").update(customerKey).digest("base64"),
};

function sent(key: string, member: string, value: string, more: Readonly<Record<string, string>> = {}): Sample {
  return { member, value, with: more, condition: texts(key, () => value) };
}

/** A value of every key that only some operations have. */
export const samplesOf = (facts: () => Pick<CallerFacts, "bucket">): Readonly<Record<string, Sample>> => ({
  "s3:prefix": sent("s3:prefix", "?prefix", "dir/"),
  "s3:delimiter": sent("s3:delimiter", "?delimiter", "/"),
  "s3:max-keys": { member: "?max-keys", value: "7", condition: numbers("s3:max-keys", 7) },
  "s3:versionid": {
    condition: (isRight) => ({ [isRight ? "StringLike" : "StringNotLike"]: { "s3:versionid": "?*" } }),
  },
  "s3:locationconstraint": { ...sent("s3:locationconstraint", "/LocationConstraint", "us-east-1"), with: {} },
  "s3:ObjectCreationOperation": {
    condition: (isRight, { name }) => ({ Bool: { "s3:ObjectCreationOperation": String(/^(Put|Post|Copy|Complete)/.test(name) === isRight) } }), // prettier-ignore
  },
  "s3:ExistingObjectTag/": { condition: texts("s3:ExistingObjectTag/team", () => "red") },
  "s3:RequestObjectTag/": { member: "x-amz-tagging", value: "team=red", condition: texts("s3:RequestObjectTag/team", () => "red") }, // prettier-ignore
  "s3:RequestObjectTagKeys": {
    member: "x-amz-tagging",
    value: "team=red",
    condition: (isRight) => ({ "ForAnyValue:StringEquals": { "s3:RequestObjectTagKeys": isRight ? "team" : "other" } }),
  },
  "s3:InventoryAccessibleOptionalFields": {
    member: "/OptionalFields/Field",
    condition: (isRight) => ({
      "ForAnyValue:StringEquals": { "s3:InventoryAccessibleOptionalFields": isRight ? "Size" : "ETag" },
    }),
  },
  "s3:if-match": sent("s3:if-match", "if-match", '"x"'),
  "s3:if-none-match": sent("s3:if-none-match", "if-none-match", "*"),
  "s3:object-lock-mode": sent("s3:object-lock-mode", "x-amz-object-lock-mode", "COMPLIANCE", {
    "x-amz-object-lock-retain-until-date": inTenDays,
  }),
  "s3:object-lock-legal-hold": sent("s3:object-lock-legal-hold", "x-amz-object-lock-legal-hold", "ON"),
  "s3:object-lock-retain-until-date": {
    member: "x-amz-object-lock-retain-until-date",
    value: inTenDays,
    with: { "x-amz-object-lock-mode": "COMPLIANCE" },
    condition: dates("s3:object-lock-retain-until-date"),
  },
  "s3:object-lock-remaining-retention-days": {
    member: "x-amz-object-lock-retain-until-date",
    value: inTenDays,
    with: { "x-amz-object-lock-mode": "COMPLIANCE" },
    condition: numbers("s3:object-lock-remaining-retention-days", 9.9),
  },
  "s3:x-amz-acl": sent("s3:x-amz-acl", "x-amz-acl", "private"),
  ...Object.fromEntries(
    ["full-control", "read", "read-acp", "write", "write-acp"].map((right) => [
      `s3:x-amz-grant-${right}`,
      sent(`s3:x-amz-grant-${right}`, `x-amz-grant-${right}`, 'id="x"'),
    ]),
  ),
  "s3:x-amz-copy-source": { condition: texts("s3:x-amz-copy-source", () => `${facts().bucket}/source`) },
  "s3:x-amz-metadata-directive": sent("s3:x-amz-metadata-directive", "x-amz-metadata-directive", "REPLACE"),
  "s3:x-amz-object-ownership": sent("s3:x-amz-object-ownership", "x-amz-object-ownership", "BucketOwnerEnforced"),
  "s3:x-amz-bucket-namespace": sent("s3:x-amz-bucket-namespace", "x-amz-bucket-namespace", "global"),
  "s3:x-amz-storage-class": sent("s3:x-amz-storage-class", "x-amz-storage-class", "STANDARD_IA"),
  "s3:x-amz-website-redirect-location": sent("s3:x-amz-website-redirect-location", "x-amz-website-redirect-location", "/x"), // prettier-ignore
  "s3:x-amz-server-side-encryption": sent("s3:x-amz-server-side-encryption", "x-amz-server-side-encryption", "AES256"),
  "s3:x-amz-server-side-encryption-aws-kms-key-id": {
    member: "x-amz-server-side-encryption-aws-kms-key-id",
    value: "alias/one",
    with: { "x-amz-server-side-encryption": "aws:kms" },
    condition: (isRight) => ({ StringLike: { "s3:x-amz-server-side-encryption-aws-kms-key-id": `arn:aws:kms:*:key/${isRight ? "*" : "x"}` } }), // prettier-ignore
  },
  "s3:x-amz-server-side-encryption-customer-algorithm": sent(
    "s3:x-amz-server-side-encryption-customer-algorithm",
    "x-amz-server-side-encryption-customer-algorithm",
    "AES256",
    customer,
  ),
});
