import { element, textOf } from "@s3-credentials/protocol";
import { defineS3, isRefusal, refuse } from "../operation.ts";
import { authorized, bucketOf } from "./names.ts";
import { readDocument } from "./read-document.ts";
import { emptyReply, xmlReply } from "./reply.ts";

interface Input {
  readonly bucket: string;
  readonly status: "enabled" | "suspended";
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketVersioning.html */
export const putBucketVersioning = defineS3<Input>({
  name: "PutBucketVersioning",
  body: { kind: "small", limit: 64 * 1024 },
  demands: [{ action: "s3:PutBucketVersioning", resource: "bucket" }],
  conditionKeys: [],
  parse(request) {
    const root = readDocument(request.small, "VersioningConfiguration");
    if (isRefusal(root)) return root;
    if (request.headers.has("x-amz-mfa") || textOf(root, "MfaDelete") === "Enabled")
      return refuse("NotImplemented", "MFA delete is not implemented.");
    const status = textOf(root, "Status")?.trim();
    if (status === "Enabled") return { bucket: bucketOf(request), status: "enabled" };
    if (status === "Suspended") return { bucket: bucketOf(request), status: "suspended" };
    return refuse("IllegalVersioningConfigurationException");
  },
  subject: ({ bucket }) => ({ bucket }),
  async run(grant, { status }, { ports, bucket }) {
    await ports.buckets.setVersioning(grant, authorized(bucket).id, status);
    return emptyReply(200);
  },
});

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketVersioning.html */
export const getBucketVersioning = defineS3<string>({
  name: "GetBucketVersioning",
  body: { kind: "none" },
  demands: [{ action: "s3:GetBucketVersioning", resource: "bucket" }],
  conditionKeys: [],
  parse: bucketOf,
  subject: (bucket) => ({ bucket }),
  async run(_grant, _name, { bucket }) {
    const { versioning } = authorized(bucket);
    const status = { off: undefined, enabled: "Enabled", suspended: "Suspended" }[versioning];
    return xmlReply("VersioningConfiguration", status === undefined ? [] : [element("Status", status)]);
  },
});
