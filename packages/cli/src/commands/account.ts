import type { Context } from "../command-line/context.ts";
import {
  type Command,
  type CommandDefinition,
  hasOption,
  type Invocation,
  type OptionValues,
  textOption,
} from "../command-line/definition.ts";
import { CommandError, UsageError } from "../command-line/failures.ts";
import { isObject, type Json, type JsonObject } from "../formats/json.ts";
import { dumps } from "../formats/python-json.ts";
import { dateOfSeconds } from "../output/dates.ts";
import { writeRows } from "../output/rows.ts";
import { connectionOf } from "../service/connection.ts";
import { type AskOrganization, listedBy, organizationService } from "../service/organization-service.ts";
import { rowFormat, rowOptions } from "./row-options.ts";

const definition = {
  name: "account",
  summary: "Make, list, rename and close the accounts of an organization",
  arguments: [
    { name: "ACTION", summary: "create NAME, list, rename ID NAME, or close ID" },
    { name: "VALUES", summary: "what the action is for", optional: true, repeatable: true },
  ],
  options: [
    { name: "email", value: "ADDRESS", summary: "create: the address of the account, which no other has" },
    { name: "role-name", value: "NAME", summary: "create: the role that the management account may assume in it" },
    { name: "yes", short: "y", summary: "close: without it, nothing is closed" },
    ...rowOptions,
  ],
  service: true,
  example: "s3-credentials account create research --email research@example.com --local",
} as const satisfies CommandDefinition;

type Action = (
  ask: AskOrganization,
  values: readonly string[],
  options: OptionValues,
  context: Context,
) => Promise<void>;

interface ActionRow {
  /** Names of its values. */
  readonly takes: readonly string[];
  readonly run: Action;
}

const actions: Readonly<Record<string, ActionRow>> = {
  create: { takes: ["NAME"], run: create },
  list: { takes: [], run: list },
  rename: { takes: ["ID", "NAME"], run: rename },
  close: { takes: ["ID"], run: close },
};

async function run(context: Context, { options, positionals }: Invocation): Promise<number> {
  const [name = "", ...values] = positionals;
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (action === undefined)
    throw new UsageError(`there is no account ${name}: give one of ${Object.keys(actions).join(", ")}`);
  if (values.length !== action.takes.length)
    throw new UsageError(`account ${name} takes ${action.takes.join(" and ") || "nothing more"}`);
  if (name === "create" && textOption(options, "email") === undefined)
    throw new UsageError("account create needs the address of the account: --email");
  if (action.takes[0] === "ID" && !/^\d{12}$/.test(values[0] ?? ""))
    throw new UsageError(`${values[0]} is not the id of an account: it has 12 digits; account list shows them`);
  if (name === "close" && !hasOption(options, "yes"))
    throw new UsageError(
      "closing an account stops its keys, sessions and roles at once, and nobody reaches its buckets any more: add --yes",
    );
  await action.run(organizationService(await connectionOf(context, options)), values, options, context);
  return 0;
}

/** Of the reasons of CreateAccount, those that the caller can do something about. */
const reasons: ReadonlyMap<string, string> = new Map([
  ["EMAIL_ALREADY_EXISTS", "another account has this address; give another with --email"],
  ["INVALID_EMAIL", "this is not an address; give another with --email"],
  ["ACCOUNT_LIMIT_EXCEEDED", "the organization has as many accounts as it may have"],
]);

/** The service keeps the root's keys to itself: the answer never has them, and where they are is said beside it. */
async function create(
  ask: AskOrganization,
  [AccountName = ""]: readonly string[],
  options: OptionValues,
  context: Context,
): Promise<void> {
  const RoleName = textOption(options, "role-name");
  const Email = textOption(options, "email") ?? "";
  const answer = await ask("CreateAccount", {
    AccountName,
    Email,
    ...(RoleName === undefined ? {} : { RoleName }),
  });
  const status = answer.get("CreateAccountStatus");
  const found = (name: string): Json | undefined => (isObject(status) ? status.get(name) : undefined);
  const id = found("AccountId");
  const state = found("State");
  const failure = found("FailureReason");
  if (typeof failure === "string")
    throw new CommandError(`the account was not made: ${reasons.get(failure) ?? failure}`);
  if (typeof state !== "string") throw new CommandError("CreateAccount was answered without a state");
  const members = [
    ["AccountName", AccountName],
    ["Email", Email],
    ["State", state],
    ...(typeof id === "string" ? [["AccountId", id]] : []),
    ...(typeof id === "string"
      ? [["RoleArn", `arn:aws:iam::${id}:role/${RoleName ?? "OrganizationAccountAccessRole"}`]]
      : []),
  ] as [string, string][];
  await context.print(`${dumps(new Map(members), 4)}\n`);
  if (typeof id === "string")
    context.say(
      `A gateway has put the root keys of this account into its data folder: accounts/${id}/root-credentials`,
    );
}

const headers = ["Id", "Name", "Email", "Status", "State", "Arn", "JoinedMethod", "JoinedTimestamp"];

async function list(
  ask: AskOrganization,
  _values: readonly string[],
  options: OptionValues,
  context: Context,
): Promise<void> {
  await writeRows(accountsOf(ask), headers, rowFormat(options), context);
}

async function* accountsOf(ask: AskOrganization): AsyncGenerator<JsonObject> {
  for await (const account of listedBy(ask, "ListAccounts", "Accounts"))
    yield new Map([...account].map(([name, value]) => [name, dateOfSeconds(value)]));
}

async function rename(
  ask: AskOrganization,
  [AccountId = "", AccountName = ""]: readonly string[],
  _options: OptionValues,
  context: Context,
): Promise<void> {
  await ask("PutAccountName", { AccountName, AccountId });
  context.say(`Renamed account ${AccountId} to ${AccountName}`);
}

async function close(
  ask: AskOrganization,
  [AccountId = ""]: readonly string[],
  _options: OptionValues,
  context: Context,
): Promise<void> {
  await ask("CloseAccount", { AccountId });
  context.say(`Closed account ${AccountId}`);
}

export const account: Command = { definition, run };
