/**
 * What the resource part of an ARN of IAM may begin with, literally. IAM refuses to store a policy with anything else, whatever its actions
 * are. This is not checked when a stored policy is read: there a pattern only matches as it is written.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html#awsidentityandaccessmanagementiam-resources-for-iam-policies
 */
import type { Policy, TextPattern } from "../model/policy.ts";

export const iamResourcePaths = [
  "user/",
  "federated-user/",
  "role/",
  "group/",
  "instance-profile/",
  "mfa/",
  "server-certificate/",
  "policy/",
  "sms-mfa/",
  "saml-provider/",
  "oidc-provider/",
  "report/",
  "access-report/",
] as const;

/** False for `arn:aws:iam::111122223333:*\/*` and `…:foo`; true for what is not an ARN of IAM. */
export function isIamResourcePath({ text }: TextPattern): boolean {
  const [, , service, , , ...rest] = text.split(":");
  if (service !== "iam") return true;
  const path = rest.join(":");
  return path === "*" || path === "root" || iamResourcePaths.some((start) => path.startsWith(start));
}

/** The first resource of a policy that IAM would not store, as written. */
export function badIamResource({ statements }: Policy): string | undefined {
  return statements.flatMap(({ resource }) => resource?.patterns ?? []).find((pattern) => !isIamResourcePath(pattern))
    ?.text;
}
