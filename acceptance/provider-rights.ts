import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { outcome } from "./clients.ts";
import type { Keys } from "./gateway.ts";

/** The keys that `create` printed. */
export function keysOf(stdout: string): Keys {
  const json = JSON.parse(stdout) as { AccessKeyId: string; SecretAccessKey: string; SessionToken?: string };
  return {
    accessKeyId: json.AccessKeyId,
    secretAccessKey: json.SecretAccessKey,
    ...(json.SessionToken === undefined ? {} : { sessionToken: json.SessionToken }),
  };
}

export function providerClient(endpoint: string, keys: Keys): S3Client {
  return new S3Client({
    endpoint,
    region: "us-east-1",
    credentials: { ...keys },
    forcePathStyle: true,
    maxAttempts: 1,
  });
}

/** What one may do inside its prefix and outside: get, put. */
export async function rights(s3: S3Client, bucket: string, key: string): Promise<readonly string[]> {
  return [
    await outcome(s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }))),
    await outcome(s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: "x" }))),
  ];
}
