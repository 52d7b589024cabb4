import { resourceTemplates } from "../catalog/catalog.ts";
import type { Policy, TextPattern } from "../model/policy.ts";
import { overlapsTemplate } from "./arn-units.ts";

/**
 * The first resource of a policy that names a region where S3 and IAM have none (`arn:aws:s3:us-east-1::bucket`), as written. IAM refuses to
 * store it: a Deny with it would silently deny nothing. Access points and other kinds of resources of S3 have a region.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html#access-analyzer-reference-policy-checks-error-invalid-arn-resource
 */
export function needlessRegion({ statements }: Policy): string | undefined {
  return statements.flatMap(({ resource }) => resource?.patterns ?? []).find(hasNeedlessRegion)?.text;
}

function hasNeedlessRegion(pattern: TextPattern): boolean {
  const [, , service = "", region = ""] = pattern.text.split(":", 4);
  // A wildcard takes no region too.
  if ((service !== "s3" && service !== "iam") || !/^[a-z0-9-]+$/.test(region)) return false;
  return !resourceTemplates.some((arn) => overlapsTemplate(pattern, arn));
}
