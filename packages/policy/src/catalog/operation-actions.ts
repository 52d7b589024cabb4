/**
 * S3 operations whose action has another name, and the action that each asks for first: what somebody means who writes
 * `s3:ListObjectsV2` in a policy. Names in lower case.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
 */
const s3: Readonly<Record<string, string>> = {
  completemultipartupload: "s3:PutObject",
  copyobject: "s3:PutObject",
  createmultipartupload: "s3:PutObject",
  deletebucketcors: "s3:PutBucketCORS",
  deletebucketencryption: "s3:PutEncryptionConfiguration",
  deletebucketlifecycle: "s3:PutLifecycleConfiguration",
  deletebucketownershipcontrols: "s3:PutBucketOwnershipControls",
  deletebucketreplication: "s3:PutReplicationConfiguration",
  deletebuckettagging: "s3:PutBucketTagging",
  deleteobjects: "s3:DeleteObject",
  deletepublicaccessblock: "s3:PutBucketPublicAccessBlock",
  getbucketaccelerateconfiguration: "s3:GetAccelerateConfiguration",
  getbucketencryption: "s3:GetEncryptionConfiguration",
  getbucketlifecycle: "s3:GetLifecycleConfiguration",
  getbucketlifecycleconfiguration: "s3:GetLifecycleConfiguration",
  getbucketnotificationconfiguration: "s3:GetBucketNotification",
  getbucketreplication: "s3:GetReplicationConfiguration",
  getobjectlockconfiguration: "s3:GetBucketObjectLockConfiguration",
  getpublicaccessblock: "s3:GetBucketPublicAccessBlock",
  headbucket: "s3:ListBucket",
  headobject: "s3:GetObject",
  listbuckets: "s3:ListAllMyBuckets",
  listmultipartuploads: "s3:ListBucketMultipartUploads",
  listobjects: "s3:ListBucket",
  listobjectsv2: "s3:ListBucket",
  listobjectversions: "s3:ListBucketVersions",
  listparts: "s3:ListMultipartUploadParts",
  postobject: "s3:PutObject",
  putbucketaccelerateconfiguration: "s3:PutAccelerateConfiguration",
  putbucketencryption: "s3:PutEncryptionConfiguration",
  putbucketlifecycle: "s3:PutLifecycleConfiguration",
  putbucketlifecycleconfiguration: "s3:PutLifecycleConfiguration",
  putbucketnotificationconfiguration: "s3:PutBucketNotification",
  putbucketreplication: "s3:PutReplicationConfiguration",
  putobjectlockconfiguration: "s3:PutBucketObjectLockConfiguration",
  putpublicaccessblock: "s3:PutBucketPublicAccessBlock",
  selectobjectcontent: "s3:GetObject",
  uploadpart: "s3:PutObject",
  uploadpartcopy: "s3:PutObject",
};

/** The action that an operation of S3 asks for, where it is not called as the operation is: `s3:ListBucket` for `s3:ListObjectsV2`. */
export function actionOfOperation(name: string): string | undefined {
  const [service = "", operation = ""] = name.toLowerCase().split(":");
  return service === "s3" && Object.hasOwn(s3, operation) ? s3[operation] : undefined;
}
