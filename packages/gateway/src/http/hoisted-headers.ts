import { headerValue, type RequestAuth } from "@s3-credentials/protocol";
import { type Refusal, refuse } from "../operations/operation.ts";

/**
 * Headers that signers of presigned URLs move into the query; S3 reads them there. Everything in a presigned query is
 * signed. Checksums are not among them: a URL made without the body holds the checksum of nothing.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 */
const hoistable: ReadonlySet<string> = new Set([
  "x-amz-acl",
  "x-amz-bypass-governance-retention",
  "x-amz-checksum-mode",
  "x-amz-copy-source",
  "x-amz-copy-source-if-match",
  "x-amz-copy-source-if-modified-since",
  "x-amz-copy-source-if-none-match",
  "x-amz-copy-source-if-unmodified-since",
  "x-amz-copy-source-range",
  "x-amz-expected-bucket-owner",
  "x-amz-grant-full-control",
  "x-amz-grant-read",
  "x-amz-grant-read-acp",
  "x-amz-grant-write",
  "x-amz-grant-write-acp",
  "x-amz-metadata-directive",
  "x-amz-object-lock-legal-hold",
  "x-amz-object-lock-mode",
  "x-amz-object-lock-retain-until-date",
  "x-amz-request-payer",
  "x-amz-server-side-encryption",
  "x-amz-server-side-encryption-aws-kms-key-id",
  "x-amz-server-side-encryption-bucket-key-enabled",
  "x-amz-server-side-encryption-context",
  "x-amz-source-expected-bucket-owner",
  "x-amz-storage-class",
  "x-amz-tagging",
  "x-amz-tagging-directive",
  "x-amz-website-redirect-location",
]);

/** The headers with those of a presigned query; one sent in both places with two values is refused. */
export function withHoisted(
  headers: ReadonlyMap<string, string>,
  query: ReadonlyMap<string, string>,
  auth: Pick<RequestAuth, "form">,
): ReadonlyMap<string, string> | Refusal {
  if (auth.form !== "presigned") return headers;
  let all: Map<string, string> | undefined;
  for (const [name, text] of query) {
    const lower = name.toLowerCase();
    if (!hoistable.has(lower) && !lower.startsWith("x-amz-meta-")) continue;
    const value = headerValue(text);
    // What could not have been sent as a header is not one.
    if (value === undefined) return refuse("InvalidArgument", `The value of ${lower} is not valid.`);
    const sent = (all ?? headers).get(lower);
    if (sent !== undefined && sent !== value)
      return refuse("InvalidArgument", `${lower} is sent twice, with two values.`, {
        details: { ArgumentName: lower },
      });
    all ??= new Map(headers);
    all.set(lower, value);
  }
  return all ?? headers;
}
