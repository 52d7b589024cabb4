import type { XmlElement } from "@s3-credentials/protocol";
import type { Tag } from "../../ports/tag.ts";
import { isRefusal } from "../operation.ts";
import { byVersion, defineObjectOperation, noInput, versionedObject } from "./define-s3.ts";
import type { VersionContext } from "./s3-context.ts";
import { findObject } from "./find-object.ts";
import { versionIdOf } from "./names.ts";
import { versionHeader } from "./object-headers.ts";
import { publishVersionEvent } from "./object-events.ts";
import { emptyReply, xmlReply } from "./reply.ts";
import { readTagSet, taggingBody, tagSetElement, tagSetElements } from "./tag-sets.ts";
import type { Grant } from "../../ports/grant.ts";

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectTagging.html */
export const getObjectTagging = versionedObject({
  name: "GetObjectTagging",
  route: { method: "GET", subResource: "tagging" },
  demands: byVersion("s3:GetObjectTagging", "s3:GetObjectVersionTagging"),
  parse: noInput,
  async run(grant, _input, context) {
    const version = await findObject(grant, context);
    return isRefusal(version)
      ? version
      : xmlReply("Tagging", [tagSetElement(version.metadata.tags ?? [])], versionHeader(context.bucket, version));
  },
});

/** INVARIANT: where the old tags were a part of the decision, they are still those when the new ones take their place. */
async function replaceTags(grant: Grant, tags: readonly Tag[], status: 200 | 204, context: VersionContext) {
  const version = await findObject(grant, context);
  if (isRefusal(version)) return version;
  await context.ports.objects.change(grant, context.bucket.place, version, { tags }, context.seen.object !== undefined);
  await publishVersionEvent(context, status === 200 ? "ObjectTagging:Put" : "ObjectTagging:Delete", version);
  return emptyReply(status, versionHeader(context.bucket, version));
}

interface Head {
  readonly versionId: string | undefined;
}

interface Input extends Head {
  readonly tags: readonly Tag[];
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectTagging.html */
export const putObjectTagging = defineObjectOperation<Input, Head, XmlElement>({
  name: "PutObjectTagging",
  route: { method: "PUT", subResource: "tagging" },
  events: ["ObjectTagging:Put"],
  reads: ["?versionId", ...tagSetElements],
  body: taggingBody,
  demands: byVersion("s3:PutObjectTagging", "s3:PutObjectVersionTagging"),
  parse(request) {
    const versionId = versionIdOf(request);
    return isRefusal(versionId) ? versionId : { versionId };
  },
  details: ({ versionId }) => ({ versionId }),
  parseBody({ versionId }, root) {
    const tags = readTagSet(root, "object");
    return isRefusal(tags) ? tags : { versionId, tags };
  },
  detailsOfBody: ({ versionId, tags }) => ({ versionId, requestTags: tags }),
  run: (grant, { tags, versionId }, context) => replaceTags(grant, tags, 200, { ...context, versionId }),
});

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjectTagging.html */
export const deleteObjectTagging = versionedObject({
  name: "DeleteObjectTagging",
  route: { method: "DELETE", subResource: "tagging" },
  events: ["ObjectTagging:Delete"],
  demands: byVersion("s3:DeleteObjectTagging", "s3:DeleteObjectVersionTagging"),
  parse: noInput,
  run: (grant, _input, context) => replaceTags(grant, [], 204, context),
});
