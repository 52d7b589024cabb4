import { element, type XmlNode } from "@s3-credentials/protocol";
import type { Listing } from "../../ports/object-listing.ts";
import type { Version } from "../../ports/object-version.ts";
import { isRefusal, refuse } from "../operation.ts";
import { defineBucketOperation } from "./define-s3.ts";
import { canonicalOwners, isoTime, ownerElement, quoted, xmlReply } from "./reply.ts";
import {
  listingMembers,
  echoed,
  itemsOf,
  type ListingInput,
  prefixElements,
  readListing,
  writtenKey,
} from "./listing-input.ts";

interface Input extends ListingInput {
  readonly keyMarker: string;
  readonly versionMarker: string | undefined;
}

function versionElement(input: Input, version: Version, owner: string): XmlNode {
  const isObject = version.kind === "object";
  return element(isObject ? "Version" : "DeleteMarker", [
    element("Key", writtenKey(input, version.key)),
    element("VersionId", version.versionId),
    element("IsLatest", version.isLatest),
    element("LastModified", isoTime(version.lastModified)),
    isObject ? element("ETag", quoted(version.etag)) : undefined,
    isObject && version.checksum !== undefined ? element("ChecksumAlgorithm", version.checksum.algorithm) : undefined,
    isObject && version.checksum !== undefined ? element("ChecksumType", version.checksum.type) : undefined,
    isObject ? element("Size", version.size) : undefined,
    ownerElement("Owner", owner),
    isObject ? element("StorageClass", version.metadata.storageClass) : undefined,
  ]);
}

function nextMarkers(input: Input, { entries, truncated }: Listing<Version>): readonly XmlNode[] {
  const last = entries.at(-1);
  if (!truncated || last === undefined) return [];
  if (last.kind === "prefix") return [element("NextKeyMarker", writtenKey(input, last.prefix))];
  return [
    element("NextKeyMarker", writtenKey(input, last.item.key)),
    element("NextVersionIdMarker", last.item.versionId),
  ];
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html */
export const listObjectVersions = defineBucketOperation<Input>({
  name: "ListObjectVersions",
  route: { method: "GET", subResource: "versions" },
  reads: [...listingMembers, "?max-keys", "?key-marker", "?version-id-marker"],
  demands: [{ action: "s3:ListBucketVersions", resource: "bucket" }],
  parse(request) {
    const listing = readListing(request, "max-keys");
    if (isRefusal(listing)) return listing;
    const [keyMarker, versionMarker] = [request.query.get("key-marker") ?? "", request.query.get("version-id-marker")];
    if (versionMarker === "")
      return refuse("InvalidArgument", "A version-id marker cannot be empty.", {
        details: { ArgumentName: "version-id-marker" },
      });
    if (versionMarker !== undefined && keyMarker === "")
      return refuse("InvalidArgument", "A version-id marker cannot be specified without a key marker.");
    return { ...listing, keyMarker, versionMarker };
  },
  async run(grant, input, context) {
    const { bucket } = context;
    const { keyMarker, versionMarker } = input;
    const after =
      keyMarker === "" ? undefined : { key: keyMarker, ...(versionMarker === undefined ? {} : { id: versionMarker }) };
    const query = { ...input, after, turn: context.time.turn };
    const listing = await context.ports.objects.listVersions(grant, bucket.place, query);
    const items = itemsOf(listing.entries);
    const ownerOf = await canonicalOwners(context.ports, bucket, items);
    return xmlReply("ListVersionsResult", [
      element("Name", bucket.name),
      ...echoed(input),
      element("KeyMarker", writtenKey(input, input.keyMarker)),
      element("VersionIdMarker", input.versionMarker ?? ""),
      ...nextMarkers(input, listing),
      element("MaxKeys", input.limit),
      element("IsTruncated", listing.truncated),
      ...items.map((version) => versionElement(input, version, ownerOf(version))),
      ...prefixElements(input, listing.entries),
    ]);
  },
});
