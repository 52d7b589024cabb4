import {
  badIamResource,
  foreignPartition,
  iamResourcePaths,
  needlessArnField,
  type NeedlessField,
  parsePolicy,
  type Policy,
  policySize,
  type PolicyKind,
} from "@s3-credentials/policy";
import { type Refusal, refuse } from "../operation.ts";

/**
 * A document that may be stored as what it is sent for, or why not, in one line. `tooLarge`: what IAM says of one above the quota,
 * which is that of a managed policy by default.
 */
export function checkDocument(
  document: string,
  kind: PolicyKind,
  quota: number,
  tooLarge = `Cannot exceed quota for PolicySize: ${quota}`,
): Refusal | undefined {
  // Counting characters costs far less than finding every fault of a document nobody may store.
  if (policySize(document) > quota) return refuse("LimitExceeded", tooLarge);
  const { policy, diagnostics } = parsePolicy(document, kind);
  if (policy !== undefined) return refuseResource(policy);
  const [problem] = diagnostics;
  if (problem === undefined) return undefined;
  const where = problem.pointer === "" ? "" : ` (at ${problem.pointer})`;
  const help = problem.help === undefined ? "" : `; ${problem.help}`;
  return refuse("MalformedPolicyDocument", `Syntax error in policy: ${problem.message}${where}${help}.`);
}

/**
 * IAM's own messages, with the resource that is wrong. Only for documents that a client sends: a document that was stored before
 * these checks existed keeps its effect.
 */
export function refuseResource(policy: Policy): Refusal | undefined {
  const foreign = foreignPartition(policy, "aws");
  if (foreign !== undefined)
    return refuse(
      "MalformedPolicyDocument",
      `Partition "${foreign.written}" is not valid for resource "${foreign.resource}".`,
    );
  const needless = needlessArnField(policy);
  if (needless !== undefined) return refuse("MalformedPolicyDocument", needlessText(needless));
  const resource = badIamResource(policy);
  return resource === undefined
    ? undefined
    : refuse(
        "MalformedPolicyDocument",
        `IAM resource path must either be "*", root, or start with ${iamResourcePaths.join(", ")}: ${resource}`,
      );
}

/** IAM's own words, which are not the same for each service. */
export function needlessText({ resource, service, field }: NeedlessField): string {
  if (field === "account") return `Resource ${resource} cannot contain an account id.`;
  return service === "iam"
    ? `IAM resource ${resource} cannot contain region information.`
    : `Resource ${resource} can not contain region information.`;
}

/** Characters without white space. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entity-length */
export const policyQuotas = {
  userInline: 2048,
  groupInline: 5120,
  roleInline: 10_240,
  managed: 6144,
  trust: 2048,
} as const;
