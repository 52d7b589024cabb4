import { type Refusal, refuse } from "../operations/operation.ts";
import type { Buckets } from "./prepare-s3.ts";

/**
 * Whether the requester is charged: somebody of another account than that of a bucket whose requesters pay, or nobody known.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/RequesterPaysBuckets.html
 */
export function isCharged({ bucket, source }: Buckets, accountId: string | undefined): boolean {
  return [bucket, source].some((one) => one?.requesterPays === true && one.owner !== accountId);
}

/** Whoever is charged has to say that it agrees, and has to be known. */
export function checkRequestPayer(
  sent: ReadonlyMap<string, string>,
  buckets: Buckets,
  accountId: string | undefined,
): Refusal | undefined {
  if (!isCharged(buckets, accountId)) return undefined;
  if (accountId !== undefined && sent.get("x-amz-request-payer")?.toLowerCase() === "requester") return undefined;
  return refuse(
    "AccessDenied",
    "The requesters of this bucket pay: sign the request, and agree with the header x-amz-request-payer: requester.",
  );
}
