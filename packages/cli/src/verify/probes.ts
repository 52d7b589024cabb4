import { randomBytes } from "node:crypto";
import type { S3Client } from "@aws-sdk/client-s3";
import { failedWith } from "../output/errors.ts";
import type { Asked } from "./expectation.ts";

/** The keys that are tried in one place. */
export interface ProbeKeys {
  /** Put there by the creator, to be read and deleted. */
  readonly seed: string;
  /** Written with the credentials that are tried. */
  readonly own: string;
}

/** One request with the credentials that are tried. */
export interface Probe {
  readonly operation: string;
  readonly asked: Asked;
  /** Whether a refusal says something only when there is an object. */
  readonly needsSeed: boolean;
  readonly send: (s3: S3Client) => Promise<unknown>;
}

const body = "Written by s3-credentials to try credentials; it can be deleted.\n";

/** In the order they are tried: what is read is there, what is deleted is deleted last. */
export async function probesOf(
  { bucket, prefix }: Place,
  keys: ProbeKeys,
  partition: string,
): Promise<readonly Probe[]> {
  const sdk = await import("@aws-sdk/client-s3");
  const object = (key: string): string => `arn:${partition}:s3:::${bucket}/${key}`;
  const none = new Map<string, string>();
  return [
    await listing({ bucket, prefix }, partition),
    {
      operation: "get",
      asked: { action: "s3:GetObject", resource: object(keys.seed), context: none },
      needsSeed: true,
      send: async (s3) => {
        const { Body } = await s3.send(new sdk.GetObjectCommand({ Bucket: bucket, Key: keys.seed }));
        return Body?.transformToByteArray();
      },
    },
    {
      operation: "put",
      asked: { action: "s3:PutObject", resource: object(keys.own), context: none },
      needsSeed: false,
      send: (s3) => s3.send(new sdk.PutObjectCommand({ Bucket: bucket, Key: keys.own, Body: body })),
    },
    {
      operation: "delete",
      asked: { action: "s3:DeleteObject", resource: object(keys.seed), context: none },
      needsSeed: false,
      send: (s3) => s3.send(new sdk.DeleteObjectCommand({ Bucket: bucket, Key: keys.seed })),
    },
  ];
}

/** The first name below a prefix. */
async function listing({ bucket, prefix }: Omit<Place, "what">, partition: string): Promise<Probe> {
  const { ListObjectsV2Command } = await import("@aws-sdk/client-s3");
  return {
    operation: "list",
    asked: {
      action: "s3:ListBucket",
      resource: `arn:${partition}:s3:::${bucket}`,
      context: new Map([
        ["s3:prefix", prefix],
        ["s3:max-keys", "1"],
      ]),
    },
    needsSeed: false,
    send: (s3) => s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, MaxKeys: 1 })),
  };
}

/**
 * What credentials could reach beside the keys they are for. Only reading is tried there: nothing may change in a bucket that
 * nobody named, or in the settings of one that somebody did.
 */
export async function probeBeyond({ bucket, what }: Place, partition: string): Promise<Probe> {
  if (what !== "settings") return listing({ bucket, prefix: "" }, partition);
  const { GetBucketPolicyCommand } = await import("@aws-sdk/client-s3");
  return {
    operation: "get-policy",
    asked: { action: "s3:GetBucketPolicy", resource: `arn:${partition}:s3:::${bucket}`, context: new Map() },
    needsSeed: false,
    send: async (s3) => {
      try {
        return await s3.send(new GetBucketPolicyCommand({ Bucket: bucket }));
      } catch (error) {
        if (failedWith(error, "NoSuchBucketPolicy")) return undefined;
        throw error;
      }
    },
  };
}

export async function seed(s3: S3Client, bucket: string, key: string): Promise<boolean> {
  const { PutObjectCommand } = await import("@aws-sdk/client-s3");
  try {
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
    return true;
  } catch {
    return false;
  }
}

/** A part of a bucket that is tried. `another bucket` is one that nobody named. */
export interface Place {
  readonly bucket: string;
  /** Keys tried begin with it; empty: at the top of the bucket. */
  readonly prefix: string;
  readonly what: "inside" | "neighbour" | "outside" | "all names" | "settings" | "another bucket";
}

/**
 * Inside each prefix, beside it where a careless pattern would reach (`tenant1/` and `tenant10/`), and somewhere else.
 * Without prefixes the whole bucket is inside.
 */
export function placesOf(bucket: string, prefixes: readonly string[]): readonly Place[] {
  if (prefixes.length === 0) return [{ bucket, prefix: "", what: "inside" }];
  const starts = prefixes.map((prefix) => prefix.replace(/\*$/, ""));
  return [
    ...starts.map((prefix): Place => ({ bucket, prefix, what: "inside" })),
    ...starts.map((prefix): Place => ({ bucket, prefix: `${prefix.replace(/\/$/, "")}0/`, what: "neighbour" })),
    { bucket, prefix: `s3-credentials-${randomBytes(4).toString("hex")}/`, what: "outside" },
  ];
}

/** `another`: a bucket beside them, when there is one. */
export function placesBeyond(
  buckets: readonly string[],
  prefixes: readonly string[],
  another: string | undefined,
): readonly Place[] {
  const isWhole = prefixes.length === 0 || prefixes.includes("*");
  return [
    ...(isWhole ? [] : buckets.map((bucket): Place => ({ bucket, prefix: "", what: "all names" }))),
    ...buckets.map((bucket): Place => ({ bucket, prefix: "", what: "settings" })),
    ...(another === undefined ? [] : [{ bucket: another, prefix: "", what: "another bucket" } as const]),
  ];
}
