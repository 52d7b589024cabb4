import { resourceTemplates } from "../catalog/catalog.ts";
import type { Policy, TextPattern } from "../model/policy.ts";
import { overlapsTemplate } from "./arn-units.ts";

/** A resource that nothing can be, because its ARN says what ARNs of its service do not have. */
export interface NeedlessField {
  readonly resource: string;
  readonly service: "s3" | "iam";
  readonly field: "region" | "account";
}

/**
 * The first resource of a policy that names a region where S3 and IAM have none (`arn:aws:s3:us-east-1::bucket`), or an account where S3 has
 * none (`arn:aws:s3::111122223333:bucket`). IAM refuses to store it: a Deny with it would silently deny nothing. Access points and other kinds
 * of resources of S3 have both.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html#access-analyzer-reference-policy-checks-error-invalid-arn-resource
 */
export function needlessArnField({ statements }: Policy): NeedlessField | undefined {
  for (const pattern of statements.flatMap(({ resource }) => resource?.patterns ?? [])) {
    const needless = needlessIn(pattern);
    if (needless !== undefined) return needless;
  }
  return undefined;
}

function needlessIn(pattern: TextPattern): NeedlessField | undefined {
  const [, , service = "", region = "", account = ""] = pattern.text.split(":", 5);
  if (service !== "s3" && service !== "iam") return undefined;
  const field = isWritten(region) ? "region" : service === "s3" && isWritten(account) ? "account" : undefined;
  if (field === undefined || resourceTemplates.some((arn) => overlapsTemplate(pattern, arn))) return undefined;
  return { resource: pattern.text, service, field };
}

/** A wildcard also matches a field that is empty. */
function isWritten(field: string): boolean {
  return /^[a-z0-9-]+$/.test(field);
}
