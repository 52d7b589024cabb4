import { child, children, element, textOf, type XmlElement } from "@s3-credentials/protocol";
import type { BucketEncryption } from "../../ports/bucket-registry.ts";
import { isOnEngine, unsupportedByEngine } from "./engine-refusals.ts";
import { type Refusal, refuse } from "../operation.ts";
import { defineBucketOperation, noInput } from "./define-s3.ts";
import { xmlBody } from "./read-document.ts";
import { emptyReply, xmlReply } from "./reply.ts";

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ServerSideEncryptionRule.html */
function readRule(root: XmlElement): BucketEncryption | Refusal {
  const [rule, ...more] = children(root, "Rule");
  const byDefault = rule && child(rule, "ApplyServerSideEncryptionByDefault");
  const algorithm = byDefault && textOf(byDefault, "SSEAlgorithm");
  if (rule === undefined || more.length > 0 || byDefault === undefined) return refuse("MalformedXML");
  if (algorithm === "aws:kms:dsse")
    return refuse("NotImplemented", "The encryption method aws:kms:dsse is not implemented.");
  if (algorithm !== "AES256" && algorithm !== "aws:kms") return refuse("MalformedXML");
  const keyName = textOf(byDefault, "KMSMasterKeyID") || undefined;
  if (keyName !== undefined && algorithm !== "aws:kms")
    return refuse(
      "InvalidArgument",
      "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse",
    );
  const bucketKey = (textOf(rule, "BucketKeyEnabled") ?? "false").toLowerCase();
  if (bucketKey !== "true" && bucketKey !== "false") return refuse("MalformedXML");
  const blocked = children(child(rule, "BlockedEncryptionTypes") ?? rule, "EncryptionType").map(({ text }) => text);
  if (!blocked.every((type) => type === "SSE-C" || type === "NONE")) return refuse("MalformedXML");
  return {
    algorithm,
    keyName,
    bucketKey: bucketKey === "true",
    blocksCustomerKeys: blocked.includes("SSE-C"),
  };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketEncryption.html: whether the key exists is not asked. */
export const putBucketEncryption = defineBucketOperation<BucketEncryption, undefined, XmlElement>({
  name: "PutBucketEncryption",
  route: { method: "PUT", subResource: "encryption" },
  reads: [
    "/Rule",
    "/Rule/ApplyServerSideEncryptionByDefault",
    "/Rule/ApplyServerSideEncryptionByDefault/SSEAlgorithm",
    "/Rule/ApplyServerSideEncryptionByDefault/KMSMasterKeyID",
    "/Rule/BucketKeyEnabled",
    "/Rule/BlockedEncryptionTypes",
    "/Rule/BlockedEncryptionTypes/EncryptionType",
  ],
  body: xmlBody("ServerSideEncryptionConfiguration", { maxBytes: 16 * 1024, maxElements: 100 }),
  demands: [{ action: "s3:PutEncryptionConfiguration", resource: "bucket" }],
  parse: noInput,
  parseBody: (_head, root) => readRule(root),
  async run(grant, encryption, { ports, bucket }) {
    if (isOnEngine(bucket)) return unsupportedByEngine("a default encryption that the gateway sets");
    await ports.buckets.setEncryption(grant, bucket.id, encryption);
    return emptyReply(200);
  },
});

const byGateway: BucketEncryption = {
  algorithm: "AES256",
  keyName: undefined,
  bucketKey: false,
  blocksCustomerKeys: false,
};

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketEncryption.html */
export const getBucketEncryption = defineBucketOperation({
  name: "GetBucketEncryption",
  route: { method: "GET", subResource: "encryption" },
  demands: [{ action: "s3:GetEncryptionConfiguration", resource: "bucket" }],
  parse: noInput,
  async run(_grant, _input, { ports, bucket }) {
    const encryption = bucket.encryption ?? (ports.encryptsByDefault && !isOnEngine(bucket) ? byGateway : undefined);
    // At S3 every bucket answers AES256. Here it would not be true.
    if (encryption === undefined)
      return refuse("ServerSideEncryptionConfigurationNotFoundError", undefined, {
        details: { BucketName: bucket.name },
      });
    const { algorithm, keyName, bucketKey, blocksCustomerKeys } = encryption;
    return xmlReply("ServerSideEncryptionConfiguration", [
      element("Rule", [
        element("ApplyServerSideEncryptionByDefault", [
          element("SSEAlgorithm", algorithm),
          keyName === undefined ? undefined : element("KMSMasterKeyID", keyName),
        ]),
        element("BucketKeyEnabled", bucketKey),
        blocksCustomerKeys ? element("BlockedEncryptionTypes", [element("EncryptionType", "SSE-C")]) : undefined,
      ]),
    ]);
  },
});

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketEncryption.html: the right is the one to set. */
export const deleteBucketEncryption = defineBucketOperation({
  name: "DeleteBucketEncryption",
  route: { method: "DELETE", subResource: "encryption" },
  demands: [{ action: "s3:PutEncryptionConfiguration", resource: "bucket" }],
  parse: noInput,
  async run(grant, _input, { ports, bucket }) {
    await ports.buckets.setEncryption(grant, bucket.id, undefined);
    return emptyReply(204);
  },
});
