/** What may happen to inline and managed policies; called like the rules in principal-rules.ts. */
import { policySize } from "@s3-credentials/policy/parse";
import type { IdentityKind, ManagedPolicyRecord, PolicyVersionRecord } from "../../ports/identity-records.ts";
import type { Done, StoreRefusal } from "../../ports/identity-store.ts";
import { awsManagedPolicies } from "./aws-managed-policies.ts";
import { nameKey } from "./names.ts";
import { type Counted, done, exists, missing, withinQuota } from "./principal-rules.ts";

export const maxAttached = 10;
export const maxVersions = 5;
const attachedQuota = { user: "PoliciesPerUser", role: "PoliciesPerRole", group: "PoliciesPerGroup" } as const;

export function mayCreateManagedPolicy(found: Counted & { readonly nameTaken: boolean }): Done | StoreRefusal {
  return found.nameTaken ? exists : withinQuota("policies", found);
}

export interface InlinePolicy {
  readonly name: string;
  readonly document: string;
}

/** `present`: all inline policies of the identity; one of the same name is replaced. */
export function mayPutInlinePolicy(
  policy: InlinePolicy,
  quota: number,
  present: readonly InlinePolicy[],
): Done | StoreRefusal {
  const others = present.filter(({ name }) => nameKey(name) !== nameKey(policy.name));
  const size = others.reduce((sum, { document }) => sum + policySize(document), policySize(policy.document));
  return size > quota ? { kind: "limit", what: "inline policy size", quota } : done;
}

/** Whether identities of this account may have the policy: AWS's, or the account's own. */
export function isUsablePolicy(accountId: string, arn: string): boolean {
  return awsManagedPolicies.has(arn) || arn.startsWith(`arn:aws:iam::${accountId}:policy/`);
}

/** `present`: it is attached already, and nothing has to be written. */
export function mayAttachPolicy(
  kind: IdentityKind,
  policyArn: string,
  found: { readonly policyFound: boolean; readonly attached: readonly string[] },
): Done | StoreRefusal | { readonly kind: "present" } {
  if (!found.policyFound) return missing;
  if (found.attached.includes(policyArn)) return { kind: "present" };
  return found.attached.length >= maxAttached ? { kind: "limit", what: attachedQuota[kind], quota: maxAttached } : done;
}

/** Numbers are never used again, so `last` is the highest that the policy ever had. */
export function nextVersion(last: number, versions: number): number | StoreRefusal {
  return versions >= maxVersions ? { kind: "limit", what: "PolicyVersionsPerPolicy", quota: maxVersions } : last + 1;
}

/** The number of a version id, such as 3 of `v3`; undefined when the policy has no such version. */
export function versionNumber(versions: readonly PolicyVersionRecord[], versionId: string): number | undefined {
  return versions.some((version) => version.versionId === versionId) ? Number(versionId.slice(1)) : undefined;
}

export function mayDeleteVersion(versions: readonly PolicyVersionRecord[], versionId: string): Done | StoreRefusal {
  const version = versions.find((one) => one.versionId === versionId);
  if (version === undefined) return missing;
  return version.isDefault ? { kind: "conflict", reason: "Cannot delete the default version of a policy." } : done;
}

export function mayDeletePolicy(
  policy: Pick<ManagedPolicyRecord, "attachmentCount" | "boundaryCount">,
  versions: number,
): Done | StoreRefusal {
  if (policy.attachmentCount + policy.boundaryCount > 0)
    return { kind: "conflict", reason: "Cannot delete a policy attached to entities." };
  if (versions <= 1) return done;
  return {
    kind: "conflict",
    reason:
      "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
  };
}
