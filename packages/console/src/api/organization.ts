import { isRecord, fieldsOf } from "@s3-credentials/policy";
import { allJson, CallError, callJson, type Members, memberText, memberTime } from "./call.ts";

/** Accounts as Organizations has them. https://docs.aws.amazon.com/organizations/latest/APIReference/ */
export interface Account {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly active: boolean;
  readonly joined: string;
}

export interface Accounts {
  readonly managementId: string;
  readonly accounts: readonly Account[];
}

const readAccount = (members: Members): Account => ({
  id: memberText(members, "Id"),
  name: memberText(members, "Name"),
  email: memberText(members, "Email"),
  active: memberText(members, "Status") === "ACTIVE",
  joined: memberTime(members, "JoinedTimestamp"),
});

export async function managementAccount(): Promise<string> {
  const organization = (await callJson("organizations", "DescribeOrganization", {}))["Organization"];
  return isRecord(organization) ? memberText(organization, "MasterAccountId") : "";
}

export async function listAccounts(): Promise<Accounts> {
  const managementId = await managementAccount();
  const accounts = await allJson("organizations", "ListAccounts", "Accounts");
  return { managementId, accounts: accounts.map(readAccount) };
}

/** Of the reasons of CreateAccount, those that somebody can do something about. */
const reasons: Readonly<Record<string, string>> = {
  EMAIL_ALREADY_EXISTS: "Another account has this address.",
  INVALID_EMAIL: "This is not an address.",
  ACCOUNT_LIMIT_EXCEEDED: "The organization has as many accounts as it may have.",
};

const pollMs = 500;

/** While nobody looks at the page, it asks for nothing. */
function shown(): Promise<void> {
  if (!document.hidden) return Promise.resolve();
  return new Promise((done) => document.addEventListener("visibilitychange", () => done(), { once: true }));
}

/** Resolves with the id of the account when it is there; `report` gets the state until then. */
export async function createAccount(
  { name, email }: { readonly name: string; readonly email: string },
  report: (state: string) => void,
): Promise<string> {
  let answer = await callJson("organizations", "CreateAccount", { AccountName: name, Email: email });
  for (;;) {
    const status = fieldsOf(answer["CreateAccountStatus"]);
    const state = memberText(status, "State");
    report(state);
    if (state === "SUCCEEDED") return memberText(status, "AccountId");
    const failure = memberText(status, "FailureReason");
    if (state !== "IN_PROGRESS")
      throw new CallError({ code: failure, message: reasons[failure] ?? failure, status: 400 });
    await new Promise((resolve) => setTimeout(resolve, pollMs));
    await shown();
    const request = memberText(status, "Id");
    answer = await callJson("organizations", "DescribeCreateAccountStatus", { CreateAccountRequestId: request });
  }
}

/** The management account does not name itself. */
export const renameAccount = (id: string, name: string, isOwn: boolean): Promise<Members> =>
  callJson("account", "PutAccountName", { AccountName: name, ...(isOwn ? {} : { AccountId: id }) });

export const closeAccount = (id: string): Promise<Members> =>
  callJson("organizations", "CloseAccount", { AccountId: id });
