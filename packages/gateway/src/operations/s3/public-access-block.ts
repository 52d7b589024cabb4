import { element, textOf, type XmlElement } from "@s3-credentials/protocol";
import type { PublicAccessBlock } from "../../ports/bucket-registry.ts";
import { type Refusal, type Reply, refuse } from "../operation.ts";
import { defineAccountOperation, defineBucketOperation, noInput } from "./define-s3.ts";
import { xmlBody } from "./read-document.ts";
import { emptyReply, xmlReply } from "./reply.ts";

const fields = {
  blockPublicAcls: "BlockPublicAcls",
  ignorePublicAcls: "IgnorePublicAcls",
  blockPublicPolicy: "BlockPublicPolicy",
  restrictPublicBuckets: "RestrictPublicBuckets",
} as const satisfies Readonly<Record<keyof PublicAccessBlock, string>>;

const root = "PublicAccessBlockConfiguration";
const body = xmlBody(root, { maxBytes: 64 * 1024, maxElements: 64 });

function readBlock(_head: unknown, document: XmlElement): PublicAccessBlock | Refusal {
  const written = Object.values(fields).map((name) => textOf(document, name)?.trim().toLowerCase());
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
}

/** `of`: the bucket or account, for the error when it has no block. */
function showBlock(block: PublicAccessBlock | undefined, of: Readonly<Record<string, string>>): Reply | Refusal {
  if (block === undefined) return refuse("NoSuchPublicAccessBlockConfiguration", undefined, { details: of });
  const { blockPublicAcls, ignorePublicAcls, blockPublicPolicy, restrictPublicBuckets } = block;
  return xmlReply(root, [
    element(fields.blockPublicAcls, blockPublicAcls),
    element(fields.ignorePublicAcls, ignorePublicAcls),
    element(fields.blockPublicPolicy, blockPublicPolicy),
    element(fields.restrictPublicBuckets, restrictPublicBuckets),
  ]);
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutPublicAccessBlock.html */
export const putPublicAccessBlock = defineBucketOperation<PublicAccessBlock, undefined, XmlElement>({
  name: "PutPublicAccessBlock",
  route: { method: "PUT", subResource: "publicAccessBlock" },
  reads: Object.values(fields).map((name) => `/${name}`),
  body,
  demands: [{ action: "s3:PutBucketPublicAccessBlock", resource: "bucket" }],
  parse: noInput,
  parseBody: readBlock,
  async run(grant, block, { ports, bucket }) {
    await ports.buckets.setPublicAccessBlock(grant, bucket.id, block);
    return emptyReply(200);
  },
});

/** The bucket's own settings, without those of its account. https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetPublicAccessBlock.html */
export const getPublicAccessBlock = defineBucketOperation({
  name: "GetPublicAccessBlock",
  route: { method: "GET", subResource: "publicAccessBlock" },
  demands: [{ action: "s3:GetBucketPublicAccessBlock", resource: "bucket" }],
  parse: noInput,
  run: async (_grant, _input, { bucket }) => showBlock(bucket.publicAccessBlock, { BucketName: bucket.name }),
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

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_PutPublicAccessBlock.html */
export const putAccountPublicAccessBlock = defineAccountOperation<PublicAccessBlock, undefined, XmlElement>({
  name: "PutAccountPublicAccessBlock",
  route: { method: "PUT", subResource: "publicAccessBlock" },
  body,
  demands: [{ action: "s3:PutAccountPublicAccessBlock", resource: "none" }],
  parse: noInput,
  parseBody: readBlock,
  async run(grant, block, { ports, accountId }) {
    await ports.buckets.setAccountPublicAccessBlock(grant, accountId, block);
    return emptyReply(200);
  },
});

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetPublicAccessBlock.html */
export const getAccountPublicAccessBlock = defineAccountOperation({
  name: "GetAccountPublicAccessBlock",
  route: { method: "GET", subResource: "publicAccessBlock" },
  demands: [{ action: "s3:GetAccountPublicAccessBlock", resource: "none" }],
  parse: noInput,
  run: async (grant, _input, { ports, accountId }) =>
    showBlock(await ports.buckets.accountPublicAccessBlock(grant, accountId), { AccountId: accountId }),
});

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_DeletePublicAccessBlock.html */
export const deleteAccountPublicAccessBlock = defineAccountOperation({
  name: "DeleteAccountPublicAccessBlock",
  route: { method: "DELETE", subResource: "publicAccessBlock" },
  demands: [{ action: "s3:PutAccountPublicAccessBlock", resource: "none" }],
  parse: noInput,
  async run(grant, _input, { ports, accountId }) {
    await ports.buckets.setAccountPublicAccessBlock(grant, accountId, undefined);
    return emptyReply(204);
  },
});
