import type { Action } from "./action.ts";
import * as buckets from "./actions/buckets.ts";
import * as credentials from "./actions/credentials.ts";
import * as roles from "./actions/roles.ts";
import * as verification from "./actions/verification.ts";
import * as users from "./actions/users.ts";
import type { StepKind } from "./steps.ts";

/** How each kind of step is done, and undone. */
export const actions: { readonly [K in StepKind]: Action<K> } = {
  "create-bucket": buckets.createBucket,
  "open-public-access": buckets.openPublicAccess,
  "attach-public-policy": buckets.attachPublicPolicy,
  "configure-website": buckets.configureWebsite,
  "create-role": roles.createRole,
  "attach-role-policy": roles.attachRolePolicy,
  "lengthen-role-sessions": roles.lengthenRoleSessions,
  "put-role-trust": roles.putRoleTrust,
  "create-user": users.createUser,
  "tag-user": users.tagUser,
  "put-user-policy": users.putUserPolicy,
  "create-access-key": credentials.createAccessKey,
  "deactivate-access-key": credentials.deactivateAccessKey,
  "delete-access-key": credentials.deleteAccessKey,
  "put-role-policy": roles.putRolePolicy,
  "assume-role": credentials.assumeRole,
  wait: verification.waitForCredentials,
  verify: verification.verifyCredentials,
};
