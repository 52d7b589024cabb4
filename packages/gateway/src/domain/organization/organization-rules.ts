/**
 * What may happen to an organization. Each function gets what a store has read inside the transaction of its write.
 * https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html
 */
import type { Done } from "../../ports/identity-store.ts";
import type {
  AccountFailure,
  OrganizationAccount,
  OrganizationPolicy,
  OrganizationPolicyType,
  OrganizationRecord,
  OrganizationRefusal,
} from "../../ports/organization-store.ts";
import { done } from "../identity/principal-rules.ts";
import { fullAccessPolicies } from "./aws-policies.ts";

const maxAccounts = 10_000;
const maxPolicies = 1000;
const maxAttached = 5;

type Outcome = Done | OrganizationRefusal;

const refused = (kind: OrganizationRefusal["kind"]): OrganizationRefusal => ({ kind });

export function awsPolicy(type: OrganizationPolicyType): OrganizationPolicy {
  return { ...fullAccessPolicies[type], type, awsManaged: true };
}

/** One of AWS's policies by its id. */
export function awsPolicyById(id: string): OrganizationPolicy | undefined {
  return [awsPolicy("SERVICE_CONTROL_POLICY"), awsPolicy("RESOURCE_CONTROL_POLICY")].find((policy) => policy.id === id);
}

export function accountFailure(found: {
  readonly emailTaken: boolean;
  readonly accounts: number;
}): AccountFailure | undefined {
  if (found.emailTaken) return "EMAIL_ALREADY_EXISTS";
  return found.accounts >= maxAccounts ? "ACCOUNT_LIMIT_EXCEEDED" : undefined;
}

export function mayCloseAccount(
  { managementAccountId }: OrganizationRecord,
  account: OrganizationAccount | undefined,
): Outcome {
  if (account === undefined) return refused("account-missing");
  if (account.id === managementAccountId) return refused("management-account");
  return account.state === "CLOSED" ? refused("account-closed") : done;
}

export function mayCreatePolicy(found: { readonly nameTaken: boolean; readonly policies: number }): Outcome {
  if (found.nameTaken) return refused("policy-name-taken");
  return found.policies >= maxPolicies ? refused("too-many-policies") : done;
}

/** `nameOwner`: the id of the policy of the same type that has the new name, if any. */
export function mayChangePolicy(policy: OrganizationPolicy | undefined, nameOwner: string | undefined): Outcome {
  if (policy === undefined) return refused("policy-missing");
  if (policy.awsManaged) return refused("policy-immutable");
  return nameOwner !== undefined && nameOwner !== policy.id ? refused("policy-name-taken") : done;
}

export function mayDeleteOrganizationPolicy(policy: OrganizationPolicy | undefined, targets: number): Outcome {
  if (policy === undefined) return refused("policy-missing");
  if (policy.awsManaged) return refused("policy-immutable");
  return targets > 0 ? refused("policy-in-use") : done;
}

interface Attachment {
  readonly policy: OrganizationPolicy | undefined;
  readonly targetFound: boolean;
  readonly organization: OrganizationRecord;
  /** Ids of the policies of the same type that the target has. */
  readonly attached: readonly string[];
}

export function mayAttach({ policy, targetFound, organization, attached }: Attachment): Outcome {
  if (policy === undefined) return refused("policy-missing");
  if (!targetFound) return refused("target-missing");
  if (!organization.enabledTypes.includes(policy.type)) return refused("type-not-enabled");
  if (attached.includes(policy.id)) return refused("attached-already");
  return attached.length >= maxAttached ? refused("too-many-attached") : done;
}

/** "You cannot detach" RCPFullAWSAccess, and every target keeps at least one service control policy. */
export function mayDetach({ policy, targetFound, attached }: Omit<Attachment, "organization">): Outcome {
  if (policy === undefined) return refused("policy-missing");
  if (!targetFound) return refused("target-missing");
  if (!attached.includes(policy.id)) return refused("not-attached");
  if (policy.id === fullAccessPolicies.RESOURCE_CONTROL_POLICY.id) return refused("not-detachable");
  return attached.length === 1 ? refused("last-attached") : done;
}

export function maySetType(
  { enabledTypes }: OrganizationRecord,
  type: OrganizationPolicyType,
  enabled: boolean,
): Outcome {
  const isEnabled = enabledTypes.includes(type);
  if (isEnabled !== enabled) return done;
  return refused(enabled ? "type-enabled" : "type-not-enabled");
}

/** Trusted by everybody in the management account who may assume it. */
export function accountAccessTrust(managementAccountId: string): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { AWS: `arn:aws:iam::${managementAccountId}:root` },
        Action: "sts:AssumeRole",
      },
    ],
  });
}
