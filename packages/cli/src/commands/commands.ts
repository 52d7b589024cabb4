import { create } from "./create.ts";
import { debugBucket } from "./debug-bucket.ts";
import type { Command } from "./definition.ts";
import { deleteUser } from "./delete-user.ts";
import { getBucketPolicy } from "./get-bucket-policy.ts";
import { getCorsPolicy } from "./get-cors-policy.ts";
import { getObject } from "./get-object.ts";
import { getPublicAccessBlock } from "./get-public-access-block.ts";
import { listBucket } from "./list-bucket.ts";
import { listBuckets } from "./list-buckets.ts";
import { listRoles } from "./list-roles.ts";
import { listUserPolicies } from "./list-user-policies.ts";
import { listUsers } from "./list-users.ts";
import { policy } from "./policy.ts";
import { putObject } from "./put-object.ts";
import { serve } from "./serve.ts";
import { setBucketPolicy } from "./set-bucket-policy.ts";
import { setCorsPolicy } from "./set-cors-policy.ts";
import { setPublicAccessBlock } from "./set-public-access-block.ts";
import { whoami } from "./whoami.ts";

/** Every command, in the order help shows them. */
export const commands: readonly Command[] = [
  create,
  policy,
  whoami,
  listUsers,
  listRoles,
  listUserPolicies,
  deleteUser,
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
  serve,
];
