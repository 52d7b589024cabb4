import { setTimeout as sleep } from "node:timers/promises";
import type { Keys } from "../../gateway.ts";
import { keepKeys, keptKeys, type Life, readOf, refusalOf, type Send, step } from "./life.ts";

const emailOf = (name: string): string => `${name}@example.com`;

interface ListedAccount {
  readonly Id: string;
  readonly Email: string;
}

async function accountIdBy(email: string, send: Send): Promise<string | undefined> {
  let NextToken: string | undefined;
  do {
    const page = (await send("Organizations", "ListAccounts", { NextToken })) as {
      readonly Accounts?: readonly ListedAccount[];
      readonly NextToken?: string;
    };
    const found = page.Accounts?.find(({ Email }) => Email === email);
    if (found !== undefined) return found.Id;
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return undefined;
}

/** The users in the account's report, which is made again when a kill ended its making. */
async function reportedUsers(send: Send, keys: Keys): Promise<readonly string[]> {
  while ((await send("IAM", "GenerateCredentialReport", {}, keys))["State"] !== "COMPLETE") await sleep(20);
  const { Content } = await send("IAM", "GetCredentialReport", {}, keys);
  return Buffer.from(Content as Uint8Array)
    .toString()
    .split("\n")
    .map((line) => line.replace(/,.*/, ""));
}

const idIn = (memory: ReadonlyMap<string, string>): string | undefined => memory.get("account");

/** What is done to a member account, by the management account and inside. */
const member: Life = {
  service: "Organizations",
  kind: "member-life",
  async read(name, send, memory) {
    const AccountId = idIn(memory) ?? (await accountIdBy(emailOf(name), send));
    if (AccountId === undefined) return "no account";
    const keys = keptKeys(memory, "inside");
    return {
      account: await readOf(send, "Organizations", "DescribeAccount", { AccountId }),
      quota: await readOf(send, "s3-credentials", "GetAccountQuota", { AccountId }),
      ...(keys === undefined
        ? {}
        : {
            block: await readOf(send, "S3", "GetAccountPublicAccessBlock", { AccountId }, keys),
            report: await reportedUsers(send, keys).catch(refusalOf),
          }),
    };
  },
  steps: [
    step(
      "CreateAccount",
      (name) => ({ AccountName: name, Email: emailOf(name) }),
      ({ CreateAccountStatus }, memory) =>
        void memory.set("account", (CreateAccountStatus as { AccountId: string }).AccountId),
    ),
    {
      service: "Account",
      ...step("PutAccountName", (name, memory) => ({ AccountId: idIn(memory), AccountName: `${name} renamed` })),
    },
    {
      service: "s3-credentials",
      ...step("PutAccountQuota", (_name, memory) => ({ AccountId: idIn(memory), MaxObjects: 7 })),
    },
    {
      service: "STS",
      unseen: true,
      ...step(
        "AssumeRole",
        (RoleSessionName, memory) => ({
          RoleArn: `arn:aws:iam::${idIn(memory)}:role/OrganizationAccountAccessRole`,
          RoleSessionName,
        }),
        keepKeys("inside"),
      ),
    },
    {
      service: "S3",
      by: "inside",
      ...step("PutAccountPublicAccessBlock", (_name, memory) => ({
        AccountId: idIn(memory),
        Document:
          '<PublicAccessBlockConfiguration xmlns="http://awss3control.amazonaws.com/doc/2018-08-20/"><BlockPublicAcls>true</BlockPublicAcls></PublicAccessBlockConfiguration>',
      })),
    },
    {
      service: "S3",
      by: "inside",
      ...step("DeleteAccountPublicAccessBlock", (_name, memory) => ({ AccountId: idIn(memory) })),
    },
    { service: "IAM", by: "inside", unseen: true, ...step("GenerateCredentialReport", () => ({})) },
    step("CloseAccount", (_name, memory) => ({ AccountId: idIn(memory) })),
  ],
};

const PolicyType = "RESOURCE_CONTROL_POLICY";

interface ListedRoot {
  readonly Id: string;
  readonly PolicyTypes: readonly { readonly Type: string }[];
}

async function rootOf(send: Send): Promise<ListedRoot | undefined> {
  const { Roots = [] } = (await send("Organizations", "ListRoots", {})) as { readonly Roots?: readonly ListedRoot[] };
  return Roots[0];
}

/** A type of policies that no other life uses. */
const policyType: Life = {
  service: "Organizations",
  kind: "type-life",
  few: true,
  read: async (_name, send) => (await rootOf(send))?.PolicyTypes.some(({ Type }) => Type === PolicyType),
  steps: ["EnablePolicyType", "DisablePolicyType"].map((operation) =>
    step(operation, async (_name, _memory, send) => ({ RootId: (await rootOf(send))?.Id, PolicyType })),
  ),
};

export const accountLives = [member, policyType] as const;
