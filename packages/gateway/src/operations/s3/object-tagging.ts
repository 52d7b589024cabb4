import { element } from "@s3-credentials/protocol";
import { isRefusal } from "../operation.ts";
import { byVersion, noInput, versionedObject } from "./define-s3.ts";
import { findObject } from "./find-object.ts";
import { versionHeader } from "./object-headers.ts";
import { emptyReply, xmlReply } from "./reply.ts";

/**
 * Tags cannot be put on objects here, so every object has the empty set; clients ask for it before they copy in parts.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectTagging.html
 */
export const getObjectTagging = versionedObject({
  name: "GetObjectTagging",
  route: { method: "GET", subResource: "tagging" },
  demands: byVersion("s3:GetObjectTagging", "s3:GetObjectVersionTagging"),
  parse: noInput,
  async run(grant, _input, context) {
    const version = await findObject(grant, context);
    return isRefusal(version)
      ? version
      : xmlReply("Tagging", [element("TagSet", [])], versionHeader(context.bucket, version));
  },
});

/** There is nothing to delete. https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjectTagging.html */
export const deleteObjectTagging = versionedObject({
  name: "DeleteObjectTagging",
  route: { method: "DELETE", subResource: "tagging" },
  demands: byVersion("s3:DeleteObjectTagging", "s3:DeleteObjectVersionTagging"),
  parse: noInput,
  async run(grant, _input, context) {
    const version = await findObject(grant, context);
    return isRefusal(version) ? version : emptyReply(204, versionHeader(context.bucket, version));
  },
});
