/**
 * S3 operations whose action has another name, with the action that each asks for first. Somebody who writes `s3:ListObjectsV2` in a policy
 * means that action. Names in lower case.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
 */
const s3: Readonly<Record<string, string>> = {
  completemultipartupload: "s3:PutObject",
  copyobject: "s3:PutObject",
  createmultipartupload: "s3:PutObject",
  deleteaccountpublicaccessblock: "s3:PutAccountPublicAccessBlock",
  deletebucketanalyticsconfiguration: "s3:PutAnalyticsConfiguration",
  deletebucketcors: "s3:PutBucketCORS",
  deletebucketencryption: "s3:PutEncryptionConfiguration",
  deletebucketintelligenttieringconfiguration: "s3:PutIntelligentTieringConfiguration",
  deletebucketinventoryconfiguration: "s3:PutInventoryConfiguration",
  deletebucketlifecycle: "s3:PutLifecycleConfiguration",
  deletebucketmetricsconfiguration: "s3:PutMetricsConfiguration",
  deletebucketownershipcontrols: "s3:PutBucketOwnershipControls",
  deletebucketreplication: "s3:PutReplicationConfiguration",
  deletebuckettagging: "s3:PutBucketTagging",
  deleteobjects: "s3:DeleteObject",
  deletepublicaccessblock: "s3:PutBucketPublicAccessBlock",
  getbucketaccelerateconfiguration: "s3:GetAccelerateConfiguration",
  getbucketanalyticsconfiguration: "s3:GetAnalyticsConfiguration",
  getbucketencryption: "s3:GetEncryptionConfiguration",
  getbucketintelligenttieringconfiguration: "s3:GetIntelligentTieringConfiguration",
  getbucketinventoryconfiguration: "s3:GetInventoryConfiguration",
  getbucketlifecycle: "s3:GetLifecycleConfiguration",
  getbucketlifecycleconfiguration: "s3:GetLifecycleConfiguration",
  getbucketmetricsconfiguration: "s3:GetMetricsConfiguration",
  getbucketnotificationconfiguration: "s3:GetBucketNotification",
  getbucketreplication: "s3:GetReplicationConfiguration",
  getobjectlockconfiguration: "s3:GetBucketObjectLockConfiguration",
  getpublicaccessblock: "s3:GetBucketPublicAccessBlock",
  headbucket: "s3:ListBucket",
  headobject: "s3:GetObject",
  listbucketanalyticsconfigurations: "s3:GetAnalyticsConfiguration",
  listbucketintelligenttieringconfigurations: "s3:GetIntelligentTieringConfiguration",
  listbucketinventoryconfigurations: "s3:GetInventoryConfiguration",
  listbucketmetricsconfigurations: "s3:GetMetricsConfiguration",
  listbuckets: "s3:ListAllMyBuckets",
  listmultipartuploads: "s3:ListBucketMultipartUploads",
  listobjects: "s3:ListBucket",
  listobjectsv2: "s3:ListBucket",
  listobjectversions: "s3:ListBucketVersions",
  listparts: "s3:ListMultipartUploadParts",
  postobject: "s3:PutObject",
  putbucketaccelerateconfiguration: "s3:PutAccelerateConfiguration",
  putbucketanalyticsconfiguration: "s3:PutAnalyticsConfiguration",
  putbucketencryption: "s3:PutEncryptionConfiguration",
  putbucketintelligenttieringconfiguration: "s3:PutIntelligentTieringConfiguration",
  putbucketinventoryconfiguration: "s3:PutInventoryConfiguration",
  putbucketlifecycle: "s3:PutLifecycleConfiguration",
  putbucketlifecycleconfiguration: "s3:PutLifecycleConfiguration",
  putbucketmetricsconfiguration: "s3:PutMetricsConfiguration",
  putbucketnotificationconfiguration: "s3:PutBucketNotification",
  putbucketreplication: "s3:PutReplicationConfiguration",
  putobjectlockconfiguration: "s3:PutBucketObjectLockConfiguration",
  putpublicaccessblock: "s3:PutBucketPublicAccessBlock",
  selectobjectcontent: "s3:GetObject",
  uploadpart: "s3:PutObject",
  uploadpartcopy: "s3:PutObject",
};

/** The action that an operation of S3 asks for, when it has another name than the operation: `s3:ListBucket` for `s3:ListObjectsV2`. */
export function actionOfOperation(name: string): string | undefined {
  const [service = "", operation = ""] = name.toLowerCase().split(":");
  return service === "s3" && Object.hasOwn(s3, operation) ? s3[operation] : undefined;
}
