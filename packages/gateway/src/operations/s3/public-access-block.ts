import { element, textOf, type XmlElement } from "@s3-credentials/protocol";
import type { PublicAccessBlock } from "../../ports/bucket-registry.ts";
import { refuse } from "../operation.ts";
import { defineBucketOperation, noInput } from "./define-s3.ts";
import { xmlBody } from "./read-document.ts";
import { emptyReply, xmlReply } from "./reply.ts";

const fields = {
  blockPublicAcls: "BlockPublicAcls",
  ignorePublicAcls: "IgnorePublicAcls",
  blockPublicPolicy: "BlockPublicPolicy",
  restrictPublicBuckets: "RestrictPublicBuckets",
} as const satisfies Readonly<Record<keyof PublicAccessBlock, string>>;

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutPublicAccessBlock.html */
export const putPublicAccessBlock = defineBucketOperation<PublicAccessBlock, undefined, XmlElement>({
  name: "PutPublicAccessBlock",
  route: { method: "PUT", subResource: "publicAccessBlock" },
  reads: Object.values(fields).map((name) => `/${name}`),
  body: xmlBody("PublicAccessBlockConfiguration", { maxBytes: 64 * 1024, maxElements: 64 }),
  demands: [{ action: "s3:PutBucketPublicAccessBlock", resource: "bucket" }],
  parse: noInput,
  parseBody(_head, root) {
    const written = Object.values(fields).map((name) => textOf(root, name)?.trim().toLowerCase());
    if (written.some((value) => value !== undefined && value !== "true" && value !== "false"))
      return refuse("MalformedXML");
    const [blockPublicAcls, ignorePublicAcls, blockPublicPolicy, restrictPublicBuckets] = written.map(
      (value) => value === "true",
    );
    return {
      blockPublicAcls: blockPublicAcls === true,
      ignorePublicAcls: ignorePublicAcls === true,
      blockPublicPolicy: blockPublicPolicy === true,
      restrictPublicBuckets: restrictPublicBuckets === true,
    };
  },
  async run(grant, block, { ports, bucket }) {
    await ports.buckets.setPublicAccessBlock(grant, bucket.id, block);
    return emptyReply(200);
  },
});

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetPublicAccessBlock.html */
export const getPublicAccessBlock = defineBucketOperation({
  name: "GetPublicAccessBlock",
  route: { method: "GET", subResource: "publicAccessBlock" },
  demands: [{ action: "s3:GetBucketPublicAccessBlock", resource: "bucket" }],
  parse: noInput,
  async run(_grant, _input, { bucket }) {
    const { publicAccessBlock: block } = bucket;
    if (block === undefined)
      return refuse("NoSuchPublicAccessBlockConfiguration", undefined, { details: { BucketName: bucket.name } });
    const { blockPublicAcls, ignorePublicAcls, blockPublicPolicy, restrictPublicBuckets } = block;
    return xmlReply("PublicAccessBlockConfiguration", [
      element(fields.blockPublicAcls, blockPublicAcls),
      element(fields.ignorePublicAcls, ignorePublicAcls),
      element(fields.blockPublicPolicy, blockPublicPolicy),
      element(fields.restrictPublicBuckets, restrictPublicBuckets),
    ]);
  },
});

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeletePublicAccessBlock.html */
export const deletePublicAccessBlock = defineBucketOperation({
  name: "DeletePublicAccessBlock",
  route: { method: "DELETE", subResource: "publicAccessBlock" },
  demands: [{ action: "s3:PutBucketPublicAccessBlock", resource: "bucket" }],
  parse: noInput,
  async run(grant, _input, { ports, bucket }) {
    await ports.buckets.setPublicAccessBlock(grant, bucket.id, undefined);
    return emptyReply(204);
  },
});
