import { element, type XmlNode } from "@s3-credentials/protocol";
import type { Grant } from "../../ports/grant.ts";
import type { ListedObject, Listing } from "../../ports/object-listing.ts";
import type { BucketContext } from "./s3-context.ts";
import { type ListingInput, writtenKey } from "./listing-input.ts";
import { isoTime, ownerElement, quoted } from "./reply.ts";

/** A page of objects from after `marker`. */
export function listObjectEntries(
  grant: Grant,
  input: ListingInput,
  marker: string | undefined,
  { ports, bucket: { place }, time }: BucketContext,
): Promise<Listing<ListedObject>> {
  const after = marker === undefined || marker === "" ? undefined : { key: marker };
  return ports.objects.listObjects(grant, place, { ...input, after, turn: time.turn });
}

/** Key or common prefix of the last entry, after which the next page starts. */
export function lastName({ entries }: Listing<{ readonly key: string }>): string | undefined {
  const last = entries.at(-1);
  return last?.kind === "item" ? last.item.key : last?.prefix;
}

export function objectElements(
  input: ListingInput,
  { entries }: Listing<ListedObject>,
  ownerOf: ((object: ListedObject) => string) | undefined,
): readonly XmlNode[] {
  return entries.flatMap((entry) => {
    if (entry.kind === "prefix") return [];
    const { key, lastModified, etag, size, checksum, storageClass } = entry.item;
    return [
      element("Contents", [
        element("Key", writtenKey(input, key)),
        element("LastModified", isoTime(lastModified)),
        element("ETag", quoted(etag)),
        checksum === undefined ? undefined : element("ChecksumAlgorithm", checksum.algorithm),
        checksum === undefined ? undefined : element("ChecksumType", checksum.type),
        element("Size", size),
        ownerOf === undefined ? undefined : ownerElement("Owner", ownerOf(entry.item)),
        element("StorageClass", storageClass),
      ]),
    ];
  });
}
