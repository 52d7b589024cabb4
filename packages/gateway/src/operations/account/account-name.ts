import type { AccountOperationName } from "../../ports/operation-name.ts";
import type { Grant } from "../../ports/grant.ts";
import type { OrganizationAccount } from "../../ports/organization-store.ts";
import { defineJson } from "../json/define-json.ts";
import { jsonOptional, type JsonSpec, jsonText, type JsonValues, readJsonFields } from "../json/json-fields.ts";
import type { JsonResult } from "../json/json-value.ts";
import { type JsonOperation, type OperationContext, type Refusal, refuse } from "../operation.ts";

const accountId = jsonOptional(jsonText({ pattern: /^\d{12}$/, max: 12 }));
/** Shown to people: no control characters, and none of the marks that a page would read as its own. */
const accountName = jsonText({ pattern: /^[ -;=?-~]+$/, max: 50 });

type WithAccount = { readonly AccountId: typeof accountId };

interface AccountDefinition<S extends JsonSpec & WithAccount> {
  readonly name: AccountOperationName;
  readonly fields: S;
  readonly run: (
    grant: Grant,
    values: JsonValues<S>,
    context: OperationContext,
    account: OrganizationAccount,
  ) => Promise<JsonResult | undefined | Refusal>;
}

/**
 * An operation on the caller's own account, or, from the management account, on a member that `AccountId` names: "the caller must be an
 * identity in the organization's management account", and it cannot name that account itself.
 * https://docs.aws.amazon.com/accounts/latest/reference/API_PutAccountName.html
 */
function defineAccount<S extends JsonSpec & WithAccount>({ name, fields, run }: AccountDefinition<S>): JsonOperation {
  const action = `account:${name}` as const;
  const own = ({ principal }: OperationContext): string => ("accountId" in principal ? principal.accountId : "");
  const named = (values: JsonValues<S>) => (values as JsonValues<WithAccount>).AccountId;
  return defineJson<JsonValues<S>>("account", {
    name,
    reads: Object.keys(fields),
    demands: [
      { action, resource: "account" },
      { action, resource: "accountInOrganization" },
    ],
    conditionKeys: [],
    parse: (members) => readJsonFields(members, fields, "ValidationException"),
    async resolve(values, context) {
      const AccountId = named(values);
      const id = own(context);
      if (AccountId === undefined) {
        const account = { arn: `arn:aws:account::${id}:account`, accountId: id };
        return { resources: { account, accountInOrganization: "not-asked" }, context: new Map() };
      }
      const { id: organization, managementAccountId } = await context.ports.organization.findOrganization();
      const member = {
        arn: `arn:aws:account::${managementAccountId}:account/${organization}/${AccountId}`,
        accountId: managementAccountId,
      };
      return { resources: { account: "not-asked", accountInOrganization: member }, context: new Map() };
    },
    async run(grant, values, context) {
      const AccountId = named(values);
      const { managementAccountId } = await context.ports.organization.findOrganization();
      if (AccountId !== undefined && grant.accountId !== managementAccountId) return refuse("AccessDenied");
      if (AccountId === managementAccountId)
        return refuse("ValidationException", "The management account does not name itself: leave AccountId out.");
      const account = await context.ports.organization.findAccount(AccountId ?? own(context));
      return account === undefined ? refuse("ResourceNotFoundException") : run(grant, values, context, account);
    },
  });
}

/** https://docs.aws.amazon.com/accounts/latest/reference/API_GetAccountInformation.html */
export const getAccountInformation = defineAccount({
  name: "GetAccountInformation",
  fields: { AccountId: accountId },
  run: async (_grant, _values, _context, { id, name, createdAt }) => ({
    AccountId: id,
    AccountName: name,
    AccountCreatedDate: new Date(createdAt).toISOString(),
  }),
});

/** https://docs.aws.amazon.com/accounts/latest/reference/API_PutAccountName.html */
export const putAccountName = defineAccount({
  name: "PutAccountName",
  fields: { AccountName: accountName, AccountId: accountId },
  async run(grant, { AccountName }, { ports }, { id }) {
    const outcome = await ports.organization.renameAccount(grant, id, AccountName);
    if (outcome.kind === "done") return undefined;
    return outcome.kind === "account-missing" ? refuse("ResourceNotFoundException") : refuse("AccessDenied");
  },
});
