import { basename } from "node:path";
import { beforeEach } from "vitest";

const acls = "ACLs and other object ownerships end at the gateway";
const keys = "keys of customers and of KMS, and a default encryption of the gateway, end at the gateway";
const parts = "HeadObject does not list the parts of an object";
const unpinned = "without versions, an engine can neither compare tags when it changes them nor tell equal bytes apart";
const locks = "Object Lock is for buckets in the data folder";
const uploads = "the id of a listed upload is another one than that of its creation; both name the upload";

/** Tests of S3 that an engine behind the gateway answers in another way: parts of their names by file, and why. */
const upstreamDifferences: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "s3-account-block": { "the most restrictive of bucket and account": acls },
  "s3-acls": { "what ACLs allow": acls, "ACLs that are put": acls, "ownership controls": acls },
  "s3-buckets": { "created again by its owner in us-east-1": acls },
  "s3-checksums": { "the checksums of parts": parts },
  "s3-condition-keys": { "'UploadPart": keys, "'CompleteMultipartUpload'": keys },
  "s3-encryption": {
    "the default of a bucket": keys,
    "policies about encryption": keys,
    "SSE-S3 >": "what is encrypted is on the disk of the engine",
    "SSE-KMS >": keys,
    "SSE-C >": keys,
  },
  "s3-errors": {
    "'InvalidBucketState'": locks,
    "'OwnershipControls": acls,
    "'BucketAlreadyOwnedByYou'": acls,
    "'KMS.": keys,
  },
  "s3-multipart": {
    "the walk, with the SDK": uploads,
    "lists of parts and uploads go page by page": uploads,
    "parts of a multipart object, page by page": parts,
  },
  "s3-notifications": {
    "publishes > PutObjectAcl": acls,
    "publishes > PutObjectRetention": locks,
    "publishes > PutObjectLegalHold": locks,
  },
  "s3-object-owners": { "an object that another account wrote": acls },
  "s3-objects": { "the object whose tags": unpinned },
  "s3-tags": { "the tags that allow a change are those that are changed": unpinned },
};

beforeEach(({ task, skip }) => {
  const differences = upstreamDifferences[basename(task.file.name, ".test.ts")] ?? {};
  const names: string[] = [];
  for (let at: { name: string; suite?: unknown } | undefined = task; at !== undefined; at = at.suite as typeof at)
    names.unshift(at.name);
  const found = Object.entries(differences).find(([name]) => names.join(" > ").includes(name));
  if (found !== undefined) skip(found[1]);
});
