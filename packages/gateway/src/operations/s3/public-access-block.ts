import { element, textOf, type XmlElement } from "@s3-credentials/protocol";
import type { PublicAccessBlock } from "../../ports/bucket-registry.ts";
import { defineBufferedS3, defineS3, refuse } from "../operation.ts";
import { authorized, bucketOf } from "./names.ts";
import { xmlBody } from "./read-document.ts";
import { emptyReply, xmlReply } from "./reply.ts";

const fields = {
  blockPublicAcls: "BlockPublicAcls",
  ignorePublicAcls: "IgnorePublicAcls",
  blockPublicPolicy: "BlockPublicPolicy",
  restrictPublicBuckets: "RestrictPublicBuckets",
} as const satisfies Readonly<Record<keyof PublicAccessBlock, string>>;

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutPublicAccessBlock.html */
export const putPublicAccessBlock = defineBufferedS3<string, XmlElement, PublicAccessBlock>({
  name: "PutPublicAccessBlock",
  body: xmlBody("PublicAccessBlockConfiguration", { maxBytes: 64 * 1024, maxElements: 64 }),
  demands: [{ action: "s3:PutBucketPublicAccessBlock", resource: "bucket" }],
  conditionKeys: [],
  parse: bucketOf,
  subject: (bucket) => ({ bucket }),
  parseBody(_bucket, root) {
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
    await ports.buckets.setPublicAccessBlock(grant, authorized(bucket).id, block);
    return emptyReply(200);
  },
});

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetPublicAccessBlock.html */
export const getPublicAccessBlock = defineS3<string>({
  name: "GetPublicAccessBlock",
  body: { kind: "none" },
  demands: [{ action: "s3:GetBucketPublicAccessBlock", resource: "bucket" }],
  conditionKeys: [],
  parse: bucketOf,
  subject: (bucket) => ({ bucket }),
  async run(_grant, name, { bucket }) {
    const { publicAccessBlock: block } = authorized(bucket);
    if (block === undefined)
      return refuse("NoSuchPublicAccessBlockConfiguration", undefined, { details: { BucketName: name } });
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
export const deletePublicAccessBlock = defineS3<string>({
  name: "DeletePublicAccessBlock",
  body: { kind: "none" },
  demands: [{ action: "s3:PutBucketPublicAccessBlock", resource: "bucket" }],
  conditionKeys: [],
  parse: bucketOf,
  subject: (bucket) => ({ bucket }),
  async run(grant, _name, { ports, bucket }) {
    await ports.buckets.setPublicAccessBlock(grant, authorized(bucket).id, undefined);
    return emptyReply(204);
  },
});
