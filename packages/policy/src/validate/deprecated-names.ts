/** Condition keys that have a successor, in lower case. */
export const replacedKeys: ReadonlyMap<string, string> = new Map([
  // "We recommend that you update aws:ARN to use the newer condition keys aws:PrincipalArn or aws:SourceArn."
  ["aws:arn", "`aws:PrincipalArn` or `aws:SourceArn`"],
  // https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
  ["aws:sourceowner", "`aws:SourceAccount`"],
]);

/** Actions that have a successor, or none, in lower case. */
export const replacedActions: ReadonlyMap<string, string | undefined> = new Map([
  // "Use UpdateRole instead." https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateRoleDescription.html
  ["iam:updateroledescription", "`iam:UpdateRole`"],
  // BitTorrent was switched off. https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectTorrent.html
  ["s3:getobjecttorrent", undefined],
  ["s3:getobjectversiontorrent", undefined],
]);
