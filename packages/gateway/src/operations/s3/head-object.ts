import { isRefusal } from "../operation.ts";
import { byVersion, versionedObject } from "./define-s3.ts";
import { parseRead, readMembers, selectObject } from "./read-object.ts";
import { emptyReply } from "./reply.ts";

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html */
export const headObject = versionedObject({
  name: "HeadObject",
  route: { method: "HEAD" },
  reads: readMembers,
  demands: byVersion("s3:GetObject", "s3:GetObjectVersion"),
  parse: parseRead,
  async run(grant, input, context) {
    const selected = await selectObject(grant, input, context);
    if (isRefusal(selected) || selected.kind === "reply") return selected;
    return emptyReply(selected.status, { ...selected.headers, "content-length": String(selected.length) });
  },
});
