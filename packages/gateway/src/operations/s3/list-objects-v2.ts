import { createHash } from "node:crypto";
import { element } from "@s3-credentials/protocol";
import { isRefusal, refuse } from "../operation.ts";
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
  readonly startAfter: string;
  readonly token: string | undefined;
  readonly fetchOwner: boolean;
}

/** Characters of the digest in a token. */
const digestLength = 22;

type Listed = Pick<Input, "prefix" | "delimiter"> & { readonly bucket: string };

/**
 * A token has its format, a digest of what is listed, and the last name of the page before. A client that makes one up gets what
 * `start-after` gives too: names of this bucket under this prefix, which the request was authorized for.
 */
function writeToken({ bucket, prefix, delimiter }: Listed, name: string): string {
  const digest = createHash("sha256").update([bucket, prefix, delimiter].join("\0")).digest("base64url");
  return `2.${digest.slice(0, digestLength)}.${Buffer.from(name).toString("base64url")}`;
}

function readToken(listed: Listed, token: string): string | undefined {
  const name = Buffer.from(token.split(".")[2] ?? "", "base64url").toString();
  return name !== "" && writeToken(listed, name) === token ? name : undefined;
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
    return {
      ...listing,
      startAfter: query.get("start-after") ?? "",
      token: query.get("continuation-token"),
      fetchOwner: query.get("fetch-owner") === "true",
    };
  },
  async run(grant, input, context) {
    const { bucket } = context;
    const listed = { ...input, bucket: bucket.name };
    const after = input.token === undefined ? input.startAfter : readToken(listed, input.token);
    if (after === undefined)
      return refuse("InvalidArgument", "The continuation token provided is incorrect", {
        details: { ArgumentName: "continuation-token" },
      });
    const listing = await listObjectEntries(grant, input, after, context);
    const ownerOf = input.fetchOwner
      ? await canonicalOwners(context.ports, bucket, itemsOf(listing.entries))
      : undefined;
    const next = lastName(listing);
    return xmlReply("ListBucketResult", [
      element("Name", bucket.name),
      ...echoed(input),
      element("MaxKeys", input.limit),
      element("KeyCount", listing.entries.length),
      element("IsTruncated", listing.truncated),
      input.token === undefined ? undefined : element("ContinuationToken", input.token),
      listing.truncated && next !== undefined ? element("NextContinuationToken", writeToken(listed, next)) : undefined,
      input.startAfter === "" ? undefined : element("StartAfter", writtenKey(input, input.startAfter)),
      ...objectElements(input, listing, ownerOf),
      ...prefixElements(input, listing.entries),
    ]);
  },
});
