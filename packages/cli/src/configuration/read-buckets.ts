/** The buckets of an account, each with its policy and its settings. */
import type { S3Client } from "@aws-sdk/client-s3";
import { textField } from "../formats/json.ts";
import { failedWith } from "../output/errors.ts";
import { listBuckets } from "../service/buckets.ts";
import { documentOf } from "../service/document.ts";
import { type Answer, settingNames, settingOf, type SettingName } from "./bucket-settings.ts";
import type { Entity } from "./configuration.ts";
import { entityOf } from "./entity-of.ts";
import { readInventories } from "./inventories.ts";
import { documentFrom } from "./setting-document.ts";

export interface BucketReading {
  /** Without: their policies alone. */
  readonly settings: boolean;
  /** AWS encrypts every object anyway, which is no setting of somebody's. */
  readonly isAws: boolean;
}

/** Those that have anything that a new bucket has not. */
export async function readBuckets(s3: S3Client, reading: BucketReading): Promise<readonly Entity[]> {
  const found: Entity[] = [];
  for await (const listed of listBuckets(s3)) {
    const Bucket = textField(listed, "Name");
    const [policy, ...settings] = await Promise.all([
      readPolicy(s3, Bucket),
      ...(reading.settings
        ? [readInventories(s3, Bucket), ...settingNames.map((name) => readSetting(s3, Bucket, name, reading))]
        : []),
    ]);
    const members = Object.fromEntries([["Policy", policy], ...settings]);
    const bucket = entityOf("buckets", Bucket, { Bucket, ...members });
    if (bucket.members.size > 1) found.push(bucket);
  }
  return found;
}

async function readPolicy(s3: S3Client, Bucket: string): Promise<unknown> {
  const { GetBucketPolicyCommand } = await import("@aws-sdk/client-s3");
  try {
    const { Policy } = await s3.send(new GetBucketPolicyCommand({ Bucket }));
    return documentOf(Policy ?? "");
  } catch (error) {
    if (!failedWith(error, "NoSuchBucketPolicy", "NoSuchBucket")) throw error;
    return undefined;
  }
}

type AnyCommand = new (input: object) => never;

async function readSetting(
  s3: S3Client,
  Bucket: string,
  name: SettingName,
  { isAws }: BucketReading,
): Promise<readonly [name: string, value: unknown]> {
  const { get, none, valueIn, schema } = settingOf(name);
  const sdk = await import("@aws-sdk/client-s3");
  const commands: Readonly<Record<string, unknown>> = sdk;
  const Command = commands[`${get}Command`] as AnyCommand;
  try {
    const value = valueIn((await s3.send(new Command({ Bucket }))) as object as Answer);
    const document = schema === undefined || value === undefined ? value : documentFrom(schema(sdk), value);
    const isImplied = isAws && name === "ServerSideEncryptionConfiguration" && isImpliedByAws(document);
    return [name, isImplied ? undefined : document];
  } catch (error) {
    if (none !== undefined && failedWith(error, none.code)) return [name, none.means];
    // An engine or an earlier gateway has no such setting; a bucket may have been deleted since it was listed.
    if (failedWith(error, "NotImplemented", "NoSuchBucket")) return [name, undefined];
    throw error;
  }
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-bucket-encryption.html */
function isImpliedByAws(document: unknown): boolean {
  const implied = { SSEAlgorithm: "AES256" };
  const { Rules = [] } = document as { readonly Rules?: readonly Readonly<Record<string, unknown>>[] };
  return (
    Rules.length === 1 &&
    JSON.stringify(Rules[0]?.["ApplyServerSideEncryptionByDefault"]) === JSON.stringify(implied) &&
    Rules[0]?.["BucketKeyEnabled"] !== true &&
    Rules[0]?.["BlockedEncryptionTypes"] === undefined
  );
}
