import type { ConditionKeyType } from "./service.ts";

/**
 * AWS global condition context keys, and the cross-service ones the same page lists; keys that end in `/` are families.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
 */
export const globalKeys = {
  // Properties of the principal.
  "aws:PrincipalArn": "ARN",
  "aws:PrincipalAccount": "String",
  "aws:PrincipalOrgPaths": "ArrayOfString",
  "aws:PrincipalOrgID": "String",
  "aws:PrincipalTag/": "String",
  "aws:PrincipalIsAWSService": "Bool",
  "aws:PrincipalServiceName": "String",
  "aws:PrincipalServiceNamesList": "ArrayOfString",
  "aws:PrincipalType": "String",
  "aws:userid": "String",
  "aws:username": "String",
  // Properties of a role session.
  "aws:AssumedRoot": "Bool",
  "aws:FederatedProvider": "String",
  "aws:TokenIssueTime": "Date",
  "aws:MultiFactorAuthAge": "Numeric",
  "aws:MultiFactorAuthPresent": "Bool",
  "aws:ChatbotSourceArn": "ARN",
  "aws:Ec2InstanceSourceVpc": "String",
  "aws:Ec2InstanceSourcePrivateIPv4": "IPAddress",
  "aws:SourceIdentity": "String",
  "aws:SignInSessionArn": "ARN",
  "ec2:RoleDelivery": "Numeric",
  "ec2:SourceInstanceArn": "ARN",
  "glue:RoleAssumedBy": "String",
  "glue:CredentialIssuingService": "String",
  "identitystore:UserId": "String",
  "lambda:SourceFunctionArn": "ARN",
  "ssm:SourceInstanceArn": "ARN",
  // Properties of the network.
  "aws:SourceIp": "IPAddress",
  "aws:SourceVpc": "String",
  "aws:SourceVpcArn": "ARN",
  "aws:SourceVpce": "String",
  "aws:VpceAccount": "String",
  "aws:VpceOrgID": "String",
  "aws:VpceOrgPaths": "ArrayOfString",
  "aws:VpcSourceIp": "IPAddress",
  // Properties of the resource.
  "aws:ResourceAccount": "String",
  "aws:ResourceOrgID": "String",
  "aws:ResourceOrgPaths": "ArrayOfString",
  "aws:ResourceTag/": "String",
  // Properties of the request.
  "aws:CalledVia": "ArrayOfString",
  "aws:CalledViaFirst": "String",
  "aws:CalledViaLast": "String",
  "aws:CalledViaAWSMCP": "String",
  "aws:ViaAWSService": "Bool",
  "aws:ViaAWSMCPService": "Bool",
  "aws:CurrentTime": "Date",
  // Works with the date operators and with the numeric ones.
  "aws:EpochTime": "Date",
  "aws:referer": "String",
  "aws:RequestedRegion": "String",
  "aws:RequestTag/": "String",
  "aws:TagKeys": "ArrayOfString",
  "aws:SecureTransport": "Bool",
  "aws:SourceAccount": "String",
  "aws:SourceArn": "ARN",
  "aws:SourceOrgID": "String",
  "aws:SourceOrgPaths": "ArrayOfString",
  "aws:SourceOwner": "String",
  "aws:UserAgent": "String",
} as const satisfies Readonly<Record<string, ConditionKeyType>>;
