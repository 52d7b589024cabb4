import type { AccountRequest, OrganizationAccount, OrganizationRecord } from "../../ports/organization-store.ts";
import { jsonDefault, jsonList, jsonOneOf, jsonOptional } from "../json/json-fields.ts";
import { type JsonResult, seconds } from "../json/json-value.ts";
import { type ResolvedResource, refuse } from "../operation.ts";
import { accountArn } from "./arns.ts";
import { defineOrganizations, type OrganizationsContext } from "./define-organizations.ts";
import * as fields from "./fields.ts";
import { organizationsRefusal } from "./refusals.ts";

/** https://docs.aws.amazon.com/organizations/latest/APIReference/API_Account.html: a closed account is suspended until it is gone for good. */
export function accountMembers(organization: OrganizationRecord, account: OrganizationAccount): JsonResult {
  const { id, name, email, state, createdAt } = account;
  return {
    Id: id,
    Arn: accountArn(organization, id),
    Email: email,
    Name: name,
    Status: state === "ACTIVE" ? "ACTIVE" : "SUSPENDED",
    State: state,
    Paths: [`${organization.id}/${organization.rootId}/${id}/`],
    JoinedMethod: id === organization.managementAccountId ? "INVITED" : "CREATED",
    JoinedTimestamp: seconds(createdAt),
  };
}

export function accountResource({ organization }: OrganizationsContext, accountId: string): ResolvedResource {
  return { arn: accountArn(organization, accountId), accountId: organization.managementAccountId };
}

/** https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccounts.html */
export const listAccounts = defineOrganizations({
  name: "ListAccounts",
  fields: fields.pageFields,
  async run(grant, values, { ports, organization }) {
    const page = await ports.organization.listAccounts(grant, fields.placeQuery(values));
    return {
      Accounts: page.items.map((account) => accountMembers(organization, account)),
      NextToken: fields.tokenOf(page),
    };
  },
});

/** https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeAccount.html */
export const describeAccount = defineOrganizations({
  name: "DescribeAccount",
  resources: ["account"],
  fields: { AccountId: fields.accountId },
  target: async ({ AccountId }, context) => ({ resources: { account: accountResource(context, AccountId) } }),
  async run(_grant, { AccountId }, { ports, organization }) {
    const account = await ports.organization.findAccount(AccountId);
    if (account === undefined) return refuse("AccountNotFoundException");
    return { Account: accountMembers(organization, account) };
  },
});

function requestMembers(request: AccountRequest): JsonResult {
  const { id, accountName, accountId, failure, requestedAt } = request;
  return {
    Id: id,
    AccountName: accountName,
    State: failure === undefined ? "SUCCEEDED" : "FAILED",
    RequestedTimestamp: seconds(requestedAt),
    CompletedTimestamp: seconds(requestedAt),
    AccountId: accountId,
    FailureReason: failure,
  };
}

/**
 * https://docs.aws.amazon.com/organizations/latest/APIReference/API_CreateAccount.html. The account is there when the answer is: clients
 * that ask DescribeCreateAccountStatus find it done at once. Nothing is billed here, so who may see the bills changes nothing.
 */
export const createAccount = defineOrganizations({
  name: "CreateAccount",
  fields: {
    AccountName: fields.accountName,
    Email: fields.email,
    RoleName: jsonDefault(fields.roleName, "OrganizationAccountAccessRole"),
    IamUserAccessToBilling: jsonOptional(jsonOneOf("ALLOW", "DENY")),
  },
  async run(grant, { AccountName, Email, RoleName }, { ports, now }) {
    const request = await ports.organization.createAccount(grant, {
      requestId: `car-${ports.ids.bucketId()}`,
      name: AccountName,
      email: Email,
      roleName: RoleName,
      createdAt: now,
    });
    return { CreateAccountStatus: requestMembers(request) };
  },
});

/** https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeCreateAccountStatus.html */
export const describeCreateAccountStatus = defineOrganizations({
  name: "DescribeCreateAccountStatus",
  fields: { CreateAccountRequestId: fields.requestId },
  async run(grant, { CreateAccountRequestId }, { ports }) {
    const request = await ports.organization.accountRequest(grant, CreateAccountRequestId);
    if (request === undefined) return refuse("CreateAccountStatusNotFoundException");
    return { CreateAccountStatus: requestMembers(request) };
  },
});

/** https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListCreateAccountStatus.html: none is ever in progress. */
export const listCreateAccountStatus = defineOrganizations({
  name: "ListCreateAccountStatus",
  fields: { States: jsonList(jsonOneOf("IN_PROGRESS", "SUCCEEDED", "FAILED"), 3), ...fields.pageFields },
  async run(grant, { States, ...values }, { ports }) {
    const page = await ports.organization.listAccountRequests(grant, fields.placeQuery(values));
    const statuses = page.items.map(requestMembers);
    const asked = States.length === 0 ? statuses : statuses.filter(({ State }) => States.some((one) => one === State));
    // A page may be short, or empty, and have a next one: "ensure that there are no more results by checking NextToken".
    return { CreateAccountStatuses: asked, NextToken: fields.tokenOf(page) };
  },
});

/** https://docs.aws.amazon.com/organizations/latest/APIReference/API_CloseAccount.html */
export const closeAccount = defineOrganizations({
  name: "CloseAccount",
  resources: ["account"],
  fields: { AccountId: fields.accountId },
  target: async ({ AccountId }, context) => ({ resources: { account: accountResource(context, AccountId) } }),
  async run(grant, { AccountId }, { ports }) {
    const outcome = await ports.organization.closeAccount(grant, AccountId);
    return outcome.kind === "done" ? undefined : organizationsRefusal(outcome);
  },
});
