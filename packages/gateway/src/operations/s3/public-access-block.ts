import { element, textOf } from "@s3-credentials/protocol";
import type { PublicAccessBlock } from "../../ports/bucket-registry.ts";
import { defineS3, isRefusal, refuse } from "../operation.ts";
import { authorized, bucketOf } from "./names.ts";
import { readDocument } from "./read-document.ts";
import { emptyReply, xmlReply } from "./reply.ts";

interface Input {
  readonly bucket: string;
  readonly block: PublicAccessBlock;
}

const fields = {
  blockPublicAcls: "BlockPublicAcls",
  ignorePublicAcls: "IgnorePublicAcls",
  blockPublicPolicy: "BlockPublicPolicy",
  restrictPublicBuckets: "RestrictPublicBuckets",
} as const satisfies Readonly<Record<keyof PublicAccessBlock, string>>;

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutPublicAccessBlock.html */
export const putPublicAccessBlock = defineS3<Input>({
  name: "PutPublicAccessBlock",
  body: { kind: "small", limit: 64 * 1024 },
  demands: [{ action: "s3:PutBucketPublicAccessBlock", resource: "bucket" }],
  conditionKeys: [],
  parse(request) {
    const root = readDocument(request.small, "PublicAccessBlockConfiguration");
    if (isRefusal(root)) return root;
    const written = Object.values(fields).map((name) => textOf(root, name)?.trim().toLowerCase());
    if (written.some((value) => value !== undefined && value !== "true" && value !== "false"))
      return refuse("MalformedXML");
    const [blockPublicAcls, ignorePublicAcls, blockPublicPolicy, restrictPublicBuckets] = written.map(
      (value) => value === "true",
    );
    return {
      bucket: bucketOf(request),
      block: {
        blockPublicAcls: blockPublicAcls === true,
        ignorePublicAcls: ignorePublicAcls === true,
        blockPublicPolicy: blockPublicPolicy === true,
        restrictPublicBuckets: restrictPublicBuckets === true,
      },
    };
  },
  subject: ({ bucket }) => ({ bucket }),
  async run(grant, { block }, { ports, bucket }) {
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
