import { refuse } from "../operation.ts";
import { accountArn, organizationArn } from "./arns.ts";
import { defineOrganizations } from "./define-organizations.ts";

/** https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeOrganization.html */
export const describeOrganization = defineOrganizations({
  name: "DescribeOrganization",
  fields: {},
  anyAccount: true,
  async run(_grant, _values, { ports, organization }) {
    const { id, managementAccountId, enabledTypes } = organization;
    const management = await ports.organization.findAccount(managementAccountId);
    if (management === undefined) return refuse("ServiceFailure");
    return {
      Organization: {
        Id: id,
        Arn: organizationArn(organization),
        FeatureSet: "ALL",
        MasterAccountArn: accountArn(organization, managementAccountId),
        MasterAccountId: managementAccountId,
        MasterAccountEmail: management.email,
        AvailablePolicyTypes: enabledTypes.map((Type) => ({ Type, Status: "ENABLED" })),
      },
    };
  },
});
