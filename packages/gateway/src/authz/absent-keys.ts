/**
 * Condition keys that the catalog has for actions of S3 or for all requests, and that no S3 request has here, each with the reason. An Allow
 * that needs one of them never applies. A key that only some operations can have is not listed here: see `conditionKeysOf`.
 */
export const absentKeys: Readonly<Record<string, string>> = {
  ...because("there are no access points", [
    "s3:AccessPointNetworkOrigin",
    "s3:AccessPointTag/",
    "s3:DataAccessPointAccount",
    "s3:DataAccessPointArn",
  ]),
  ...because("there are no access grants", ["s3:AccessGrantsInstanceArn"]),
  ...because("the header is refused by name: names of buckets have one namespace", ["s3:x-amz-bucket-namespace"]),
  ...because("of its action, only the deletion of a configuration that is not there is implemented", [
    "s3:isReplicationPauseRequest",
  ]),
  ...because("no request comes from a VPC", [
    "aws:SourceVpc",
    "aws:SourceVpcArn",
    "aws:SourceVpce",
    "aws:VpceAccount",
    "aws:VpceOrgID",
    "aws:VpceOrgPaths",
    "aws:VpcSourceIp",
  ]),
  ...because("no service calls with the rights of somebody else", [
    "aws:CalledVia",
    "aws:CalledViaFirst",
    "aws:CalledViaLast",
    "aws:CalledViaAWSMCP",
    "aws:SourceOwner",
    "aws:ViaAWSMCPService",
  ]),
  ...because("no compute service gives out credentials", [
    "aws:ChatbotSourceArn",
    "aws:Ec2InstanceSourceVpc",
    "aws:Ec2InstanceSourcePrivateIPv4",
    "ec2:RoleDelivery",
    "ec2:SourceInstanceArn",
    "glue:RoleAssumedBy",
    "glue:CredentialIssuingService",
    "lambda:SourceFunctionArn",
    "ssm:SourceInstanceArn",
  ]),
  ...because("there is no identity store", ["identitystore:UserId"]),
  ...because("there is no AssumeRoot", ["aws:AssumedRoot"]),
  ...because("console sessions have no ARN", ["aws:SignInSessionArn"]),
  ...because(
    "S3 has it for TagResource, UntagResource and buckets that are created with tags, none of which are implemented",
    ["aws:RequestTag/", "aws:TagKeys"],
  ),
};

function because(reason: string, keys: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(keys.map((key) => [key, reason]));
}
