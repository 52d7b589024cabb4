/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html */
import type { PrincipalEntry } from "../model/policy.ts";
import { parseArn } from "../match/arn.ts";

export const principalTypes = ["AWS", "CanonicalUser", "Federated", "Service"] as const;
export type PrincipalType = (typeof principalTypes)[number];

const accountId = /^\d{12}$/;
const partition = /^aws(-[a-z]+)*$/;
const uniqueId = /^(AIDA|AROA)[A-Z0-9]{12,124}(:[\w+=,.@-]{2,64})?$/;
/** Path, at most 512 characters with its slashes, and name. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const path = /^(?:[\u0021-\u007e]{0,510}\/)?[\w+=,.@-]{1,64}$/;
const roleName = /^[\w+=,.@-]{1,64}$/;
/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html and …/API_GetFederationToken.html */
const sessionName = /^[\w+=,.@-]{2,64}$/;
const federatedName = /^[\w+=,.@-]{2,32}$/;
/** Nobody's user: CloudFront signs with it. https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html */
const originAccessIdentity = /^arn:aws(-[a-z]+)*:iam::cloudfront:user\/CloudFront Origin Access Identity [A-Z0-9]+$/;
const canonicalId = /^[0-9a-f]{64}$/;

/** What a value under `"AWS"`, `"Service"` … names; undefined for what a policy may not hold. Wildcards: the whole `*` only. */
export function parsePrincipal(type: PrincipalType, text: string): PrincipalEntry | undefined {
  switch (type) {
    case "AWS":
      return parseAwsPrincipal(text);
    case "CanonicalUser":
      return canonicalId.test(text) ? { kind: "canonical-user", id: text } : undefined;
    case "Federated":
      return text !== "" && !/[*?\s]/.test(text) ? { kind: "federated", provider: text } : undefined;
    case "Service":
      return /^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(text) ? { kind: "service", service: text } : undefined;
  }
}

function parseAwsPrincipal(text: string): PrincipalEntry | undefined {
  if (text === "*") return { kind: "everyone" };
  if (accountId.test(text)) return { kind: "account", accountId: text };
  if (uniqueId.test(text)) return { kind: "unique-id", id: text };
  if (originAccessIdentity.test(text)) return { kind: "user", arn: text };
  const arn = parseArn(text);
  if (arn === undefined || !partition.test(arn.partition) || arn.region !== "" || !accountId.test(arn.account))
    return undefined;
  if (/[*?]/.test(arn.resource)) return undefined;
  if (arn.service === "iam") return parseIamResource(text, arn.account, arn.resource);
  return arn.service === "sts" ? parseStsResource(text, arn.resource) : undefined;
}

function parseIamResource(arn: string, account: string, resource: string): PrincipalEntry | undefined {
  if (resource === "root") return { kind: "account", accountId: account };
  const slash = resource.indexOf("/");
  const kind = resource.slice(0, slash);
  if ((kind !== "user" && kind !== "role") || !path.test(resource.slice(slash + 1))) return undefined;
  return { kind, arn };
}

function parseStsResource(arn: string, resource: string): PrincipalEntry | undefined {
  const [kind, first = "", second, ...rest] = resource.split("/");
  if (rest.length > 0) return undefined;
  if (kind === "federated-user" && second === undefined && federatedName.test(first))
    return { kind: "federated-user", arn };
  return kind === "assumed-role" && second !== undefined && roleName.test(first) && sessionName.test(second)
    ? { kind: "role-session", arn }
    : undefined;
}
