/** The inventories of a bucket: each is a document with an id, and is read, set and deleted by itself. https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory.html */
import type { S3Client } from "@aws-sdk/client-s3";
import { isList, isObject, textField } from "../formats/json.ts";
import { failedWith } from "../output/errors.ts";
import { bucketCall, type Call } from "./call.ts";
import { type Change, change, mapDifference } from "./change.ts";
import { type Entity, toPlain } from "./configuration.ts";
import { documentFrom } from "./setting-document.ts";

/** The member of the bucket's file. */
export const inventoriesMember = "InventoryConfigurationList";

export async function readInventories(
  s3: S3Client,
  Bucket: string,
): Promise<readonly [name: string, value: readonly unknown[]]> {
  const { InventoryConfiguration$, ListBucketInventoryConfigurationsCommand } = await import("@aws-sdk/client-s3");
  const found: unknown[] = [];
  try {
    for (let ContinuationToken: string | undefined; ;) {
      const page = await s3.send(new ListBucketInventoryConfigurationsCommand({ Bucket, ContinuationToken }));
      const list = page.InventoryConfigurationList ?? [];
      found.push(...list.map((one) => documentFrom(InventoryConfiguration$, one)));
      ContinuationToken = page.NextContinuationToken;
      if (ContinuationToken === undefined) return [inventoriesMember, found];
    }
  } catch (error) {
    // An engine or an earlier gateway has none; a bucket may have been deleted since it was listed.
    if (failedWith(error, "NotImplemented", "NoSuchBucket")) return [inventoriesMember, []];
    throw error;
  }
}

/** What goes is deleted first: a bucket has a limited number of them. */
export function inventoryChanges(Bucket: string, before?: Entity, after?: Entity): readonly Change[] {
  const { gone, made, changed } = mapDifference(inventoriesOf(before), inventoriesOf(after));
  const put = (Id: string, text: string): Call =>
    bucketCall("PutBucketInventoryConfiguration", { Bucket, Id, InventoryConfiguration: JSON.parse(text) });
  const remove = (Id: string): Call => bucketCall("DeleteBucketInventoryConfiguration", { Bucket, Id });
  const words = (Id: string): string => `inventory ${Id} of bucket ${Bucket}`;
  return [
    ...gone.map(([id, was]) => change(`delete ${words(id)}`, remove(id), put(id, was))),
    ...changed.map(([id, was, is]) => change(`replace ${words(id)}`, put(id, is), put(id, was))),
    ...made.map(([id, is]) => change(`set ${words(id)}`, put(id, is), remove(id))),
  ];
}

/** By id, as JSON. */
function inventoriesOf(bucket: Entity | undefined): ReadonlyMap<string, string> {
  const value = bucket?.members.get(inventoriesMember);
  const list = isList(value) ? value.filter(isObject) : [];
  return new Map(list.map((one) => [textField(one, "Id"), JSON.stringify(toPlain(one))]));
}
