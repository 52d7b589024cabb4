import type { S3Client } from "@aws-sdk/client-s3";
import { changeResponseBody } from "./response-body.ts";

/** The gateway says with it where it serves a website; no other service does. */
const urlHeader = "x-s3-credentials-website-url";

/**
 * Sees where the website is that a command reads or writes: what the service says, or AWS's address at AWS. Undefined after the command at a
 * service that says nothing.
 */
export function watchWebsiteUrl(
  s3: S3Client,
  command: { readonly middlewareStack: unknown },
  bucket: string,
): (region: string) => string | undefined {
  let said: string | undefined;
  changeResponseBody(command, "websiteUrl", (body, _status, headers) => {
    said = headers[urlHeader];
    return body;
  });
  const isAws = s3.config.endpoint === undefined;
  return (region) => (isAws ? `http://${bucket}.s3-website.${region}.amazonaws.com/` : printable(said));
}

/** It is printed, and a service may be anybody's. */
function printable(url: string | undefined): string | undefined {
  return url !== undefined && /^https?:\/\/[\x21-\x7e]+$/.test(url) ? url : undefined;
}
