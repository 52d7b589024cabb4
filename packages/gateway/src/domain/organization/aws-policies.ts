import type { OrganizationPolicyType } from "../../ports/organization-store.ts";

const allowsAll = (more: object): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", ...more, Action: "*", Resource: "*" }],
  });

/**
 * The policies of AWS that allow everything. One of them is attached to the root and to every account as soon as its type is enabled.
 * https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html
 * https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html
 */
export const fullAccessPolicies = {
  SERVICE_CONTROL_POLICY: {
    id: "p-FullAWSAccess",
    name: "FullAWSAccess",
    description: "Allows access to every operation",
    document: allowsAll({}),
  },
  RESOURCE_CONTROL_POLICY: {
    id: "p-RCPFullAWSAccess",
    name: "RCPFullAWSAccess",
    description: "Allows access to every resource",
    document: allowsAll({ Principal: "*" }),
  },
} as const satisfies Readonly<
  Record<OrganizationPolicyType, Readonly<Record<"id" | "name" | "description" | "document", string>>>
>;
