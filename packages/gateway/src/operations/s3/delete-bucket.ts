import type { Grant } from "../../ports/grant.ts";
import type { Ports } from "../../ports/ports.ts";
import { refuse } from "../operation.ts";
import { defineBucketOperation, noInput } from "./define-s3.ts";
import { emptyReply } from "./reply.ts";

/** When the data plane cannot say, the bucket goes back to where another DeleteBucket can begin again. */
async function isClosed(grant: Grant, { objects, buckets }: Ports, id: string): Promise<boolean> {
  try {
    return await objects.closeBucket(grant, id);
  } catch (error) {
    await buckets.move(grant, id, "deleting", "active");
    throw error;
  }
}

/**
 * No transaction spans the two stores: the registry says `deleting`, the data plane closes the bucket if it is empty, and only
 * then the name is free. A crash between is repaired at the next start.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucket.html
 */
export const deleteBucket = defineBucketOperation({
  name: "DeleteBucket",
  route: { method: "DELETE" },
  demands: [{ action: "s3:DeleteBucket", resource: "bucket" }],
  parse: noInput,
  async run(grant, _input, { ports, bucket: { id } }) {
    if (!(await ports.buckets.move(grant, id, "active", "deleting"))) return refuse("OperationAborted");
    if (await isClosed(grant, ports, id)) {
      await ports.buckets.remove(grant, id);
      return emptyReply(204);
    }
    await ports.buckets.move(grant, id, "deleting", "active");
    return refuse("BucketNotEmpty");
  },
});
