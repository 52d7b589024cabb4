import { defineBucketOperation, noInput } from "./define-s3.ts";
import { emptyReply } from "./reply.ts";

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html */
export const headBucket = defineBucketOperation({
  name: "HeadBucket",
  route: { method: "HEAD" },
  demands: [{ action: "s3:ListBucket", resource: "bucket" }],
  parse: noInput,
  run: async (_grant, _input, { bucket }) => emptyReply(200, { "x-amz-bucket-region": bucket.region }),
});
