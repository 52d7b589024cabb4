import { element, type XmlElement } from "@s3-credentials/protocol";
import { type InventoryConfiguration, maxInventories } from "../../ports/inventory.ts";
import { isRefusal, type Refusal, refuse } from "../operation.ts";
import { defineBucketOperation } from "./define-s3.ts";
import { inventoryElements, inventoryMembers, isInventoryId, readInventory } from "./inventory-document.ts";
import { xmlBody } from "./read-document.ts";
import { emptyReply, xmlReply } from "./reply.ts";
import type { BucketRequest } from "./s3-request.ts";

function idOf({ query }: Pick<BucketRequest, "query">): string | Refusal {
  const id = query.get("id") ?? "";
  return isInventoryId(id)
    ? id
    : refuse("InvalidArgument", "The id of an inventory has 1 to 64 letters, digits, dots, hyphens and underscores.", {
        details: { ArgumentName: "id" },
      });
}

function missing(bucketName: string): Refusal {
  return refuse("NoSuchConfiguration", undefined, { details: { BucketName: bucketName } });
}

/** Whether the destination takes the report is decided when it is written. https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketInventoryConfiguration.html */
export const putBucketInventoryConfiguration = defineBucketOperation<InventoryConfiguration, string, XmlElement>({
  name: "PutBucketInventoryConfiguration",
  route: { method: "PUT", subResource: "inventory" },
  reads: ["?id", ...inventoryMembers],
  body: xmlBody("InventoryConfiguration", { maxBytes: 64 * 1024, maxElements: 200 }),
  demands: [{ action: "s3:PutInventoryConfiguration", resource: "bucket" }],
  parse: idOf,
  parseBody(id, root) {
    const read = readInventory(root);
    if (isRefusal(read) || read.id === id) return read;
    return refuse("InvalidArgument", "The id of the document is another one than that of the request.", {
      details: { ArgumentName: "id" },
    });
  },
  detailsOfBody: ({ fields }) => ({ context: new Map([["s3:InventoryAccessibleOptionalFields", fields]]) }),
  async run(grant, configuration, { ports, bucket }) {
    if ((await ports.inventories.put(grant, bucket.id, configuration)) === "put") return emptyReply(200);
    return refuse("TooManyConfigurations", `A bucket has at most ${maxInventories} inventories.`);
  },
});

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketInventoryConfiguration.html */
export const getBucketInventoryConfiguration = defineBucketOperation<string>({
  name: "GetBucketInventoryConfiguration",
  route: { method: "GET", subResource: "inventory" },
  reads: ["?id"],
  demands: [{ action: "s3:GetInventoryConfiguration", resource: "bucket" }],
  parse: idOf,
  async run(grant, id, { ports, bucket }) {
    const found = await ports.inventories.find(grant, bucket.id, id);
    return found === undefined ? missing(bucket.name) : xmlReply("InventoryConfiguration", inventoryElements(found));
  },
});

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketInventoryConfiguration.html: the right is the one to put. */
export const deleteBucketInventoryConfiguration = defineBucketOperation<string>({
  name: "DeleteBucketInventoryConfiguration",
  route: { method: "DELETE", subResource: "inventory" },
  reads: ["?id"],
  demands: [{ action: "s3:PutInventoryConfiguration", resource: "bucket" }],
  parse: idOf,
  async run(grant, id, { ports, bucket }) {
    return (await ports.inventories.remove(grant, bucket.id, id)) ? emptyReply(204) : missing(bucket.name);
  },
});

/** "This action supports list pagination and does not return more than 100 configurations at a time." */
const pageSize = 100;

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBucketInventoryConfigurations.html */
export const listBucketInventoryConfigurations = defineBucketOperation<string>({
  name: "ListBucketInventoryConfigurations",
  route: { method: "GET", subResource: "inventory", mark: "without-id" },
  reads: ["?continuation-token"],
  demands: [{ action: "s3:GetInventoryConfiguration", resource: "bucket" }],
  parse({ query }) {
    const token = query.get("continuation-token") ?? "";
    const after = Buffer.from(token, "base64url").toString();
    return token === "" || isInventoryId(after)
      ? after
      : refuse("InvalidArgument", "The continuation token provided is incorrect", {
          details: { ArgumentName: "continuation-token" },
        });
  },
  async run(grant, after, { ports, bucket }) {
    const found = await ports.inventories.list(grant, bucket.id, after, pageSize + 1);
    const page = found.slice(0, pageSize);
    const last = found.length > pageSize ? page.at(-1) : undefined;
    return xmlReply("ListInventoryConfigurationsResult", [
      ...page.map((one) => element("InventoryConfiguration", inventoryElements(one))),
      element("IsTruncated", last !== undefined),
      after === "" ? undefined : element("ContinuationToken", Buffer.from(after).toString("base64url")),
      last && element("NextContinuationToken", Buffer.from(last.id).toString("base64url")),
    ]);
  },
});
