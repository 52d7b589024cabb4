import * as sdk from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { customerKeyOf, file, foreign, lifecycleRule, type Place, retainUntil, type Start } from "./bench.ts";

export const startSdkJavascript: Start<"SDK for JavaScript"> = (bench) => {
  const { witness: s3, kmsKey } = bench;
  const on = ({ bucket, key }: Pick<Place, "bucket" | "key">) => ({ Bucket: bucket, Key: key });
  const nothing = () => "";
  const put = (place: Place, more: Partial<sdk.PutObjectCommandInput>) =>
    s3.send(new sdk.PutObjectCommand({ ...on(place), Body: file.text, ...more })).then(nothing);
  const read = async (asked: sdk.GetObjectCommandInput) =>
    (await (await s3.send(new sdk.GetObjectCommand(asked))).Body?.transformToString()) ?? "";
  const RetainUntilDate = new Date(retainUntil);
  return {
    presignedGet: (place) => getSignedUrl(s3, new sdk.GetObjectCommand(on(place))),
    presignedPut: (place) => getSignedUrl(s3, new sdk.PutObjectCommand(on(place))),
    storageClass: (place) => put(place, { StorageClass: "STANDARD_IA" }),
    sseS3: (place) => put(place, { ServerSideEncryption: "AES256" }),
    sseKms: (place) => put(place, { ServerSideEncryption: "aws:kms", SSEKMSKeyId: kmsKey }),
    async sseC(place) {
      await put(place, customerKeyOf(bench));
      return read({ ...on(place), ...customerKeyOf(bench) });
    },
    retention: (place) => put(place, { ObjectLockMode: "GOVERNANCE", ObjectLockRetainUntilDate: RetainUntilDate }),
    laterRetention: (place) =>
      s3
        .send(new sdk.PutObjectRetentionCommand({ ...on(place), Retention: { Mode: "GOVERNANCE", RetainUntilDate } }))
        .then(nothing),
    legalHold: (place) =>
      s3.send(new sdk.PutObjectLegalHoldCommand({ ...on(place), LegalHold: { Status: "ON" } })).then(nothing),
    bypass({ versionId: VersionId, ...place }) {
      const asked = { ...on(place), VersionId, BypassGovernanceRetention: true };
      return s3.send(new sdk.DeleteObjectCommand(asked)).then(nothing);
    },
    lifecycle({ bucket: Bucket }) {
      const LifecycleConfiguration = { Rules: [lifecycleRule] };
      return s3.send(new sdk.PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration })).then(nothing);
    },
    website({ bucket: Bucket }) {
      const WebsiteConfiguration = { IndexDocument: { Suffix: "index.html" } };
      return s3.send(new sdk.PutBucketWebsiteCommand({ Bucket, WebsiteConfiguration })).then(nothing);
    },
    payer({ bucket: Bucket }) {
      const RequestPaymentConfiguration = { Payer: "Requester" } as const;
      return s3.send(new sdk.PutBucketRequestPaymentCommand({ Bucket, RequestPaymentConfiguration })).then(nothing);
    },
    asRequester: () => read({ ...on(foreign), RequestPayer: "requester" }),
    oldVersion: (place) => read({ ...on(place), VersionId: place.versionId }),
    bucketRetention({ bucket: Bucket }) {
      const Rule = { DefaultRetention: { Mode: "GOVERNANCE", Days: 1 } } as const;
      const ObjectLockConfiguration = { ObjectLockEnabled: "Enabled", Rule } as const;
      return s3.send(new sdk.PutObjectLockConfigurationCommand({ Bucket, ObjectLockConfiguration })).then(nothing);
    },
    underRetention: (place) => put(place, {}),
  };
};
