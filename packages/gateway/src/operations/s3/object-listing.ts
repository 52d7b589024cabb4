import { element, type XmlNode } from "@s3-credentials/protocol";
import type { Grant } from "../../ports/grant.ts";
import { type Listing, listEntries } from "../../domain/listing/list-entries.ts";
import type { ListedObject, ScanStart } from "../../ports/data-plane.ts";
import type { BucketContext } from "./define-s3.ts";
import { isListedPrefix, type ListingInput, writtenKey } from "./listing-input.ts";
import { isoTime, ownerElement, quoted } from "./reply.ts";

/** A page of objects from after `marker`. */
export function listObjectEntries(
  grant: Grant,
  input: ListingInput,
  marker: string | undefined,
  { ports, bucket: { id }, time }: BucketContext,
): Promise<Listing<ListedObject>> {
  const past = (prefix: string): ScanStart => ({ key: prefix, inclusive: false, pastPrefix: true });
  const start =
    marker === undefined || marker === ""
      ? undefined
      : isListedPrefix(input, marker)
        ? past(marker)
        : { key: marker, inclusive: false };
  return listEntries<ListedObject, ScanStart>(
    { ...input, start },
    {
      scan: (from, size) => ports.objects.scanObjects(grant, id, input.prefix, from, size),
      after: ({ key }) => ({ key, inclusive: false }),
      past,
      turn: time.turn,
    },
  );
}

/** Key or common prefix of the last entry: where the next page goes on. */
export function lastName({ entries }: Listing<{ readonly key: string }>): string | undefined {
  const last = entries.at(-1);
  return last?.kind === "item" ? last.item.key : last?.prefix;
}

export function objectElements(
  input: ListingInput,
  { entries }: Listing<ListedObject>,
  ownerOf: ((account: string) => string) | undefined,
): readonly XmlNode[] {
  return entries.flatMap((entry) => {
    if (entry.kind === "prefix") return [];
    const { key, lastModified, etag, size, owner, checksum } = entry.item;
    return [
      element("Contents", [
        element("Key", writtenKey(input, key)),
        element("LastModified", isoTime(lastModified)),
        element("ETag", quoted(etag)),
        checksum === undefined ? undefined : element("ChecksumAlgorithm", checksum.algorithm),
        checksum === undefined ? undefined : element("ChecksumType", checksum.type),
        element("Size", size),
        ownerOf === undefined ? undefined : ownerElement("Owner", ownerOf(owner)),
        element("StorageClass", "STANDARD"),
      ]),
    ];
  });
}
