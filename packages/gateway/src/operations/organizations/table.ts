import type { OrganizationsOperationName } from "../../ports/operation-name.ts";
import type { JsonOperation } from "../operation.ts";
import * as accounts from "./accounts.ts";
import { describeOrganization } from "./organization.ts";
import * as policies from "./policies.ts";
import * as structure from "./structure.ts";

export const organizationsOperations: Readonly<Partial<Record<OrganizationsOperationName, JsonOperation>>> = {
  DescribeOrganization: describeOrganization,
  ListAccounts: accounts.listAccounts,
  DescribeAccount: accounts.describeAccount,
  CreateAccount: accounts.createAccount,
  DescribeCreateAccountStatus: accounts.describeCreateAccountStatus,
  ListCreateAccountStatus: accounts.listCreateAccountStatus,
  CloseAccount: accounts.closeAccount,
  ListRoots: structure.listRoots,
  ListAccountsForParent: structure.listAccountsForParent,
  ListChildren: structure.listChildren,
  ListOrganizationalUnitsForParent: structure.listOrganizationalUnitsForParent,
  ListParents: structure.listParents,
  MoveAccount: structure.moveAccount,
  CreatePolicy: policies.createPolicy,
  UpdatePolicy: policies.updatePolicy,
  DescribePolicy: policies.describePolicy,
  DeletePolicy: policies.deletePolicy,
  ListPolicies: policies.listPolicies,
  AttachPolicy: policies.attachPolicy,
  DetachPolicy: policies.detachPolicy,
  ListPoliciesForTarget: policies.listPoliciesForTarget,
  ListTargetsForPolicy: policies.listTargetsForPolicy,
  ListTagsForResource: policies.listTagsForResource,
  ListAWSServiceAccessForOrganization: structure.listAwsServiceAccess,
  EnablePolicyType: policies.enablePolicyType,
  DisablePolicyType: policies.disablePolicyType,
};
