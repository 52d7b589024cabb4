import { element, headerText, urlEncodeKey } from "@s3-credentials/protocol";
import type { ObjectVersion } from "../../ports/object-version.ts";
import { isRefusal, type Reply } from "../operation.ts";
import { defineFormOperation } from "./define-s3.ts";
import type { ObjectContext } from "./s3-context.ts";
import type { S3Request } from "./s3-request.ts";
import { customerKeyOf } from "./object-encryption.ts";
import { writtenHeaders } from "./object-headers.ts";
import { publishVersionEvent } from "./object-events.ts";
import { putDemands, type PutInput, putMembers, readPut, writePut } from "./put-object.ts";
import { emptyReply, quoted } from "./reply.ts";
import { requestTags } from "./tag-sets.ts";

interface Input extends PutInput {
  readonly redirect: URL | undefined;
  readonly status: 200 | 201 | 204;
}

/** "If Amazon S3 cannot interpret the URL, it acts as if the field is not present." */
function redirectOf({ headers }: S3Request): URL | undefined {
  const text = headers.get("success_action_redirect") ?? headers.get("redirect") ?? "";
  const url = URL.canParse(headerText(text)) ? new URL(headerText(text)) : undefined;
  return url?.protocol === "http:" || url?.protocol === "https:" ? url : undefined;
}

function statusOf({ headers }: S3Request): Input["status"] {
  const status = headers.get("success_action_status");
  return status === "200" ? 200 : status === "201" ? 201 : 204;
}

function answer(
  { redirect, status, encryption }: Input,
  { bucket, key, bucketUrl }: ObjectContext,
  version: ObjectVersion,
): Reply {
  const headers = writtenHeaders(bucket, version, customerKeyOf(encryption));
  const etag = quoted(version.etag);
  if (redirect !== undefined) {
    for (const [name, value] of [
      ["bucket", bucket.name],
      ["key", key],
      ["etag", etag],
    ] as const)
      redirect.searchParams.append(name, value);
    return emptyReply(303, { ...headers, location: redirect.href });
  }
  const location = `${bucketUrl}/${urlEncodeKey(key)}`;
  if (status !== 201) return emptyReply(status, { ...headers, location });
  const content = [
    element("Location", location),
    element("Bucket", bucket.name),
    element("Key", key),
    element("ETag", etag),
  ];
  return {
    kind: "reply",
    status,
    headers: { ...headers, location },
    body: { kind: "xml", root: element("PostResponse", content) },
  };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html */
export const postObject = defineFormOperation<Input>({
  name: "PostObject",
  route: { method: "POST", mark: "browser-form" },
  events: ["ObjectCreated:Post"],
  reads: putMembers,
  demands: putDemands,
  parse(request) {
    const put = readPut(request);
    return isRefusal(put) ? put : { ...put, redirect: redirectOf(request), status: statusOf(request) };
  },
  details: requestTags,
  makesObject: true,
  async run(grant, input, context) {
    const version = await writePut(grant, input, context);
    if (isRefusal(version)) return version;
    await publishVersionEvent(context, "ObjectCreated:Post", version);
    return answer(input, context, version);
  },
});
