import { element } from "@s3-credentials/protocol";
import { defineS3, isRefusal } from "../operation.ts";
import { findObject } from "./find-object.ts";
import { authorized, bucketOf, keyOf, versionOf } from "./names.ts";
import { versionHeader } from "./object-headers.ts";
import { xmlReply } from "./reply.ts";

interface Input {
  readonly bucket: string;
  readonly key: string;
  readonly versionId: string | undefined;
}

/**
 * Tags cannot be put on objects here, so every object has the empty set; clients ask for it before they copy in parts.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectTagging.html
 */
export const getObjectTagging = defineS3<Input>({
  name: "GetObjectTagging",
  body: { kind: "none" },
  demands: [
    { action: "s3:GetObjectTagging", resource: "object", when: "no-version" },
    { action: "s3:GetObjectVersionTagging", resource: "object", when: "version-named" },
  ],
  conditionKeys: ["s3:VersionId"],
  parse(request) {
    const versionId = versionOf(request);
    return isRefusal(versionId) ? versionId : { bucket: bucketOf(request), key: keyOf(request), versionId };
  },
  subject: ({ bucket, key, versionId }) => ({ bucket, key, ...(versionId === undefined ? {} : { versionId }) }),
  async run(grant, input, { ports, bucket: found, mayList }) {
    const bucket = authorized(found);
    const version = await findObject(grant, ports.objects, bucket, input, () => mayList("bucket"));
    return isRefusal(version) ? version : xmlReply("Tagging", [element("TagSet", [])], versionHeader(bucket, version));
  },
});
