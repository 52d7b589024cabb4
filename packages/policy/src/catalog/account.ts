import type { ServiceTable } from "./service.ts";

/**
 * AWS Account Management.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsaccountmanagement.html
 */
export const account = {
  prefix: "account",
  page: "https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsaccountmanagement.html",
  commonKeys: [],
  conditionKeys: {
    "account:AccountResourceOrgPaths": "ArrayOfString",
    "account:AccountResourceOrgTags/": "String",
    "account:AlternateContactTypes": "ArrayOfString",
    "account:EmailTargetDomain": "String",
    "account:TargetRegion": "String",
  },
  resourceTypes: {
    account: { arn: "arn:${Partition}:account::${Account}:account" },
    accountInOrganization: {
      arn: "arn:${Partition}:account::${ManagementAccountId}:account/o-${OrganizationId}/${MemberAccountId}",
      keys: ["account:AccountResourceOrgPaths", "account:AccountResourceOrgTags/"],
    },
  },
  actions: {
    AcceptPrimaryEmailUpdate: ["Write", ["accountInOrganization"]],
    CloseAccount: ["Write", ["account"]],
    DeleteAlternateContact: ["Write", ["account", "accountInOrganization"], ["account:AlternateContactTypes"]],
    DisableRegion: ["Write", ["account", "accountInOrganization"], ["account:TargetRegion"]],
    EnableRegion: ["Write", ["account", "accountInOrganization"], ["account:TargetRegion"]],
    GetAccountInformation: ["Read", ["account", "accountInOrganization"]],
    GetAlternateContact: ["Read", ["account", "accountInOrganization"], ["account:AlternateContactTypes"]],
    GetContactInformation: ["Read", ["account", "accountInOrganization"]],
    GetGovCloudAccountInformation: ["Read", ["account", "accountInOrganization"]],
    GetPrimaryEmail: ["Read", ["accountInOrganization"]],
    GetPrimaryEmailUpdateStatus: ["Read", ["accountInOrganization"]],
    GetRegionOptStatus: ["Read", ["account", "accountInOrganization"], ["account:TargetRegion"]],
    ListRegions: ["List", ["account", "accountInOrganization"]],
    PutAccountName: ["Write", ["account", "accountInOrganization"]],
    PutAlternateContact: ["Write", ["account", "accountInOrganization"], ["account:AlternateContactTypes"]],
    PutContactInformation: ["Write", ["account", "accountInOrganization"]],
    SendPhoneNumberVerification: ["Write", ["account", "accountInOrganization"]],
    StartPrimaryEmailUpdate: ["Write", ["accountInOrganization"], ["account:EmailTargetDomain"]],
    VerifyPhoneNumber: ["Write", ["account", "accountInOrganization"]],
  },
} as const satisfies ServiceTable;
