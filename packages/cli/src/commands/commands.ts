import { create } from "./create.ts";
import { debugBucket } from "./debug-bucket.ts";
import type { Command } from "./definition.ts";
import { deleteUser } from "./delete-user.ts";
import { exec } from "./exec.ts";
import { expire } from "./expire.ts";
import { getBucketPolicy } from "./get-bucket-policy.ts";
import { getCorsPolicy } from "./get-cors-policy.ts";
import { getObject } from "./get-object.ts";
import { getPublicAccessBlock } from "./get-public-access-block.ts";
import { listBucket } from "./list-bucket.ts";
import { listBuckets } from "./list-buckets.ts";
import { listCredentials } from "./list-credentials.ts";
import { listKeys } from "./list-keys.ts";
import { listRoles } from "./list-roles.ts";
import { listUserPolicies } from "./list-user-policies.ts";
import { listUsers } from "./list-users.ts";
import { localserver } from "./localserver.ts";
import { policy } from "./policy.ts";
import { putObject } from "./put-object.ts";
import { revoke } from "./revoke.ts";
import { rotateKey } from "./rotate-key.ts";
import { serve } from "./serve.ts";
import { setBucketPolicy } from "./set-bucket-policy.ts";
import { setCorsPolicy } from "./set-cors-policy.ts";
import { setPublicAccessBlock } from "./set-public-access-block.ts";
import { verify } from "./verify.ts";
import { whoami } from "./whoami.ts";

/** Every command, in the order help shows them. */
export const commands: readonly Command[] = [
  create,
  policy,
  verify,
  exec,
  whoami,
  listUsers,
  listRoles,
  listUserPolicies,
  deleteUser,
  listCredentials,
  listKeys,
  rotateKey,
  revoke,
  expire,
  listBuckets,
  listBucket,
  putObject,
  getObject,
  setCorsPolicy,
  getCorsPolicy,
  setBucketPolicy,
  getBucketPolicy,
  setPublicAccessBlock,
  getPublicAccessBlock,
  debugBucket,
  localserver,
  serve,
];
