import { bucketProcedures } from "../buckets/bucket-procedures.ts";
import { setStoreIdentity } from "../store-identity.ts";
import type { Procedures } from "../writer-protocol.ts";
import * as accounts from "./account-procedures.ts";
import * as groups from "./group-procedures.ts";
import * as profiles from "./login-profile-procedures.ts";
import * as mfa from "./mfa-device-procedures.ts";
import * as policies from "./policy-procedures.ts";
import * as principals from "./principal-procedures.ts";
import * as sessions from "./session-procedures.ts";

/** Every change of directory.db, loaded by its writer thread. */
export const procedures = {
  ...bucketProcedures,
  createPrincipal: principals.createPrincipal,
  changePrincipal: principals.changePrincipal,
  deletePrincipal: principals.deletePrincipal,
  createAccessKey: principals.createAccessKey,
  setAccessKeyStatus: principals.setAccessKeyStatus,
  deleteAccessKey: principals.deleteAccessKey,
  createGroup: groups.createGroup,
  changeGroup: groups.changeGroup,
  deleteGroup: groups.deleteGroup,
  addGroupMember: groups.addGroupMember,
  removeGroupMember: groups.removeGroupMember,
  createLoginProfile: profiles.createLoginProfile,
  changeLoginProfile: profiles.changeLoginProfile,
  deleteLoginProfile: profiles.deleteLoginProfile,
  createMfaDevice: mfa.createMfaDevice,
  enableMfaDevice: mfa.enableMfaDevice,
  useMfaCodes: mfa.useMfaCodes,
  deactivateMfaDevice: mfa.deactivateMfaDevice,
  deleteMfaDevice: mfa.deleteMfaDevice,
  changeMfaDeviceTags: mfa.changeMfaDeviceTags,
  putInlinePolicy: policies.putInlinePolicy,
  deleteInlinePolicy: policies.deleteInlinePolicy,
  attachPolicy: policies.attachPolicy,
  detachPolicy: policies.detachPolicy,
  createPolicy: policies.createPolicy,
  changePolicyTags: policies.changePolicyTags,
  deletePolicy: policies.deletePolicy,
  createPolicyVersion: policies.createPolicyVersion,
  setDefaultPolicyVersion: policies.setDefaultPolicyVersion,
  deletePolicyVersion: policies.deletePolicyVersion,
  addKeyringKey: sessions.addKeyringKey,
  promoteKeyringKey: sessions.promoteKeyringKey,
  dropRetiredKeys: sessions.dropRetiredKeys,
  revoke: sessions.revoke,
  forgetRevocations: sessions.forgetRevocations,
  createAccount: accounts.createAccount,
  createFirstAccount: accounts.createFirstAccount,
  renewAccount: accounts.renewAccount,
  forgetSealedSecrets: accounts.forgetSealedSecrets,
  setStoreIdentity,
} as const satisfies Procedures;
