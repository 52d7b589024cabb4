import { text } from "node:stream/consumers";
import { Client } from "minio";
import { customerKeyOf, file, lifecycleRule, type Place, retainUntil, type Start } from "./bench.ts";

/** Without the prefix `x-amz-` minio-js makes metadata of a header. */
type Headers = Readonly<Record<`x-amz-${string}`, string>>;

export const startMinioJs: Start<"minio-js"> = (bench) => {
  const { gateway, kmsKey, agent } = bench;
  const minio = new Client({
    endPoint: "127.0.0.1",
    port: gateway.port,
    useSSL: true,
    transportAgent: agent,
    accessKey: gateway.admin.accessKeyId,
    secretKey: gateway.admin.secretAccessKey,
  });
  const done = async (asked: unknown) => {
    await asked; // its types leave promises out
    return "";
  };
  const put = ({ bucket, key }: Place, headers: Headers) =>
    done(minio.putObject(bucket, key, file.text, file.text.length, headers));
  const own = customerKeyOf(bench);
  const sse = "x-amz-server-side-encryption";
  return {
    presignedGet: ({ bucket, key }) => minio.presignedGetObject(bucket, key, 60),
    presignedPut: ({ bucket, key }) => minio.presignedPutObject(bucket, key, 60),
    storageClass: (place) => put(place, { "x-amz-storage-class": "STANDARD_IA" }),
    sseS3: (place) => put(place, { [sse]: "AES256" }),
    sseKms: (place) => put(place, { [sse]: "aws:kms", [`${sse}-aws-kms-key-id`]: kmsKey }),
    async sseC(place) {
      await put(place, {
        [`${sse}-customer-algorithm`]: own.SSECustomerAlgorithm,
        [`${sse}-customer-key`]: own.SSECustomerKey,
        [`${sse}-customer-key-md5`]: own.SSECustomerKeyMD5,
      });
      return text(await minio.getObject(place.bucket, place.key, own));
    },
    laterRetention({ bucket, key }) {
      const retention = { mode: "GOVERNANCE", retainUntilDate: retainUntil };
      return done(minio.putObjectRetention(bucket, key, retention as never));
    },
    legalHold: ({ bucket, key }) => done(minio.setObjectLegalHold(bucket, key, { status: "ON" } as never)),
    bypass: ({ bucket, key, versionId }) =>
      done(minio.removeObject(bucket, key, { versionId, governanceBypass: true })),
    lifecycle: ({ bucket }) => done(minio.setBucketLifecycle(bucket, { Rule: [lifecycleRule] })),
    oldVersion: async ({ bucket, key, versionId }) => text(await minio.getObject(bucket, key, { versionId })),
    bucketRetention: ({ bucket }) =>
      done(minio.setObjectLockConfig(bucket, { mode: "GOVERNANCE", unit: "Days", validity: 1 } as never)),
  };
};
