import { element } from "@s3-credentials/protocol";
import { isRefusal } from "../operation.ts";
import { defineBucketOperation } from "./define-s3.ts";
import { canonicalOwners, xmlReply } from "./reply.ts";
import {
  listingMembers,
  echoed,
  itemsOf,
  type ListingInput,
  prefixElements,
  readListing,
  writtenKey,
} from "./listing-input.ts";
import { lastName, listObjectEntries, objectElements } from "./object-listing.ts";

interface Input extends ListingInput {
  readonly marker: string;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html */
export const listObjects = defineBucketOperation<Input>({
  name: "ListObjects",
  route: { method: "GET" },
  reads: [...listingMembers, "?max-keys", "?marker"],
  demands: [{ action: "s3:ListBucket", resource: "bucket" }],
  parse(request) {
    const listing = readListing(request, "max-keys");
    return isRefusal(listing) ? listing : { ...listing, marker: request.query.get("marker") ?? "" };
  },
  async run(grant, input, context) {
    const listing = await listObjectEntries(grant, input, input.marker, context);
    const { bucket } = context;
    const ownerOf = await canonicalOwners(context.ports, bucket, itemsOf(listing.entries));
    const next = lastName(listing);
    return xmlReply("ListBucketResult", [
      element("Name", bucket.name),
      ...echoed(input),
      element("Marker", writtenKey(input, input.marker)),
      // "This element is returned only if you have the delimiter request parameter specified."
      listing.truncated && input.delimiter !== "" && next !== undefined
        ? element("NextMarker", writtenKey(input, next))
        : undefined,
      element("MaxKeys", input.limit),
      element("IsTruncated", listing.truncated),
      ...objectElements(input, listing, ownerOf),
      ...prefixElements(input, listing.entries),
    ]);
  },
});
