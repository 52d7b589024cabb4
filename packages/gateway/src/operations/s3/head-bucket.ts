import { defineS3 } from "../operation.ts";
import { authorized, bucketOf } from "./names.ts";
import { emptyReply } from "./reply.ts";

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html */
export const headBucket = defineS3<string>({
  name: "HeadBucket",
  body: { kind: "none" },
  demands: [{ action: "s3:ListBucket", resource: "bucket" }],
  conditionKeys: [],
  parse: bucketOf,
  subject: (bucket) => ({ bucket }),
  run: async (_grant, _bucket, { bucket }) => emptyReply(200, { "x-amz-bucket-region": authorized(bucket).region }),
});
