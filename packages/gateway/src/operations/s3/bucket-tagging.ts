import { element, textOf, type XmlElement } from "@s3-credentials/protocol";
import type { BucketRecord } from "../../ports/bucket-registry.ts";
import type { Tag } from "../../ports/tag.ts";
import { type Refusal, refuse } from "../operation.ts";
import { defineBucketOperation, noInput } from "./define-s3.ts";
import { xmlBody } from "./read-document.ts";
import { emptyReply, xmlReply } from "./reply.ts";
import { readTagSet, taggingBody, tagSetElement, tagSetElements } from "./tag-sets.ts";

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketTagging.html */
export const getBucketTagging = defineBucketOperation({
  name: "GetBucketTagging",
  route: { method: "GET", subResource: "tagging" },
  demands: [{ action: "s3:GetBucketTagging", resource: "bucket" }],
  parse: noInput,
  run: async (_grant, _input, { bucket: { name, tags } }) =>
    tags.length === 0
      ? refuse("NoSuchTagSet", undefined, { details: { BucketName: name } })
      : xmlReply("Tagging", [tagSetElement(tags)]),
});

/** "You can no longer use the PutBucketTagging and DeleteBucketTagging actions": whoever has them could otherwise change who has access. */
function ofAbac({ abac }: BucketRecord): Refusal | undefined {
  return abac
    ? refuse(
        "InvalidRequest",
        "Tags decide who has access to this bucket (PutBucketAbac). Use TagResource and UntagResource to change them.",
      )
    : undefined;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketTagging.html */
export const putBucketTagging = defineBucketOperation<readonly Tag[], undefined, XmlElement>({
  name: "PutBucketTagging",
  route: { method: "PUT", subResource: "tagging" },
  reads: tagSetElements,
  body: taggingBody,
  demands: [{ action: "s3:PutBucketTagging", resource: "bucket" }],
  parse: noInput,
  parseBody: (_head, root) => readTagSet(root, "bucket"),
  async run(grant, tags, { ports, bucket }) {
    const refusal = ofAbac(bucket);
    if (refusal !== undefined) return refusal;
    await ports.buckets.setTags(grant, bucket.id, tags);
    return emptyReply(200);
  },
});

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketTagging.html */
export const deleteBucketTagging = defineBucketOperation({
  name: "DeleteBucketTagging",
  route: { method: "DELETE", subResource: "tagging" },
  demands: [{ action: "s3:PutBucketTagging", resource: "bucket" }],
  parse: noInput,
  async run(grant, _input, { ports, bucket }) {
    const refusal = ofAbac(bucket);
    if (refusal !== undefined) return refusal;
    await ports.buckets.setTags(grant, bucket.id, []);
    return emptyReply(204);
  },
});

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketAbac.html */
export const getBucketAbac = defineBucketOperation({
  name: "GetBucketAbac",
  route: { method: "GET", subResource: "abac" },
  demands: [{ action: "s3:GetBucketAbac", resource: "bucket" }],
  parse: noInput,
  run: async (_grant, _input, { bucket: { abac } }) =>
    xmlReply("AbacStatus", [element("Status", abac ? "Enabled" : "Disabled")]),
});

/**
 * Whether policies may ask for the bucket's tags.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAbac.html
 */
export const putBucketAbac = defineBucketOperation<boolean, undefined, XmlElement>({
  name: "PutBucketAbac",
  route: { method: "PUT", subResource: "abac" },
  reads: ["/Status"],
  body: xmlBody("AbacStatus", { maxBytes: 64 * 1024, maxElements: 64 }),
  demands: [{ action: "s3:PutBucketAbac", resource: "bucket" }],
  parse: noInput,
  parseBody(_head, root) {
    const status = textOf(root, "Status")?.trim();
    return status === "Enabled" || status === "Disabled" ? status === "Enabled" : refuse("MalformedXML");
  },
  async run(grant, enabled, { ports, bucket }) {
    await ports.buckets.setAbac(grant, bucket.id, enabled);
    return emptyReply(200);
  },
});
