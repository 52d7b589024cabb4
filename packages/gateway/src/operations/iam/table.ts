import type { QueryOperation } from "../operation.ts";
import type { IamOperationName } from "../operation-name.ts";
import * as keys from "./access-keys.ts";
import {
  attachedPolicyOperations,
  boundaryOperations,
  inlinePolicyOperations,
  ofRoles,
  ofUsers,
} from "./holder-policies.ts";
import * as policies from "./managed-policies.ts";
import * as roles from "./roles.ts";
import { simulateCustomPolicy, simulatePrincipalPolicy } from "./simulate-policies.ts";
import * as users from "./users.ts";

export const iamOperations: Readonly<Partial<Record<IamOperationName, QueryOperation>>> = {
  CreateUser: users.createUser,
  GetUser: users.getUser,
  ListUsers: users.listUsers,
  DeleteUser: users.deleteUser,
  TagUser: users.tagUser,
  UntagUser: users.untagUser,
  ListUserTags: users.listUserTags,
  CreateAccessKey: keys.createAccessKey,
  ListAccessKeys: keys.listAccessKeys,
  UpdateAccessKey: keys.updateAccessKey,
  DeleteAccessKey: keys.deleteAccessKey,
  CreateRole: roles.createRole,
  GetRole: roles.getRole,
  ListRoles: roles.listRoles,
  UpdateRole: roles.updateRole,
  UpdateAssumeRolePolicy: roles.updateAssumeRolePolicy,
  DeleteRole: roles.deleteRole,
  TagRole: roles.tagRole,
  UntagRole: roles.untagRole,
  ListRoleTags: roles.listRoleTags,
  ...inlinePolicyOperations(ofUsers),
  ...inlinePolicyOperations(ofRoles),
  ...attachedPolicyOperations(ofUsers),
  ...attachedPolicyOperations(ofRoles),
  ...boundaryOperations(ofUsers),
  ...boundaryOperations(ofRoles),
  SimulateCustomPolicy: simulateCustomPolicy,
  SimulatePrincipalPolicy: simulatePrincipalPolicy,
  CreatePolicy: policies.createPolicy,
  GetPolicy: policies.getPolicy,
  ListPolicies: policies.listPolicies,
  DeletePolicy: policies.deletePolicy,
  CreatePolicyVersion: policies.createPolicyVersion,
  GetPolicyVersion: policies.getPolicyVersion,
  ListPolicyVersions: policies.listPolicyVersions,
  SetDefaultPolicyVersion: policies.setDefaultPolicyVersion,
  DeletePolicyVersion: policies.deletePolicyVersion,
};
