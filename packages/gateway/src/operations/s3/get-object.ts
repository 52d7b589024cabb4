import { defineS3, isRefusal } from "../operation.ts";
import { authorized } from "./names.ts";
import { parseRead, selectObject } from "./read-object.ts";

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html */
export const getObject = defineS3({
  name: "GetObject",
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
    const { version, range, status, headers, length } = selected;
    const chunks = await context.ports.objects.read(grant, authorized(context.bucket).id, version, range);
    return { kind: "reply", status, headers, body: { kind: "stream", chunks, length } };
  },
});
