import { element, textOf, type XmlElement } from "@s3-credentials/protocol";
import { defineBufferedS3, defineS3, refuse } from "../operation.ts";
import { authorized, bucketOf } from "./names.ts";
import { xmlBody } from "./read-document.ts";
import { emptyReply, xmlReply } from "./reply.ts";

interface Head {
  readonly bucket: string;
  readonly withMfa: boolean;
}

interface Input {
  readonly status: "enabled" | "suspended";
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketVersioning.html */
export const putBucketVersioning = defineBufferedS3<Head, XmlElement, Input>({
  name: "PutBucketVersioning",
  body: xmlBody("VersioningConfiguration", { maxBytes: 64 * 1024, maxElements: 64 }),
  demands: [{ action: "s3:PutBucketVersioning", resource: "bucket" }],
  conditionKeys: [],
  parse: (request) => ({ bucket: bucketOf(request), withMfa: request.headers.has("x-amz-mfa") }),
  subject: ({ bucket }) => ({ bucket }),
  parseBody({ withMfa }, root) {
    if (withMfa || textOf(root, "MfaDelete") === "Enabled")
      return refuse("NotImplemented", "MFA delete is not implemented.");
    const status = textOf(root, "Status")?.trim();
    if (status === "Enabled") return { status: "enabled" };
    if (status === "Suspended") return { status: "suspended" };
    return refuse("IllegalVersioningConfigurationException");
  },
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
