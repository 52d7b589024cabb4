import { defineBucketOperation, noInput } from "./define-s3.ts";
import { xmlReply } from "./reply.ts";

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
