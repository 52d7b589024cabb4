import type { Grant } from "../../ports/grant.ts";
import type { Ports } from "../../ports/ports.ts";
import { defineS3, refuse } from "../operation.ts";
import { authorized, bucketOf } from "./names.ts";
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
export const deleteBucket = defineS3<string>({
  name: "DeleteBucket",
  body: { kind: "none" },
  demands: [{ action: "s3:DeleteBucket", resource: "bucket" }],
  conditionKeys: [],
  parse: bucketOf,
  subject: (bucket) => ({ bucket }),
  async run(grant, _name, { ports, bucket: found }) {
    const { id } = authorized(found);
    if (!(await ports.buckets.move(grant, id, "active", "deleting"))) return refuse("OperationAborted");
    if (await isClosed(grant, ports, id)) {
      await ports.buckets.remove(grant, id);
      return emptyReply(204);
    }
    await ports.buckets.move(grant, id, "deleting", "active");
    return refuse("BucketNotEmpty");
  },
});
