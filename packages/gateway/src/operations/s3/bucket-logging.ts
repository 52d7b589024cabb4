import { child, element, textOf, type XmlElement, type XmlNode } from "@s3-credentials/protocol";
import { type BucketLogging, type LogKeyFormat, partitionDateSources } from "../../ports/bucket-logging.ts";
import type { BucketRecord } from "../../ports/bucket-registry.ts";
import { isRefusal, type Refusal, refuse } from "../operation.ts";
import { defineBucketOperation, noInput } from "./define-s3.ts";
import { xmlBody } from "./read-document.ts";
import { emptyReply, xmlReply } from "./reply.ts";

/** Bytes: what comes after it in the name of an object still fits into a key. */
const maxPrefixBytes = 800;

const keyFormatPath = "/LoggingEnabled/TargetObjectKeyFormat";

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_TargetObjectKeyFormat.html: one of the two. */
function readKeyFormat(format: XmlElement): LogKeyFormat | Refusal {
  const [only, ...more] = format.children;
  if (only === undefined || more.length > 0) return refuse("MalformedXML");
  if (only.name === "SimplePrefix") return { kind: "simple" };
  const dateSource = partitionDateSources.find((one) => one === textOf(only, "PartitionDateSource")?.trim());
  return only.name !== "PartitionedPrefix" || dateSource === undefined
    ? refuse("MalformedXML")
    : { kind: "partitioned", dateSource };
}

/** Undefined: no logging. */
function readLogging(root: XmlElement): BucketLogging | undefined | Refusal {
  const enabled = child(root, "LoggingEnabled");
  if (enabled === undefined) return root.children.length === 0 ? undefined : refuse("MalformedXML");
  const targetBucket = textOf(enabled, "TargetBucket")?.trim() ?? "";
  const targetPrefix = textOf(enabled, "TargetPrefix");
  if (targetBucket === "" || targetPrefix === undefined) return refuse("MalformedXML");
  if (Buffer.byteLength(targetPrefix) > maxPrefixBytes)
    return refuse("InvalidArgument", `The target prefix has more than ${maxPrefixBytes} bytes.`);
  const format = child(enabled, "TargetObjectKeyFormat");
  const keyFormat = format && readKeyFormat(format);
  if (isRefusal(keyFormat)) return keyFormat;
  return { targetBucket, targetPrefix, ...(keyFormat === undefined ? {} : { keyFormat }) };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html#server-access-logging-overview */
function refuseTarget(source: BucketRecord, target: BucketRecord | undefined): Refusal | undefined {
  const invalid = (why: string): Refusal => refuse("InvalidTargetBucketForLogging", why);
  if (target?.state !== "active") return invalid("The target bucket for logging does not exist");
  if (target.owner !== source.owner)
    return invalid("The owner for the bucket to be logged and the target bucket must be the same");
  if (target.region !== source.region) return invalid("The target bucket must be in the region of the logged bucket");
  if (target.requesterPays) return invalid("The target bucket must not have Requester Pays enabled");
  if (target.objectLock?.defaultRetention !== undefined)
    return invalid("The target bucket must not have a default retention of Object Lock");
  return undefined;
}

/** Whether the target's policy lets the logs in is decided when they are delivered, as at S3. https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLogging.html */
export const putBucketLogging = defineBucketOperation<{ readonly logging?: BucketLogging }, undefined, XmlElement>({
  name: "PutBucketLogging",
  route: { method: "PUT", subResource: "logging" },
  reads: [
    "/LoggingEnabled",
    "/LoggingEnabled/TargetBucket",
    "/LoggingEnabled/TargetPrefix",
    keyFormatPath,
    `${keyFormatPath}/SimplePrefix`,
    `${keyFormatPath}/PartitionedPrefix`,
    `${keyFormatPath}/PartitionedPrefix/PartitionDateSource`,
  ],
  body: xmlBody("BucketLoggingStatus", { maxBytes: 64 * 1024, maxElements: 1000 }),
  demands: [{ action: "s3:PutBucketLogging", resource: "bucket" }],
  parse: noInput,
  parseBody(_head, root) {
    const logging = readLogging(root);
    return isRefusal(logging) ? logging : logging === undefined ? {} : { logging };
  },
  async run(grant, { logging }, { ports, bucket }) {
    const refused =
      logging === undefined ? undefined : refuseTarget(bucket, await ports.buckets.find(logging.targetBucket));
    if (refused !== undefined) return refused;
    await ports.buckets.setLogging(grant, bucket.id, logging);
    return emptyReply(200);
  },
});

function keyFormatElement(format: LogKeyFormat): XmlNode {
  const inside =
    format.kind === "simple"
      ? element("SimplePrefix", [])
      : element("PartitionedPrefix", [element("PartitionDateSource", format.dateSource)]);
  return element("TargetObjectKeyFormat", [inside]);
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLogging.html */
export const getBucketLogging = defineBucketOperation({
  name: "GetBucketLogging",
  route: { method: "GET", subResource: "logging" },
  demands: [{ action: "s3:GetBucketLogging", resource: "bucket" }],
  parse: noInput,
  async run(_grant, _input, { bucket: { logging } }) {
    if (logging === undefined) return xmlReply("BucketLoggingStatus", []);
    const { targetBucket, targetPrefix, keyFormat } = logging;
    return xmlReply("BucketLoggingStatus", [
      element("LoggingEnabled", [
        element("TargetBucket", targetBucket),
        element("TargetPrefix", targetPrefix),
        keyFormat && keyFormatElement(keyFormat),
      ]),
    ]);
  },
});
