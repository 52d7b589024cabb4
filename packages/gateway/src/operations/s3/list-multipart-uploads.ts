import { element } from "@s3-credentials/protocol";
import type { ListedBefore } from "../../ports/object-listing.ts";
import { isRefusal } from "../operation.ts";
import { defineBucketOperation } from "./define-s3.ts";
import { canonicalOwners, isoTime, ownerElement, xmlReply } from "./reply.ts";
import {
  listingMembers,
  echoed,
  itemsOf,
  type ListingInput,
  prefixElements,
  readListing,
  writtenKey,
} from "./listing-input.ts";
import { initiatorElement } from "./uploads.ts";

interface Input extends ListingInput {
  readonly keyMarker: string;
  readonly uploadMarker: string;
}

function listedBefore({ keyMarker, uploadMarker }: Input): ListedBefore | undefined {
  if (keyMarker === "") return undefined;
  return uploadMarker === "" ? { key: keyMarker } : { key: keyMarker, id: uploadMarker };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html */
export const listMultipartUploads = defineBucketOperation<Input>({
  name: "ListMultipartUploads",
  route: { method: "GET", subResource: "uploads" },
  reads: [...listingMembers, "?max-uploads", "?key-marker", "?upload-id-marker"],
  demands: [{ action: "s3:ListBucketMultipartUploads", resource: "bucket" }],
  parse(request) {
    const listing = readListing(request, "max-uploads");
    if (isRefusal(listing)) return listing;
    return {
      ...listing,
      keyMarker: request.query.get("key-marker") ?? "",
      uploadMarker: request.query.get("upload-id-marker") ?? "",
    };
  },
  async run(grant, input, context) {
    const { bucket } = context;
    const query = { ...input, after: listedBefore(input), turn: context.time.turn };
    const { entries, truncated } = await context.ports.objects.listUploads(grant, bucket.place, query);
    const last = entries.at(-1);
    const uploads = itemsOf(entries);
    const ownerOf = await canonicalOwners(context.ports, bucket, uploads);
    return xmlReply("ListMultipartUploadsResult", [
      element("Bucket", bucket.name),
      element("KeyMarker", writtenKey(input, input.keyMarker)),
      element("UploadIdMarker", input.uploadMarker),
      truncated && last !== undefined
        ? element("NextKeyMarker", writtenKey(input, last.kind === "item" ? last.item.key : last.prefix))
        : undefined,
      truncated && last?.kind === "item" ? element("NextUploadIdMarker", last.item.uploadId) : undefined,
      ...echoed(input),
      element("MaxUploads", input.limit),
      element("IsTruncated", truncated),
      ...uploads.map((upload) => {
        const { key, uploadId, initiatedAt, checksum, metadata } = upload;
        const owner = ownerOf(upload);
        return element("Upload", [
          element("Key", writtenKey(input, key)),
          element("UploadId", uploadId),
          initiatorElement(upload, owner),
          ownerElement("Owner", owner),
          element("StorageClass", metadata.storageClass),
          element("Initiated", isoTime(initiatedAt)),
          checksum === undefined ? undefined : element("ChecksumAlgorithm", checksum.algorithm),
          checksum === undefined ? undefined : element("ChecksumType", checksum.type),
        ]);
      }),
      ...prefixElements(input, entries),
    ]);
  },
});
