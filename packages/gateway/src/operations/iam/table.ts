import type { QueryOperation } from "../operation.ts";
import type { IamOperationName } from "../../ports/operation-name.ts";
import { getAccountSummary } from "./account-summary.ts";
import { getAccountAuthorizationDetails } from "./authorization-details.ts";
import * as keys from "./access-keys.ts";
import * as reports from "./credential-report.ts";
import * as members from "./group-members.ts";
import * as groups from "./groups.ts";
import {
  attachedPolicyOperations,
  boundaryOperations,
  inlinePolicyOperations,
  ofGroups,
  ofRoles,
  ofUsers,
} from "./identity-policies.ts";
import * as profiles from "./login-profiles.ts";
import * as policies from "./managed-policies.ts";
import { getContextKeysForCustomPolicy, getContextKeysForPrincipalPolicy } from "./context-keys.ts";
import * as aliases from "./account-aliases.ts";
import * as emptyLists from "./empty-lists.ts";
import * as mfa from "./mfa-devices.ts";
import { oidcProviderOperations } from "./oidc-providers.ts";
import * as passwordPolicy from "./password-policy.ts";
import { listEntitiesForPolicy } from "./policy-entities.ts";
import * as roles from "./roles.ts";
import { simulateCustomPolicy, simulatePrincipalPolicy } from "./simulate-policies.ts";
import { tagging } from "./tags.ts";
import * as users from "./users.ts";

export const iamOperations: Readonly<Partial<Record<IamOperationName, QueryOperation>>> = {
  CreateUser: users.createUser,
  GetUser: users.getUser,
  ListUsers: users.listUsers,
  UpdateUser: users.updateUser,
  DeleteUser: users.deleteUser,
  CreateAccessKey: keys.createAccessKey,
  ListAccessKeys: keys.listAccessKeys,
  UpdateAccessKey: keys.updateAccessKey,
  GetAccessKeyLastUsed: keys.getAccessKeyLastUsed,
  GenerateCredentialReport: reports.generateCredentialReport,
  GetCredentialReport: reports.getCredentialReport,
  DeleteAccessKey: keys.deleteAccessKey,
  CreateLoginProfile: profiles.createLoginProfile,
  GetLoginProfile: profiles.getLoginProfile,
  UpdateLoginProfile: profiles.updateLoginProfile,
  DeleteLoginProfile: profiles.deleteLoginProfile,
  CreateVirtualMFADevice: mfa.createVirtualMfaDevice,
  EnableMFADevice: mfa.enableMfaDevice,
  ResyncMFADevice: mfa.resyncMfaDevice,
  DeactivateMFADevice: mfa.deactivateMfaDevice,
  DeleteVirtualMFADevice: mfa.deleteVirtualMfaDevice,
  GetMFADevice: mfa.getMfaDevice,
  ListMFADevices: mfa.listMfaDevices,
  ListVirtualMFADevices: mfa.listVirtualMfaDevices,
  ListSigningCertificates: emptyLists.listSigningCertificates,
  ListSSHPublicKeys: emptyLists.listSshPublicKeys,
  ListServiceSpecificCredentials: emptyLists.listServiceSpecificCredentials,
  CreateAccountAlias: aliases.createAccountAlias,
  DeleteAccountAlias: aliases.deleteAccountAlias,
  ListAccountAliases: aliases.listAccountAliases,
  ListInstanceProfiles: emptyLists.listInstanceProfiles,
  ListServerCertificates: emptyLists.listServerCertificates,
  ...oidcProviderOperations,
  ListSAMLProviders: emptyLists.listSamlProviders,
  GetAccountSummary: getAccountSummary,
  GetAccountAuthorizationDetails: getAccountAuthorizationDetails,
  ChangePassword: profiles.changePassword,
  UpdateAccountPasswordPolicy: passwordPolicy.updateAccountPasswordPolicy,
  GetAccountPasswordPolicy: passwordPolicy.getAccountPasswordPolicy,
  DeleteAccountPasswordPolicy: passwordPolicy.deleteAccountPasswordPolicy,
  CreateGroup: groups.createGroup,
  GetGroup: groups.getGroup,
  ListGroups: groups.listGroups,
  UpdateGroup: groups.updateGroup,
  DeleteGroup: groups.deleteGroup,
  AddUserToGroup: members.addUserToGroup,
  RemoveUserFromGroup: members.removeUserFromGroup,
  ListGroupsForUser: members.listGroupsForUser,
  CreateRole: roles.createRole,
  GetRole: roles.getRole,
  ListRoles: roles.listRoles,
  UpdateRole: roles.updateRole,
  UpdateRoleDescription: roles.updateRoleDescription,
  UpdateAssumeRolePolicy: roles.updateAssumeRolePolicy,
  DeleteRole: roles.deleteRole,
  ListInstanceProfilesForRole: emptyLists.listInstanceProfilesForRole,
  ...tagging,
  ...inlinePolicyOperations(ofUsers),
  ...inlinePolicyOperations(ofRoles),
  ...inlinePolicyOperations(ofGroups),
  ...attachedPolicyOperations(ofUsers),
  ...attachedPolicyOperations(ofRoles),
  ...attachedPolicyOperations(ofGroups),
  ...boundaryOperations(ofUsers),
  ...boundaryOperations(ofRoles),
  GetContextKeysForCustomPolicy: getContextKeysForCustomPolicy,
  GetContextKeysForPrincipalPolicy: getContextKeysForPrincipalPolicy,
  SimulateCustomPolicy: simulateCustomPolicy,
  SimulatePrincipalPolicy: simulatePrincipalPolicy,
  CreatePolicy: policies.createPolicy,
  GetPolicy: policies.getPolicy,
  ListEntitiesForPolicy: listEntitiesForPolicy,
  ListPolicies: policies.listPolicies,
  DeletePolicy: policies.deletePolicy,
  CreatePolicyVersion: policies.createPolicyVersion,
  GetPolicyVersion: policies.getPolicyVersion,
  ListPolicyVersions: policies.listPolicyVersions,
  SetDefaultPolicyVersion: policies.setDefaultPolicyVersion,
  DeletePolicyVersion: policies.deletePolicyVersion,
};
