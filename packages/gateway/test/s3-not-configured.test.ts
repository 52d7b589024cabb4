import { S3 } from "@aws-sdk/client-s3";
import { IAM } from "@aws-sdk/client-iam";
import { describe, expect, test, onTestFinished } from "vitest";
import { useS3Gateway } from "./s3-gateway.ts";

const gateway = useS3Gateway();
const { send } = gateway;

function s3With(keys = gateway.admin): S3 {
  const endpoint = `http://127.0.0.1:${gateway.port}`;
  const s3 = new S3({ endpoint, region: "us-east-1", credentials: keys, maxAttempts: 1, forcePathStyle: true });
  onTestFinished(() => s3.destroy());
  return s3;
}

type Ask = (s3: S3, Bucket: string) => Promise<unknown>;

/** The question, the action it needs, and S3's answer for a bucket where nothing was ever configured. */
const questions: Readonly<Record<string, readonly [ask: Ask, action: string, answer: string | object]>> = {
  tagging: [(s3, Bucket) => s3.getBucketTagging({ Bucket }), "s3:GetBucketTagging", "NoSuchTagSet"],
  replication: [
    (s3, Bucket) => s3.getBucketReplication({ Bucket }),
    "s3:GetReplicationConfiguration",
    "ReplicationConfigurationNotFoundError",
  ],
  "object lock": [
    (s3, Bucket) => s3.getObjectLockConfiguration({ Bucket }),
    "s3:GetBucketObjectLockConfiguration",
    "ObjectLockConfigurationNotFoundError",
  ],
  lifecycle: [
    (s3, Bucket) => s3.getBucketLifecycleConfiguration({ Bucket }),
    "s3:GetLifecycleConfiguration",
    "NoSuchLifecycleConfiguration",
  ],
  website: [(s3, Bucket) => s3.getBucketWebsite({ Bucket }), "s3:GetBucketWebsite", "NoSuchWebsiteConfiguration"],
  cors: [(s3, Bucket) => s3.getBucketCors({ Bucket }), "s3:GetBucketCORS", "NoSuchCORSConfiguration"],
  policy: [(s3, Bucket) => s3.getBucketPolicy({ Bucket }), "s3:GetBucketPolicy", "NoSuchBucketPolicy"],
  "policy status": [
    (s3, Bucket) => s3.getBucketPolicyStatus({ Bucket }),
    "s3:GetBucketPolicyStatus",
    "NoSuchBucketPolicy",
  ],
  logging: [(s3, Bucket) => s3.getBucketLogging({ Bucket }), "s3:GetBucketLogging", {}],
  "request payment": [
    (s3, Bucket) => s3.getBucketRequestPayment({ Bucket }),
    "s3:GetBucketRequestPayment",
    { Payer: "BucketOwner" },
  ],
  accelerate: [(s3, Bucket) => s3.getBucketAccelerateConfiguration({ Bucket }), "s3:GetAccelerateConfiguration", {}],
  notification: [(s3, Bucket) => s3.getBucketNotificationConfiguration({ Bucket }), "s3:GetBucketNotification", {}],
  "ownership controls": [
    (s3, Bucket) => s3.getBucketOwnershipControls({ Bucket }),
    "s3:GetBucketOwnershipControls",
    { OwnershipControls: { Rules: [{ ObjectOwnership: "BucketOwnerEnforced" }] } },
  ],
  "access control by tags": [
    (s3, Bucket) => s3.getBucketAbac({ Bucket }),
    "s3:GetBucketAbac",
    { AbacStatus: { Status: "Disabled" } },
  ],
  "list of analytics": [
    (s3, Bucket) => s3.listBucketAnalyticsConfigurations({ Bucket }),
    "s3:GetAnalyticsConfiguration",
    { IsTruncated: false },
  ],
  "list of tierings": [
    (s3, Bucket) => s3.listBucketIntelligentTieringConfigurations({ Bucket }),
    "s3:GetIntelligentTieringConfiguration",
    { IsTruncated: false },
  ],
  "list of inventories": [
    (s3, Bucket) => s3.listBucketInventoryConfigurations({ Bucket }),
    "s3:GetInventoryConfiguration",
    { IsTruncated: false },
  ],
  "list of metrics": [
    (s3, Bucket) => s3.listBucketMetricsConfigurations({ Bucket }),
    "s3:GetMetricsConfiguration",
    { IsTruncated: false },
  ],
  "one analytics": [
    (s3, Bucket) => s3.getBucketAnalyticsConfiguration({ Bucket, Id: "x" }),
    "s3:GetAnalyticsConfiguration",
    "NoSuchConfiguration",
  ],
  "one tiering": [
    (s3, Bucket) => s3.getBucketIntelligentTieringConfiguration({ Bucket, Id: "x" }),
    "s3:GetIntelligentTieringConfiguration",
    "NoSuchConfiguration",
  ],
  "one inventory": [
    (s3, Bucket) => s3.getBucketInventoryConfiguration({ Bucket, Id: "x" }),
    "s3:GetInventoryConfiguration",
    "NoSuchConfiguration",
  ],
  "one metric": [
    (s3, Bucket) => s3.getBucketMetricsConfiguration({ Bucket, Id: "x" }),
    "s3:GetMetricsConfiguration",
    "NoSuchConfiguration",
  ],
  "retention of an object": [
    (s3, Bucket) => s3.getObjectRetention({ Bucket, Key: "k" }),
    "s3:GetObjectRetention",
    "InvalidRequest",
  ],
  "legal hold of an object": [
    (s3, Bucket) => s3.getObjectLegalHold({ Bucket, Key: "k" }),
    "s3:GetObjectLegalHold",
    "InvalidRequest",
  ],
  "no tags of a bucket": [(s3, Bucket) => s3.deleteBucketTagging({ Bucket }), "s3:PutBucketTagging", {}],
  "no lifecycle": [(s3, Bucket) => s3.deleteBucketLifecycle({ Bucket }), "s3:PutLifecycleConfiguration", {}],
  "no replication": [(s3, Bucket) => s3.deleteBucketReplication({ Bucket }), "s3:PutReplicationConfiguration", {}],
  "no analytics": [
    (s3, Bucket) => s3.deleteBucketAnalyticsConfiguration({ Bucket, Id: "x" }),
    "s3:PutAnalyticsConfiguration",
    "NoSuchConfiguration",
  ],
  "no tags of an object": [(s3, Bucket) => s3.deleteObjectTagging({ Bucket, Key: "k" }), "s3:DeleteObjectTagging", {}],
  "the default ownership": [
    (s3, Bucket) =>
      s3.putBucketOwnershipControls({
        Bucket,
        OwnershipControls: { Rules: [{ ObjectOwnership: "BucketOwnerEnforced" }] },
      }),
    "s3:PutBucketOwnershipControls",
    {},
  ],
  "the default payer": [
    (s3, Bucket) => s3.putBucketRequestPayment({ Bucket, RequestPaymentConfiguration: { Payer: "BucketOwner" } }),
    "s3:PutBucketRequestPayment",
    {},
  ],
  "no acceleration": [
    (s3, Bucket) => s3.putBucketAccelerateConfiguration({ Bucket, AccelerateConfiguration: { Status: "Suspended" } }),
    "s3:PutAccelerateConfiguration",
    {},
  ],
  "no logging": [(s3, Bucket) => s3.putBucketLogging({ Bucket, BucketLoggingStatus: {} }), "s3:PutBucketLogging", {}],
  "no notifications": [
    (s3, Bucket) => s3.putBucketNotificationConfiguration({ Bucket, NotificationConfiguration: {} }),
    "s3:PutBucketNotification",
    {},
  ],
  "no access control by tags": [
    (s3, Bucket) => s3.putBucketAbac({ Bucket, AbacStatus: { Status: "Disabled" } }),
    "s3:PutBucketAbac",
    {},
  ],
};

async function answerOf(asked: Promise<unknown>): Promise<unknown> {
  try {
    const { $metadata: _, ...answer } = (await asked) as { readonly $metadata: unknown };
    return answer;
  } catch (error) {
    return error instanceof Error ? error.name : error;
  }
}

describe.each(Object.entries(questions))("not configured: %s", (what, [ask, action, expected]) => {
  test(`is answered as S3 does, to who has ${action}, once the bucket is there`, async () => {
    const Bucket = await gateway.bucket();
    await send({ method: "PUT", target: `/${Bucket}/k`, body: "x" });
    expect(await answerOf(ask(s3With(), Bucket))).toEqual(expected);
    const allow = (actions: object) => ({ Effect: "Allow", ...actions, Resource: "*" });
    const name = what.replaceAll(" ", "-");
    const reader = s3With(await gateway.user(`${name}-yes`, allow({ Action: action })));
    expect(await answerOf(ask(reader, Bucket))).toEqual(expected);
    const others = s3With(await gateway.user(`${name}-no`, allow({ NotAction: action })));
    expect(await answerOf(ask(others, Bucket))).toBe("AccessDenied");
    expect(await answerOf(ask(others, "no-such-bucket"))).toBe("NoSuchBucket");
  });
});

/** Configurations that are not the default, and documents that are none. */
const changes = [
  ["accelerate", "<AccelerateConfiguration><Status>Enabled</Status></AccelerateConfiguration>"],
  ["notification", "<NotificationConfiguration><EventBridgeConfiguration/></NotificationConfiguration>"],
] as const;

test.each(changes)("PUT ?%s with what is not here is refused by name, and changes nothing", async (name, body) => {
  const b = await gateway.bucket();
  const before = await send({ target: `/${b}?${name}` });
  const put = await send({ method: "PUT", target: `/${b}?${name}`, body });
  expect(put).toMatchObject({ status: 501, code: "NotImplemented" });
  expect(put.body).toMatch(/<Message>\w+ is (not )?implemented/);
  const after = await send({ target: `/${b}?${name}` });
  expect([after.status, after.code]).toEqual([before.status, before.code]);
});

test.each([
  ["ownershipControls", "<OwnershipControls/>"],
  [
    "ownershipControls",
    "<OwnershipControls><Rule><ObjectOwnership>Nobody</ObjectOwnership></Rule></OwnershipControls>",
  ],
  ["requestPayment", "<RequestPaymentConfiguration><Payer>x</Payer></RequestPaymentConfiguration>"],
  ["accelerate", "<AccelerateConfiguration/>"],
  ["logging", "<Logging/>"],
])("PUT ?%s with a document that is none is MalformedXML: %s", async (name, body) => {
  const b = await gateway.bucket();
  expect((await send({ method: "PUT", target: `/${b}?${name}`, body })).code).toBe("MalformedXML");
});

test("IAM: what nobody can have here is an empty list, each by its own action", async () => {
  const iamWith = (keys = gateway.admin) => {
    const iam = new IAM({
      endpoint: `http://127.0.0.1:${gateway.port}`,
      region: "us-east-1",
      credentials: keys,
      maxAttempts: 1,
    });
    onTestFinished(() => iam.destroy());
    return iam;
  };
  const lists: Readonly<Record<string, readonly [ask: (iam: IAM) => Promise<unknown>, answer: unknown]>> = {
    ListOpenIDConnectProviders: [(iam) => iam.listOpenIDConnectProviders({}), { OpenIDConnectProviderList: [] }],
    ListSAMLProviders: [(iam) => iam.listSAMLProviders({}), { SAMLProviderList: [] }],
    ListInstanceProfiles: [
      (iam) => iam.listInstanceProfiles({ PathPrefix: "/a/" }),
      { InstanceProfiles: [], IsTruncated: false },
    ],
    ListServerCertificates: [
      (iam) => iam.listServerCertificates({}),
      { ServerCertificateMetadataList: [], IsTruncated: false },
    ],
    ListAccountAliases: [(iam) => iam.listAccountAliases({}), { AccountAliases: [], IsTruncated: false }],
  };
  for (const [name, [ask, expected]] of Object.entries(lists)) {
    expect(await answerOf(ask(iamWith())), name).toEqual(expected);
    const allow = (actions: object) => ({ Effect: "Allow", ...actions, Resource: "*" });
    const reader = iamWith(await gateway.user(`${name}-yes`, allow({ Action: `iam:${name}` })));
    expect(await answerOf(ask(reader)), name).toEqual(expected);
    const others = iamWith(await gateway.user(`${name}-no`, allow({ NotAction: `iam:${name}` })));
    expect(await answerOf(ask(others)), name).toBe("AccessDenied");
  }
});
