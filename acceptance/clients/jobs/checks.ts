import * as sdk from "@aws-sdk/client-s3";
import { expect } from "vitest";
import { type Bench, customerKeyOf, file, foreign, lifecycleRule, type Place, retainUntil, visit } from "./bench.ts";
import type { Job } from "./table.ts";

/** What must be true after a job, whichever client did it. `said` is what its run gave. */
type Check = (bench: Bench, place: Place, said: string) => Promise<void>;

/** The first object below the place: some clients choose the names. */
async function described({ witness }: Bench, { bucket: Bucket, key }: Place, more: object = {}) {
  const [Prefix = ""] = key.split("/");
  const { Contents = [] } = await witness.send(new sdk.ListObjectsV2Command({ Bucket, Prefix }));
  expect(Contents).not.toEqual([]);
  return witness.send(new sdk.HeadObjectCommand({ Bucket, Key: Contents[0]?.Key, ...more }));
}

const hasRetention: Check = async ({ witness }, { bucket: Bucket, key: Key }) => {
  const { Retention } = await witness.send(new sdk.GetObjectRetentionCommand({ Bucket, Key }));
  expect(Retention).toEqual({ Mode: "GOVERNANCE", RetainUntilDate: new Date(retainUntil) });
};

export const checks: Readonly<Record<Job, Check>> = {
  async presignedGet(bench, _place, url) {
    expect(await visit(bench, url)).toEqual({ status: 200, body: file.text });
  },
  async presignedPut(bench, { bucket: Bucket, key: Key }, url) {
    expect(await visit(bench, url, { method: "PUT", body: "by a URL" })).toMatchObject({ status: 200 });
    const { Body } = await bench.witness.send(new sdk.GetObjectCommand({ Bucket, Key }));
    expect(await Body?.transformToString()).toBe("by a URL");
  },
  async storageClass(bench, place) {
    expect(await described(bench, place)).toMatchObject({ StorageClass: "STANDARD_IA" });
  },
  async sseS3(bench, place) {
    expect(await described(bench, place)).toMatchObject({ ServerSideEncryption: "AES256" });
  },
  async sseKms(bench, place) {
    const head = await described(bench, place);
    expect(head).toMatchObject({ ServerSideEncryption: "aws:kms", SSEKMSKeyId: bench.kmsKey });
  },
  async sseC(bench, place, read) {
    const { SSECustomerKeyMD5 } = await described(bench, place, customerKeyOf(bench));
    expect([SSECustomerKeyMD5, read]).toEqual([customerKeyOf(bench).SSECustomerKeyMD5, file.text]);
  },
  retention: hasRetention,
  laterRetention: hasRetention,
  async legalHold({ witness }, { bucket: Bucket, key: Key }) {
    const { LegalHold } = await witness.send(new sdk.GetObjectLegalHoldCommand({ Bucket, Key }));
    expect(LegalHold).toEqual({ Status: "ON" });
  },
  async bypass({ witness }, { bucket: Bucket, key: Prefix, versionId }) {
    const { Versions = [] } = await witness.send(new sdk.ListObjectVersionsCommand({ Bucket, Prefix }));
    expect(Versions.map(({ VersionId }) => VersionId)).not.toContain(versionId);
  },
  async lifecycle({ witness }, { bucket: Bucket }) {
    const { Rules = [] } = await witness.send(new sdk.GetBucketLifecycleConfigurationCommand({ Bucket }));
    const { Status, Expiration, Filter, Prefix = Filter?.Prefix } = Rules[0] ?? {};
    expect({ Status, Expiration, Filter: { Prefix } }).toEqual({ ...lifecycleRule, ID: undefined });
  },
  async website({ witness }, { bucket: Bucket }) {
    const { IndexDocument } = await witness.send(new sdk.GetBucketWebsiteCommand({ Bucket }));
    expect(IndexDocument).toEqual({ Suffix: "index.html" });
  },
  async payer({ witness }, { bucket: Bucket }) {
    expect(await witness.send(new sdk.GetBucketRequestPaymentCommand({ Bucket }))).toMatchObject({
      Payer: "Requester",
    });
  },
  async asRequester(_bench, _place, read) {
    expect(read).toBe(foreign.text);
  },
  async oldVersion(_bench, _place, read) {
    expect(read).toBe("the first one");
  },
  async bucketRetention({ witness }, { bucket: Bucket }) {
    const { ObjectLockConfiguration } = await witness.send(new sdk.GetObjectLockConfigurationCommand({ Bucket }));
    expect(ObjectLockConfiguration?.Rule?.DefaultRetention).toEqual({ Mode: "GOVERNANCE", Days: 1 });
  },
  async underRetention(bench, place) {
    expect(await described(bench, place)).toMatchObject({ ObjectLockMode: "GOVERNANCE" });
  },
};
