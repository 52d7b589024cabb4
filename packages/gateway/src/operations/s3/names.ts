import { type Refusal, refuse } from "../operation.ts";

/**
 * The version id that a client sent, in a query, a header or a document. INVARIANT: it is text that a header can hold, since answers repeat it.
 * "Version IDs are Unicode, UTF-8 encoded, URL-ready, opaque strings that are no more than 1,024 bytes long"; every one given
 * out is ASCII. https://docs.aws.amazon.com/AmazonS3/latest/userguide/versioning-workflows.html
 */
export function checkVersionId(versionId: string): string | Refusal {
  if (/^[\x21-\x7e]{1,1024}$/.test(versionId)) return versionId;
  const message = versionId === "" ? "Version id cannot be the empty string" : "Invalid version id specified";
  return refuse("InvalidArgument", message, { details: { ArgumentName: "versionId" } });
}

/** `?versionId=` of the request. */
export function versionIdOf({ query }: { readonly query: ReadonlyMap<string, string> }): string | undefined | Refusal {
  const sent = query.get("versionId");
  return sent === undefined ? undefined : checkVersionId(sent);
}

/** A whole number between `min` and `max`; refused otherwise. */
export function wholeNumber(
  { query }: { readonly query: ReadonlyMap<string, string> },
  name: string,
  fallback: number,
  max: number,
): number | Refusal {
  const text = query.get(name);
  if (text === undefined || text === "") return fallback;
  const number = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (number <= 2_147_483_647) return Math.min(number, max);
  return refuse("InvalidArgument", `Argument ${name} must be an integer between 0 and 2147483647`, {
    details: { ArgumentName: name, ArgumentValue: text },
  });
}
