import { element, textOf, type XmlElement } from "@s3-credentials/protocol";
import { refuse } from "../operation.ts";
import { defineBucketOperation, noInput } from "./define-s3.ts";
import { xmlBody } from "./read-document.ts";
import { emptyReply, xmlReply } from "./reply.ts";

interface Input {
  readonly status: "enabled" | "suspended";
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketVersioning.html */
export const putBucketVersioning = defineBucketOperation<Input, undefined, XmlElement>({
  name: "PutBucketVersioning",
  route: { method: "PUT", subResource: "versioning" },
  reads: ["/Status", "/MfaDelete"],
  body: xmlBody("VersioningConfiguration", { maxBytes: 64 * 1024, maxElements: 64 }),
  demands: [{ action: "s3:PutBucketVersioning", resource: "bucket" }],
  parse: noInput,
  parseBody(_head, root) {
    const mfaDelete = textOf(root, "MfaDelete")?.trim() ?? "Disabled";
    if (mfaDelete === "Enabled") return refuse("NotImplemented", "MfaDelete is not implemented.");
    if (mfaDelete !== "Disabled") return refuse("MalformedXML");
    const status = textOf(root, "Status")?.trim();
    if (status === "Enabled") return { status: "enabled" };
    if (status === "Suspended") return { status: "suspended" };
    return refuse("IllegalVersioningConfigurationException");
  },
  async run(grant, { status }, { ports, bucket }) {
    if (bucket.objectLock !== undefined && status !== "enabled")
      return refuse(
        "InvalidBucketState",
        "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.",
        { details: { BucketName: bucket.name } },
      );
    // The engine first: a registry that promises versions which nobody keeps would be worse than the opposite.
    await ports.objects.setVersioning(grant, bucket.place, status);
    await ports.buckets.setVersioning(grant, bucket.id, status);
    return emptyReply(200);
  },
});

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketVersioning.html */
export const getBucketVersioning = defineBucketOperation({
  name: "GetBucketVersioning",
  route: { method: "GET", subResource: "versioning" },
  demands: [{ action: "s3:GetBucketVersioning", resource: "bucket" }],
  parse: noInput,
  async run(_grant, _input, { bucket }) {
    const { versioning } = bucket;
    const status = { off: undefined, enabled: "Enabled", suspended: "Suspended" }[versioning];
    return xmlReply("VersioningConfiguration", status === undefined ? [] : [element("Status", status)]);
  },
});
