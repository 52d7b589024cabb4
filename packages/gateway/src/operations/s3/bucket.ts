import { defineBucketOperation, noInput } from "./define-s3.ts";
import { emptyReply, xmlReply } from "./reply.ts";
import type { BucketRecord } from "../../ports/bucket-registry.ts";
import type { Grant } from "../../ports/grant.ts";
import type { Ports } from "../../ports/ports.ts";
import { refuse } from "../operation.ts";

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html */
export const headBucket = defineBucketOperation({
  name: "HeadBucket",
  route: { method: "HEAD" },
  demands: [{ action: "s3:ListBucket", resource: "bucket" }],
  parse: noInput,
  run: async (_grant, _input, { bucket }) => emptyReply(200, { "x-amz-bucket-region": bucket.region }),
});

/** "Buckets in Region us-east-1 have a LocationConstraint of null." https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html */
export const getBucketLocation = defineBucketOperation({
  name: "GetBucketLocation",
  route: { method: "GET", subResource: "location" },
  demands: [{ action: "s3:GetBucketLocation", resource: "bucket" }],
  parse: noInput,
  async run(_grant, _input, { bucket }) {
    const { region } = bucket;
    return xmlReply("LocationConstraint", region === "us-east-1" ? "" : region);
  },
});

/** When the data plane fails, the bucket becomes active again, so that DeleteBucket can be repeated. */
async function isClosed(grant: Grant, { objects, buckets }: Ports, { id, place }: BucketRecord): Promise<boolean> {
  try {
    return await objects.closeBucket(grant, place);
  } catch (error) {
    await buckets.move(grant, id, "deleting", "active");
    throw error;
  }
}

/**
 * No transaction spans the two stores, so the registry says `deleting` first. Then the data plane closes the bucket if it is empty,
 * and only then the name becomes free. After a crash in between, the next start repairs the bucket.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucket.html
 */
export const deleteBucket = defineBucketOperation({
  name: "DeleteBucket",
  route: { method: "DELETE" },
  demands: [{ action: "s3:DeleteBucket", resource: "bucket" }],
  parse: noInput,
  async run(grant, _input, { ports, bucket }) {
    const { id, name } = bucket;
    if (!(await ports.buckets.move(grant, id, "active", "deleting"))) return refuse("OperationAborted");
    if (await isClosed(grant, ports, bucket)) {
      await ports.buckets.remove(grant, id);
      return emptyReply(204);
    }
    await ports.buckets.move(grant, id, "deleting", "active");
    return refuse("BucketNotEmpty", undefined, { details: { BucketName: name } });
  },
});
