import { iamActionRows } from "./iam-action-rows.ts";
import type { ServiceTable } from "./service.ts";

/**
 * AWS Identity and Access Management: resource types and condition keys; the actions are in `iam-action-rows.ts`.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
 */
export const iam = {
  prefix: "iam",
  page: "https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html",
  commonKeys: [],
  conditionKeys: {
    "iam:AWSServiceName": "String",
    "iam:AssociatedResourceArn": "ARN",
    "iam:DelegationDuration": "String",
    "iam:DelegationRequestOwner": "ARN",
    "iam:FIDO-FIPS-140-2-certification": "String",
    "iam:FIDO-FIPS-140-3-certification": "String",
    "iam:FIDO-certification": "String",
    "iam:NotificationChannel": "String",
    "iam:OrganizationsPolicyId": "String",
    "iam:PassedToService": "String",
    "iam:PermissionsBoundary": "ARN",
    "iam:PolicyARN": "ARN",
    "iam:RegisterSecurityKey": "String",
    "iam:ResourceTag/": "String",
    "iam:ServiceSpecificCredentialAgeDays": "Numeric",
    "iam:ServiceSpecificCredentialServiceName": "String",
    "iam:TemplateArn": "ARN",
  },
  resourceTypes: {
    "access-report": { arn: "arn:${Partition}:iam::${Account}:access-report/${EntityPath}" },
    "assumed-role": { arn: "arn:${Partition}:iam::${Account}:assumed-role/${RoleName}/${RoleSessionName}" },
    "delegation-request": {
      arn: "arn:${Partition}:iam::${Account}:delegation-request/${DelegationRequestId}",
      keys: ["iam:DelegationRequestOwner"],
    },
    "federated-user": { arn: "arn:${Partition}:iam::${Account}:federated-user/${UserName}" },
    group: { arn: "arn:${Partition}:iam::${Account}:group/${GroupNameWithPath}" },
    "instance-profile": { arn: "arn:${Partition}:iam::${Account}:instance-profile/${InstanceProfileNameWithPath}" },
    mfa: { arn: "arn:${Partition}:iam::${Account}:mfa/${MfaTokenIdWithPath}" },
    "oidc-provider": { arn: "arn:${Partition}:iam::${Account}:oidc-provider/${OidcProviderName}" },
    policy: { arn: "arn:${Partition}:iam::${Account}:policy/${PolicyNameWithPath}" },
    role: { arn: "arn:${Partition}:iam::${Account}:role/${RoleNameWithPath}", keys: ["iam:ResourceTag/"] },
    "saml-provider": { arn: "arn:${Partition}:iam::${Account}:saml-provider/${SamlProviderName}" },
    "server-certificate": { arn: "arn:${Partition}:iam::${Account}:server-certificate/${CertificateNameWithPath}" },
    "sms-mfa": { arn: "arn:${Partition}:iam::${Account}:sms-mfa/${MfaTokenIdWithPath}" },
    user: { arn: "arn:${Partition}:iam::${Account}:user/${UserNameWithPath}", keys: ["iam:ResourceTag/"] },
  },
  actions: iamActionRows,
} as const satisfies ServiceTable;
