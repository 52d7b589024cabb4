import { jsonOneOf } from "../json/json-fields.ts";
import { refuse, type ResolvedResource } from "../operation.ts";
import { accountMembers, accountResource } from "./accounts.ts";
import { rootArn } from "./arns.ts";
import { defineOrganizations, type OrganizationsContext } from "./define-organizations.ts";
import * as fields from "./fields.ts";

/** All accounts are right under the one root: there are no organizational units. */

export function rootResource({ organization }: OrganizationsContext): ResolvedResource {
  return { arn: rootArn(organization), accountId: organization.managementAccountId };
}

/** https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListRoots.html */
export const listRoots = defineOrganizations({
  name: "ListRoots",
  fields: fields.pageFields,
  async run(_grant, _values, { organization }) {
    const PolicyTypes = organization.enabledTypes.map((Type) => ({ Type, Status: "ENABLED" }));
    return { Roots: [{ Id: organization.rootId, Arn: rootArn(organization), Name: "Root", PolicyTypes }] };
  },
});

/** https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccountsForParent.html */
export const listAccountsForParent = defineOrganizations({
  name: "ListAccountsForParent",
  resources: ["root"],
  fields: { ParentId: fields.parentId, ...fields.pageFields },
  target: async (_values, context) => ({ resources: { root: rootResource(context) } }),
  async run(grant, { ParentId, ...values }, { ports, organization }) {
    if (ParentId !== organization.rootId) return refuse("ParentNotFoundException");
    const page = await ports.organization.listAccounts(grant, fields.placeQuery(values));
    return {
      Accounts: page.items.map((account) => accountMembers(organization, account)),
      NextToken: fields.tokenOf(page),
    };
  },
});

/** https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListChildren.html */
export const listChildren = defineOrganizations({
  name: "ListChildren",
  resources: ["root"],
  fields: {
    ParentId: fields.parentId,
    ChildType: jsonOneOf("ACCOUNT", "ORGANIZATIONAL_UNIT"),
    ...fields.pageFields,
  },
  target: async (_values, context) => ({ resources: { root: rootResource(context) } }),
  async run(grant, { ParentId, ChildType, ...values }, { ports, organization }) {
    if (ParentId !== organization.rootId) return refuse("ParentNotFoundException");
    if (ChildType === "ORGANIZATIONAL_UNIT") return { Children: [] };
    const page = await ports.organization.listAccounts(grant, fields.placeQuery(values));
    return { Children: page.items.map(({ id }) => ({ Id: id, Type: "ACCOUNT" })), NextToken: fields.tokenOf(page) };
  },
});

/** https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListOrganizationalUnitsForParent.html */
export const listOrganizationalUnitsForParent = defineOrganizations({
  name: "ListOrganizationalUnitsForParent",
  resources: ["root"],
  fields: { ParentId: fields.parentId, ...fields.pageFields },
  target: async (_values, context) => ({ resources: { root: rootResource(context) } }),
  run: async (_grant, { ParentId }, { organization }) =>
    ParentId === organization.rootId ? { OrganizationalUnits: [] } : refuse("ParentNotFoundException"),
});

/** https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListParents.html */
export const listParents = defineOrganizations({
  name: "ListParents",
  resources: ["account"],
  fields: { ChildId: fields.childId, ...fields.pageFields },
  target: async ({ ChildId }, context) => ({ resources: { account: accountResource(context, ChildId) } }),
  async run(_grant, { ChildId }, { ports, organization }) {
    if ((await ports.organization.findAccount(ChildId)) === undefined) return refuse("ChildNotFoundException");
    return { Parents: [{ Id: organization.rootId, Type: "ROOT" }] };
  },
});

/** https://docs.aws.amazon.com/organizations/latest/APIReference/API_MoveAccount.html: from the root to the root is no move. */
export const moveAccount = defineOrganizations({
  name: "MoveAccount",
  resources: ["account", "root"],
  fields: { AccountId: fields.accountId, SourceParentId: fields.parentId, DestinationParentId: fields.parentId },
  target: async ({ AccountId }, context) => ({
    resources: { account: accountResource(context, AccountId), root: rootResource(context) },
  }),
  async run(_grant, { AccountId, SourceParentId, DestinationParentId }, { ports, organization }) {
    if ((await ports.organization.findAccount(AccountId)) === undefined) return refuse("AccountNotFoundException");
    if (SourceParentId !== organization.rootId) return refuse("SourceParentNotFoundException");
    if (DestinationParentId !== organization.rootId) return refuse("DestinationParentNotFoundException");
    return refuse("DuplicateAccountException");
  },
});

/** https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAWSServiceAccessForOrganization.html: none can be enabled. */
export const listAwsServiceAccess = defineOrganizations({
  name: "ListAWSServiceAccessForOrganization",
  fields: fields.pageFields,
  async run() {
    return { EnabledServicePrincipals: [] };
  },
});
