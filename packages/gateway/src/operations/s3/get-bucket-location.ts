import { defineS3 } from "../operation.ts";
import { authorized, bucketOf } from "./names.ts";
import { xmlReply } from "./reply.ts";

/** "Buckets in Region us-east-1 have a LocationConstraint of null." https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html */
export const getBucketLocation = defineS3<string>({
  name: "GetBucketLocation",
  body: { kind: "none" },
  demands: [{ action: "s3:GetBucketLocation", resource: "bucket" }],
  conditionKeys: [],
  parse: bucketOf,
  subject: (bucket) => ({ bucket }),
  async run(_grant, _name, { bucket }) {
    const { region } = authorized(bucket);
    return xmlReply("LocationConstraint", region === "us-east-1" ? "" : region);
  },
});
