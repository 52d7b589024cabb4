import { type Layers, type PolicyOrigin, recordedName } from "@s3-credentials/policy";
import type { OrganizationPolicy, OrganizationPolicyType, OrganizationRecord } from "../../ports/organization-store.ts";
import type { ReadProgram } from "../identity/layers.ts";
import { fullAccessPolicies } from "./aws-policies.ts";

/** The policies of one type that are attached to the root and to an account. */
export interface AttachedControls {
  readonly root: readonly OrganizationPolicy[];
  readonly account: readonly OrganizationPolicy[];
}

/**
 * The levels that limit an account: "SCPs don't affect users or roles in the management account", and resource control policies do not
 * affect its resources. INVARIANT: a level is left out only with its type; a level without a policy that allows denies.
 */
export async function controlLevels(
  program: ReadProgram,
  { managementAccountId, enabledTypes }: OrganizationRecord,
  accountId: string,
  type: OrganizationPolicyType,
  { root, account }: AttachedControls,
): Promise<Layers["guardrails"]> {
  if (accountId === managementAccountId || !enabledTypes.includes(type)) return [];
  const named = type === "SERVICE_CONTROL_POLICY" ? serviceControl : resourceControl;
  return Promise.all([root, account].map((level) => Promise.all(level.map((policy) => named(program, policy)))));
}

type Named = (program: ReadProgram, policy: OrganizationPolicy) => Promise<Layers["guardrails"][number][number]>;

const serviceControl: Named = async (program, { id, name, document }) => {
  const origin: PolicyOrigin = { kind: "service-control", name, id };
  return { ...(await program(recordedName(origin), document, "guardrail")), origin };
};

/** AWS's own allows everyone everything; it has a principal, which no policy that is attached to an account may have otherwise. */
const resourceControl: Named = async (program, { id, name, document, awsManaged }) => {
  const origin: PolicyOrigin = { kind: "resource-control", name, id };
  const text = awsManaged ? fullAccessPolicies.SERVICE_CONTROL_POLICY.document : document;
  return { ...(await program(recordedName(origin), text, awsManaged ? "guardrail" : "resource-guardrail")), origin };
};

/** Where an account is: right under the root. */
export function organizationPath({ id, rootId }: OrganizationRecord): string {
  return `${id}/${rootId}/`;
}
