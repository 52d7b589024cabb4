import { headerValue, type RequestAuth } from "@s3-credentials/protocol";
import { modelledMembers } from "../operations/modelled-members.ts";
import { type Refusal, refuse } from "../operations/operation.ts";

/** It marks a request to S3 Control. Without it, a presigned URL for an account would mean an object in a bucket with that path. */
const accountHeader = "x-amz-account-id";

/**
 * Headers that signers of presigned URLs move into the query; S3 reads them there. Everything in a presigned query is
 * signed. The checksums of a body are not among them: a URL made without the body holds the checksum of nothing.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 */
const hoistable: ReadonlySet<string> = new Set([
  accountHeader,
  ...Object.values(modelledMembers.s3)
    .flatMap((members) => members.split(" "))
    .filter((name) => name.startsWith("x-amz-") && !/^x-amz-(sdk-checksum|checksum-(md5|crc|sha|xxhash))/.test(name)),
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
