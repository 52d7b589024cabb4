import { children, decodeForm, element, textOf, type XmlElement, type XmlNode } from "@s3-credentials/protocol";
import type { ObjectMetadata } from "../../ports/object-version.ts";
import type { Tag } from "../../ports/tag.ts";
import { type Refusal, refuse } from "../operation.ts";
import type { SubjectDetails } from "./s3-subject.ts";
import { xmlBody } from "./read-document.ts";

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html */
const maxObjectTags = 10;
/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/CostAllocTagging.html */
const maxBucketTags = 50;

/** UTF-16 units: "Amazon S3 object tags are internally represented in UTF-16". */
const longest = { key: 128, value: 256 } as const;

/** "letters, spaces, and numbers representable in UTF-8, and the following characters: + - = . _ : / @" */
const permitted = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

function tagRefusal({ key, value }: Tag): Refusal | undefined {
  if (key === "" || key.length > longest.key || !permitted.test(key))
    return refuse("InvalidTag", "The TagKey you have provided is invalid", { details: { TagKey: key.slice(0, 256) } });
  if (/^aws:/i.test(key))
    return refuse("InvalidTag", "System tags cannot be added/updated by requester", { details: { TagKey: key } });
  if (value.length > longest.value || !permitted.test(value))
    return refuse("InvalidTag", "The TagValue you have provided is invalid", {
      details: { TagKey: key, TagValue: value.slice(0, 512) },
    });
  return undefined;
}

/** Tags as a client may set them, or why it may not. */
function checkTags(tags: readonly Tag[], of: "object" | "bucket"): readonly Tag[] | Refusal {
  if (of === "object" && tags.length > maxObjectTags)
    return refuse("BadRequest", `Object tags cannot be greater than ${maxObjectTags}`);
  if (of === "bucket" && tags.length > maxBucketTags)
    return refuse("BadRequest", `Bucket tag count cannot be greater than ${maxBucketTags}`);
  const keys = new Set<string>();
  for (const tag of tags) {
    const refusal = tagRefusal(tag);
    if (refusal !== undefined) return refusal;
    if (keys.has(tag.key))
      return refuse("InvalidTag", "Cannot provide multiple Tags with the same key", { details: { TagKey: tag.key } });
    keys.add(tag.key);
  }
  return tags;
}

const malformedHeader = refuse(
  "InvalidArgument",
  "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
  { details: { ArgumentName: "x-amz-tagging" } },
);

/** The tags of `x-amz-tagging`: `a=b&c=d`. An empty header, which some clients send, sets none. */
export function readTagHeader(headers: ReadonlyMap<string, string>): readonly Tag[] | Refusal {
  const text = headers.get("x-amz-tagging") ?? "";
  if (text === "") return [];
  const pairs = decodeForm(text);
  if (pairs === undefined || new Set(pairs.map(([key]) => key)).size < pairs.length) return malformedHeader;
  return checkTags(
    pairs.map(([key, value]) => ({ key, value })),
    "object",
  );
}

/** What `readTagSet` reads. */
export const tagSetElements = ["/TagSet", "/TagSet/Tag", "/TagSet/Tag/Key", "/TagSet/Tag/Value"] as const;

export const taggingBody = xmlBody("Tagging", { maxBytes: 256 * 1024, maxElements: 512 });

/** The tags of a `Tagging` document. */
export function readTagSet(root: XmlElement, of: "object" | "bucket"): readonly Tag[] | Refusal {
  const [set, ...more] = children(root, "TagSet");
  if (set === undefined || more.length > 0 || root.children.length > 1) return refuse("MalformedXML");
  const tags: Tag[] = [];
  for (const one of set.children) {
    const [key, value] = [textOf(one, "Key"), textOf(one, "Value")];
    const isWhole = one.name === "Tag" && one.children.length === 2;
    if (!isWhole || key === undefined || value === undefined) return refuse("MalformedXML");
    tags.push({ key, value });
  }
  return checkTags(tags, of);
}

export function tagSetElement(tags: readonly Tag[]): XmlNode {
  return element(
    "TagSet",
    tags.map(({ key, value }) => element("Tag", [element("Key", key), element("Value", value)])),
  );
}

/** As metadata has them. */
export function withTags(tags: readonly Tag[]): Pick<ObjectMetadata, "tags"> {
  return tags.length === 0 ? {} : { tags };
}

/** For the condition keys of a write. */
export function requestTags({ metadata: { tags } }: { readonly metadata: ObjectMetadata }): SubjectDetails {
  return tags === undefined ? {} : { requestTags: tags };
}

/** As `x-amz-tagging` has them. */
export function tagHeader(tags: readonly Tag[]): string {
  return tags.map(({ key, value }) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`).join("&");
}
