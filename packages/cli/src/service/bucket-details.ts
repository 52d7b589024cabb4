import type { S3Client } from "@aws-sdk/client-s3";
import { type Json, type JsonObject, jsonObject } from "../formats/json.ts";
import { describeError, failedWith } from "../output/errors.ts";
import { bucketAclShape, publicAccessBlockShape, type Shape, websiteShape } from "./shapes.ts";
import { watchWebsiteUrl } from "./website-url.ts";
import { readStructure, sendForXml } from "./wire.ts";

/** Region, ACL, public access block and website of a bucket. What cannot be read is null, and a message says so. */
export async function bucketDetails(s3: S3Client, bucket: string, warn: (line: string) => void): Promise<JsonObject> {
  const sdk = await import("@aws-sdk/client-s3");
  const target = { Bucket: bucket };
  const { LocationConstraint } = await s3.send(new sdk.GetBucketLocationCommand(target));
  const region = regionName(LocationConstraint);
  const acl = new sdk.GetBucketAclCommand(target);
  const block = new sdk.GetPublicAccessBlockCommand(target);
  const website = new sdk.GetBucketWebsiteCommand(target);
  const urlIn = watchWebsiteUrl(s3, website, bucket);
  const bucketAcl = await readPart(acl, () => s3.send(acl), bucketAclShape);
  const publicAccessBlock = await orNull(
    () => readPart(block, () => s3.send(block), publicAccessBlockShape),
    "NoSuchPublicAccessBlockConfiguration",
    (reason) => warn(`cannot read the public access block of bucket ${bucket}: ${reason}`),
  );
  const configuration = await orNull(
    () => readPart(website, () => s3.send(website), websiteShape),
    "NoSuchWebsiteConfiguration",
    (reason) => warn(`cannot read the website configuration of bucket ${bucket}: ${reason}`),
  );
  return jsonObject({
    region,
    bucket_acl: bucketAcl,
    public_access_block: publicAccessBlock,
    bucket_website:
      configuration === null ? null : new Map<string, Json>([...configuration, ["url", urlIn(region) ?? null]]),
  });
}

/** Sends a call and reads the root of its answer. */
export async function readPart(
  command: { readonly middlewareStack: unknown },
  send: () => Promise<unknown>,
  shape: Shape,
): Promise<JsonObject> {
  const { document } = await sendForXml(command, send);
  return readStructure(document, [], shape);
}

async function orNull(
  read: () => Promise<JsonObject>,
  absent: string,
  warn: (reason: string) => void,
): Promise<JsonObject | null> {
  try {
    return await read();
  } catch (error) {
    if (!failedWith(error, absent)) warn(describeError(error));
    return null;
  }
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html: none is us-east-1, and `EU` its old name for Ireland. */
function regionName(constraint: string | undefined): string {
  if (constraint === undefined || constraint === "") return "us-east-1";
  return constraint === "EU" ? "eu-west-1" : constraint;
}
