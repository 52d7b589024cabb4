import { stringToSign } from "./canonical.ts";
import { headerText } from "./header-value.ts";
import type { RequestAuth } from "./request-auth.ts";

/** Bytes of what was signed that are sent back. More is left out, so that no answer is far larger than its request. */
export const maxDetailBytes = 16 * 1024;

/**
 * What S3 answers beside `SignatureDoesNotMatch`, in its order, so that the sender can compare what was signed with what
 * arrived. All of it comes from the request; nothing depends on the secret.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/signature-v4-troubleshooting.html
 */
export function mismatchDetails(canonical: string, auth: RequestAuth): Readonly<Record<string, string>> {
  const toSign = stringToSign(auth.amzDate, auth.scope, canonical);
  return {
    AWSAccessKeyId: auth.accessKeyId,
    StringToSign: toSign,
    SignatureProvided: auth.signature,
    StringToSignBytes: hexBytes(toSign),
    ...(canonical.length > maxDetailBytes
      ? {}
      : { CanonicalRequest: headerText(canonical), CanonicalRequestBytes: hexBytes(canonical) }),
  };
}

/** `41 57 53 34`: each character of `text` is one byte. */
export function hexBytes(text: string): string {
  return Buffer.from(text, "latin1")
    .toString("hex")
    .replace(/..(?!$)/g, "$& ");
}
