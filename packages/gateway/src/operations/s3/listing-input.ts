import { element, urlEncodeKey, type XmlNode } from "@s3-credentials/protocol";
import type { Entry } from "../../ports/object-listing.ts";
import { isRefusal, type Refusal, refuse } from "../operation.ts";
import type { S3Request } from "./s3-request.ts";
import { wholeNumber } from "./names.ts";

/** What all listings of keys are asked with. */
export interface ListingInput {
  readonly prefix: string;
  readonly delimiter: string;
  readonly limit: number;
  /** `encoding-type=url`: keys are percent-encoded in the answer. */
  readonly encoded: boolean;
}

/** What `readListing` reads beside the limit. */
export const listingMembers = ["?prefix", "?delimiter", "?encoding-type"] as const;

/** `limitName`: `max-keys` or `max-uploads`. */
export function readListing(request: S3Request, limitName: string): ListingInput | Refusal {
  const { query } = request;
  const encoding = query.get("encoding-type");
  if (encoding !== undefined && encoding !== "url") {
    return refuse("InvalidArgument", "Invalid Encoding Method specified in Request", {
      details: { ArgumentName: "encoding-type", ArgumentValue: encoding },
    });
  }
  const limit = wholeNumber(request, limitName, 1000, 1000);
  if (isRefusal(limit)) return limit;
  for (const name of ["prefix", "delimiter", "marker", "start-after", "key-marker"]) {
    if (query.get(name)?.includes("\0") === true) return refuse("InvalidArgument", `${name} holds a NUL`);
  }
  return {
    prefix: query.get("prefix") ?? "",
    delimiter: query.get("delimiter") ?? "",
    limit,
    encoded: encoding === "url",
  };
}

/** A key as this answer writes it. */
export function writtenKey({ encoded }: Pick<ListingInput, "encoded">, key: string): string {
  return encoded ? urlEncodeKey(key) : key;
}

/** The elements every listing repeats of its request. */
export function echoed(input: ListingInput): readonly (XmlNode | undefined)[] {
  return [
    element("Prefix", writtenKey(input, input.prefix)),
    input.delimiter === "" ? undefined : element("Delimiter", writtenKey(input, input.delimiter)),
    input.encoded ? element("EncodingType", "url") : undefined,
  ];
}

/** What is listed, without the common prefixes. */
export function itemsOf<Item>(entries: readonly Entry<Item>[]): readonly Item[] {
  return entries.flatMap((entry) => (entry.kind === "item" ? [entry.item] : []));
}

export function prefixElements<Item>(input: ListingInput, entries: readonly Entry<Item>[]): readonly XmlNode[] {
  return entries.flatMap((entry) =>
    entry.kind === "prefix" ? [element("CommonPrefixes", [element("Prefix", writtenKey(input, entry.prefix))])] : [],
  );
}
