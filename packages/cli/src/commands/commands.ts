import { create } from "./create.ts";
import type { Command } from "./definition.ts";
import { deleteUser } from "./delete-user.ts";
import { getObject } from "./get-object.ts";
import { listBucket } from "./list-bucket.ts";
import { listBuckets } from "./list-buckets.ts";
import { listUserPolicies } from "./list-user-policies.ts";
import { listUsers } from "./list-users.ts";
import { policy } from "./policy.ts";
import { putObject } from "./put-object.ts";
import { serve } from "./serve.ts";
import { whoami } from "./whoami.ts";

/** Every command, in the order help shows them. */
export const commands: readonly Command[] = [
  create,
  policy,
  whoami,
  listUsers,
  listUserPolicies,
  deleteUser,
  listBuckets,
  listBucket,
  putObject,
  getObject,
  serve,
];
