import { hasChecksum } from "./request-checksum.ts";
import {
  children,
  element,
  type S3ErrorCode,
  s3Errors,
  textOf,
  trimBlanks,
  type XmlElement,
  type XmlNode,
} from "@s3-credentials/protocol";
import type { Grant } from "../../ports/grant.ts";
import type { DeleteOutcome, WriteRefusal } from "../../ports/object-write.ts";
import { StoreError } from "../../ports/store-error.ts";
import { isRefusal, type Refusal, refuse } from "../operation.ts";
import { asSeen, unquoted } from "./conditions.ts";
import { defineBucketOperation } from "./define-s3.ts";
import type { BucketContext } from "./s3-context.ts";
import { itemResource, type NamedItem } from "./s3-subject.ts";
import { isOnEngine } from "./engine-refusals.ts";
import { checkVersionId } from "./names.ts";
import { bypassesGovernance, bypassMember } from "./object-lock-input.ts";
import { removalEvent, publishEvents } from "./object-events.ts";
import { xmlBody } from "./read-document.ts";
import { writeRefusal, xmlReply } from "./reply.ts";

interface Head {
  readonly bypassesGovernance: boolean;
}

interface Input extends Head {
  readonly items: readonly NamedItem[];
  readonly quiet: boolean;
}

const maxKeys = 1000;
/** Deletes under way together share a commit. */
const atOnce = 50;
/** Each of them is a request to the engine, and has a connection. */
const atOnceOnEngine = 10;

function readItems(root: XmlElement): readonly NamedItem[] | Refusal {
  const items: NamedItem[] = [];
  for (const object of children(root, "Object")) {
    const key = textOf(object, "Key");
    if (key === undefined || key === "" || key.includes("\0")) return refuse("MalformedXML");
    if (Buffer.byteLength(key) > 1024) return refuse("KeyTooLongError");
    const unknown = object.children.find(({ name }) => !["Key", "VersionId", "ETag"].includes(name));
    if (unknown !== undefined) return refuse("NotImplemented", `Deleting by ${unknown.name} is not implemented.`);
    const sent = textOf(object, "VersionId") || undefined;
    const versionId = sent === undefined ? undefined : checkVersionId(sent);
    if (isRefusal(versionId)) return versionId;
    const etag = trimBlanks(textOf(object, "ETag") ?? "");
    items.push({ key, versionId, ...(etag === "" ? {} : { ifMatch: etag }) });
  }
  return items.length === 0 || items.length > maxKeys ? refuse("MalformedXML") : items;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html */
export const deleteObjects = defineBucketOperation<Input, Head, XmlElement>({
  name: "DeleteObjects",
  route: { method: "POST", subResource: "delete" },
  events: ["ObjectRemoved:Delete", "ObjectRemoved:DeleteMarkerCreated"],
  reads: ["/Object", "/Object/Key", "/Object/VersionId", "/Object/ETag", "/Quiet", bypassMember],
  // `Quiet`, and for each key `Object` with at most five fields.
  body: xmlBody("Delete", { maxBytes: 2 * 1024 * 1024, maxElements: 2 + 6 * maxKeys }),
  demands: [
    { action: "s3:GetObject", resource: "item", when: "etag-match-item" },
    { action: "s3:DeleteObject", resource: "item", when: "no-version" },
    { action: "s3:DeleteObjectVersion", resource: "item", when: "version-named" },
    { action: "s3:BypassGovernanceRetention", resource: "item", when: "governance-bypass-header" },
  ],
  parse({ headers }) {
    // "The Content-MD5 request header is required", or a checksum in its place.
    return hasChecksum(headers)
      ? { bypassesGovernance: bypassesGovernance(headers) }
      : refuse("InvalidRequest", "Missing required header for this request: Content-MD5 OR x-amz-checksum-*");
  },
  parseBody(head, root) {
    const items = readItems(root);
    return isRefusal(items) ? items : { ...head, items, quiet: textOf(root, "Quiet")?.trim() === "true" };
  },
  detailsOfBody: ({ items }) => ({ items }),
  async run(grant, { items, quiet, ...asked }, context) {
    const allowed = new Set(grant.resources);
    const answer = async (item: NamedItem): Promise<XmlNode> =>
      allowed.has(itemResource(context.bucket.name, item))
        ? deleteItem(grant, item, asked, context)
        : failed(item, refuse("AccessDenied"));
    const nodes: XmlNode[] = [];
    const step = isOnEngine(context.bucket) ? atOnceOnEngine : atOnce;
    for (let at = 0; at < items.length; at += step) {
      nodes.push(...(await Promise.all(items.slice(at, at + step).map(answer))));
    }
    return xmlReply("DeleteResult", quiet ? nodes.filter(({ name }) => name === "Error") : nodes);
  },
});

const storeFailures = {
  corrupt: "InternalError",
  conflict: "OperationAborted",
  unavailable: "SlowDown",
  full: "InsufficientStorage",
} as const satisfies Readonly<Record<StoreError["kind"], S3ErrorCode>>;

async function deleteItem(grant: Grant, item: NamedItem, asked: Head, context: BucketContext): Promise<XmlNode> {
  const { ports, bucket, seen } = context;
  const { key, versionId, ifMatch } = item;
  const seenItem = seen.items?.get(itemResource(bucket.name, item));
  const target = {
    bucketId: bucket.place,
    key,
    versionId,
    versioning: bucket.versioning,
    owner: bucket.owner,
    ...asked,
    ...(ifMatch === undefined ? {} : asSeen({ ifMatch: unquoted(ifMatch) }, seenItem)),
  };
  let deleted: DeleteOutcome | WriteRefusal;
  try {
    deleted = await ports.objects.delete(grant, target);
  } catch (error) {
    // The failure of one object. The objects before it are deleted already, and the answer must say so.
    if (error instanceof StoreError) return failed(item, refuse(storeFailures[error.kind]));
    throw error;
  }
  if (deleted.kind !== "deleted") return failed(item, await writeRefusal(deleted, context));
  await publishEvents(context, [removalEvent(context, key, versionId, deleted)]);
  const marker = deleted.deleteMarker;
  return element("Deleted", [
    element("Key", key),
    versionId === undefined ? undefined : element("VersionId", versionId),
    marker ? element("DeleteMarker", true) : undefined,
    marker && deleted.versionId !== undefined ? element("DeleteMarkerVersionId", deleted.versionId) : undefined,
  ]);
}

function failed({ key, versionId }: NamedItem, { code, message }: Refusal): XmlNode {
  return element("Error", [
    element("Key", key),
    versionId === undefined ? undefined : element("VersionId", versionId),
    element("Code", code),
    element("Message", message ?? (Object.hasOwn(s3Errors, code) ? s3Errors[code as S3ErrorCode].message : code)),
  ]);
}
