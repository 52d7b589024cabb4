import { element } from "@s3-credentials/protocol";
import { isRefusal, refuse } from "../operation.ts";
import { defineBucketOperation } from "./define-s3.ts";
import { canonicalOwner, xmlReply } from "./reply.ts";
import { listingMembers, echoed, type ListingInput, prefixElements, readListing, writtenKey } from "./listing-input.ts";
import { lastName, listObjectEntries, objectElements } from "./object-listing.ts";

interface Input extends ListingInput {
  readonly startAfter: string;
  readonly token: string | undefined;
  /** What the token says: go on after this name. */
  readonly after: string;
  readonly fetchOwner: boolean;
}

/** A token is the last name of the page before, with a mark of its form. */
const tokenMark = "1.";

function writeToken(name: string): string {
  return tokenMark + Buffer.from(name).toString("base64url");
}

function readToken(token: string): string | undefined {
  const bytes = Buffer.from(token.slice(tokenMark.length), "base64url");
  const name = bytes.toString();
  return name !== "" && writeToken(name) === token ? name : undefined;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
export const listObjectsV2 = defineBucketOperation<Input>({
  name: "ListObjectsV2",
  route: { method: "GET", mark: "list-type-2" },
  reads: [...listingMembers, "?max-keys", "?continuation-token", "?start-after", "?fetch-owner"],
  demands: [{ action: "s3:ListBucket", resource: "bucket" }],
  parse(request) {
    const listing = readListing(request, "max-keys");
    if (isRefusal(listing)) return listing;
    const { query } = request;
    const token = query.get("continuation-token");
    const after = token === undefined ? undefined : readToken(token);
    if (token !== undefined && after === undefined) {
      return refuse("InvalidArgument", "The continuation token provided is incorrect", {
        details: { ArgumentName: "continuation-token" },
      });
    }
    const startAfter = query.get("start-after") ?? "";
    return {
      ...listing,
      startAfter,
      token,
      after: after ?? startAfter,
      fetchOwner: query.get("fetch-owner") === "true",
    };
  },
  async run(grant, input, context) {
    const listing = await listObjectEntries(grant, input, input.after, context);
    const { bucket } = context;
    const owner = input.fetchOwner ? await canonicalOwner(context.ports, bucket) : undefined;
    const next = lastName(listing);
    return xmlReply("ListBucketResult", [
      element("Name", bucket.name),
      ...echoed(input),
      element("MaxKeys", input.limit),
      element("KeyCount", listing.entries.length),
      element("IsTruncated", listing.truncated),
      input.token === undefined ? undefined : element("ContinuationToken", input.token),
      listing.truncated && next !== undefined ? element("NextContinuationToken", writeToken(next)) : undefined,
      input.startAfter === "" ? undefined : element("StartAfter", writtenKey(input, input.startAfter)),
      ...objectElements(input, listing, owner === undefined ? undefined : () => owner),
      ...prefixElements(input, listing.entries),
    ]);
  },
});
