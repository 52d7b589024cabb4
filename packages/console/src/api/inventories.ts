/** Inventories of a bucket: each is a document with an id. https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory.html */
import { callS3 } from "./call.ts";
import { jsonOf, nodeOf } from "./setting-json.ts";
import { inventoriesShape } from "./setting-shapes.ts";
import { childrenOf, renderXml, textOf } from "./tree.ts";

/** As the AWS CLI has it. */
export interface Inventory {
  /** What somebody is still writing may lack it. */
  readonly Id?: string;
  readonly IsEnabled?: boolean;
  readonly IncludedObjectVersions?: string;
  readonly Schedule?: { readonly Frequency?: string };
  readonly Filter?: { readonly Prefix?: string };
  readonly Destination?: { readonly S3BucketDestination?: { readonly Bucket?: string; readonly Prefix?: string } };
}

export async function listInventories(bucket: string): Promise<readonly Inventory[]> {
  const found: Inventory[] = [];
  for (let token: string | undefined; ;) {
    const { tree } = await callS3({ bucket, query: { inventory: "", "continuation-token": token } });
    const page = childrenOf(tree, inventoriesShape.item);
    found.push(...page.map((node) => jsonOf(inventoriesShape.of, node) as Inventory));
    token = textOf(tree, "NextContinuationToken");
    if (token === "") return found;
  }
}

/** Sets those that are new or another, then deletes those that are not in the list. */
export async function putInventories(bucket: string, inventories: readonly Inventory[]): Promise<void> {
  const before = new Map((await listInventories(bucket)).map((one) => [one.Id ?? "", JSON.stringify(one)]));
  for (const one of inventories) {
    const { Id = "" } = one;
    if (before.get(Id) === JSON.stringify(one)) continue;
    const body = renderXml(nodeOf(inventoriesShape.of, inventoriesShape.item, one));
    await callS3({ method: "PUT", bucket, query: { inventory: "", id: Id }, body });
  }
  const kept = new Set(inventories.map(({ Id }) => Id));
  for (const id of before.keys())
    if (!kept.has(id)) await callS3({ method: "DELETE", bucket, query: { inventory: "", id } });
}
