import { storedContentEncoding } from "@s3-credentials/protocol";
import { type ObjectMetadata, type StorageClass, storageClasses } from "../../ports/object-version.ts";
import { isRefusal, type Refusal, refuse } from "../operation.ts";
import { readTagHeader, withTags } from "./tag-sets.ts";

type Headers = ReadonlyMap<string, string>;

const storedHeaders = ["cache-control", "content-disposition", "content-language", "expires"] as const;
const defaultType = "binary/octet-stream";
const largestUserMetadata = 2048;

/** Objects of these classes are read only after RestoreObject. */
export const archiveClasses: ReadonlySet<string> = new Set(["GLACIER", "DEEP_ARCHIVE"]);

/**
 * In a bucket without ACLs (bucket owner enforced) only what changes nothing is taken.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
 */
export function unsupportedAcl(headers: Headers): Refusal | undefined {
  const acl = headers.get("x-amz-acl");
  const harmless = acl === undefined || acl === "bucket-owner-full-control" || acl === "private";
  if (harmless && ![...headers.keys()].some((name) => name.startsWith("x-amz-grant-"))) return undefined;
  return refuse("AccessControlListNotSupported");
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html#API_PutObject_RequestSyntax: STANDARD unless it is stated. */
function readStorageClass(headers: Headers): StorageClass | Refusal {
  const sent = headers.get("x-amz-storage-class") ?? "STANDARD";
  const known = storageClasses.find((name) => name === sent);
  if (known !== undefined) return known;
  const details = { StorageClassRequested: sent };
  return archiveClasses.has(sent)
    ? refuse("NotImplemented", `The storage class ${sent} needs RestoreObject, which is not implemented.`, { details })
    : refuse("InvalidStorageClass", undefined, { details });
}

/** What `readMetadata` reads. */
const metadataMembers = [
  ...storedHeaders,
  "content-type",
  "content-encoding",
  "x-amz-meta-*",
  "x-amz-website-redirect-location",
] as const;

/** What `unsupportedAcl` reads. */
export const aclMembers = [
  "x-amz-acl",
  "x-amz-grant-full-control",
  "x-amz-grant-read",
  "x-amz-grant-read-acp",
  "x-amz-grant-write",
  "x-amz-grant-write-acp",
] as const;

/** What `readMetadata` reads, and the ACL. */
export const writeMembers = [...metadataMembers, ...aclMembers, "x-amz-storage-class", "x-amz-tagging"] as const;

export function readMetadata(headers: Headers): ObjectMetadata | Refusal {
  const kept: Record<string, string> = { "content-type": headers.get("content-type") || defaultType };
  for (const name of storedHeaders) {
    const value = headers.get(name);
    if (value !== undefined && value !== "") kept[name] = value;
  }
  const encoding = storedContentEncoding(headers.get("content-encoding"));
  if (encoding !== undefined) kept["content-encoding"] = encoding;
  const user: [string, string][] = [];
  let size = 0;
  for (const [name, value] of headers) {
    if (!name.startsWith("x-amz-meta-")) continue;
    const short = name.slice("x-amz-meta-".length);
    user.push([short, value]);
    size += short.length + Buffer.byteLength(value, "latin1");
  }
  if (size > largestUserMetadata) {
    return refuse("MetadataTooLarge", undefined, {
      details: { Size: String(size), MaxSizeAllowed: String(largestUserMetadata) },
    });
  }
  const redirect = headers.get("x-amz-website-redirect-location");
  if (redirect !== undefined && !/^(\/|https?:\/\/)/.test(redirect)) {
    return refuse(
      "InvalidArgument",
      "The website redirect location must have a prefix of 'http://' or 'https://' or '/'.",
    );
  }
  const storageClass = readStorageClass(headers);
  if (isRefusal(storageClass)) return storageClass;
  const tags = readTagHeader(headers);
  if (isRefusal(tags)) return tags;
  return {
    headers: kept,
    user: Object.fromEntries(user),
    ...(redirect === undefined ? {} : { websiteRedirect: redirect }),
    storageClass,
    ...withTags(tags),
  };
}
