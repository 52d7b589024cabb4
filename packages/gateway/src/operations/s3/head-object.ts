import { defineS3, isRefusal } from "../operation.ts";
import { parseRead, selectObject } from "./read-object.ts";
import { emptyReply } from "./reply.ts";

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html */
export const headObject = defineS3({
  name: "HeadObject",
  body: { kind: "none" },
  demands: [
    { action: "s3:GetObject", resource: "object", when: "no-version" },
    { action: "s3:GetObjectVersion", resource: "object", when: "version-named" },
  ],
  conditionKeys: ["s3:VersionId"],
  parse: parseRead,
  subject: ({ bucket, key, versionId }) => ({ bucket, key, ...(versionId === undefined ? {} : { versionId }) }),
  async run(grant, input, context) {
    const selected = await selectObject(grant, input, context);
    if (isRefusal(selected) || selected.kind === "reply") return selected;
    return emptyReply(selected.status, { ...selected.headers, "content-length": String(selected.length) });
  },
});
