import type { IAMClient } from "@aws-sdk/client-iam";
import { parseArn } from "@s3-credentials/policy";
import { type Json, jsonObject, type JsonObject, textField } from "../formats/json.ts";
import { pythonDate } from "../output/dates.ts";
import { describeError } from "../output/errors.ts";
import { writeRows } from "../output/rows.ts";
import { isoSeconds, toolTags } from "../service/tool-tags.ts";
import { iamClient, serviceTime } from "../service/clients.ts";
import { callerAccount } from "../service/caller.ts";
import { type Connection, connectionOf } from "../service/connection.ts";
import { type IssuedUser, issuedUsers } from "../service/issued.ts";
import { listKeys } from "../service/users.ts";
import { type LedgerEntry, readLedger } from "../service/ledger.ts";
import type { Context } from "../command-line/context.ts";
import { type Command, type CommandDefinition, hasOption, type Invocation } from "../command-line/definition.ts";
import { rowFormat, rowOptions } from "./row-options.ts";

const definition = {
  name: "list-credentials",
  summary: "List what this tool issued: users by their tags, temporary credentials from the ledger of this machine",
  arguments: [],
  options: [
    { name: "expired", summary: "only what is past its date" },
    { name: "all", summary: "also temporary credentials of other accounts and endpoints, each with its own" },
    ...rowOptions,
  ],
  service: true,
  example: "s3-credentials list-credentials --csv",
} as const satisfies CommandDefinition;

const headers = ["Kind", "Name", "AccessKeyIds", "Purpose", "Creator", "Created", "Expires", "State"];

async function run(context: Context, { options }: Invocation): Promise<number> {
  const connection = await connectionOf(context, options);
  const iam = await iamClient(connection);
  const all = hasOption(options, "all");
  const here = await placeOf(connection);
  const entries = readLedger(context.env).filter((entry) => all || isOf(here, entry));
  const rows = rowsOf(iam, here, entries, (line) => context.say(`Warning: ${line}`));
  const wanted = hasOption(options, "expired") ? onlyExpired(rows) : rows;
  await writeRows(wanted, all ? [...headers, "Account", "Endpoint"] : headers, rowFormat(options), context);
  return 0;
}

/** Whose credentials the present connection has. */
interface Place {
  readonly account: string | undefined;
  readonly endpoint: string | undefined;
}

async function placeOf(connection: Connection): Promise<Place> {
  return { account: await callerAccount(connection), endpoint: connection.endpoints.s3 };
}

/** Where the account of an entry or a service is not known, only the endpoint is compared. */
function isOf({ account, endpoint }: Place, entry: LedgerEntry): boolean {
  const of = entry.account ?? parseArn(entry.roleArn ?? "")?.account;
  if (of && account !== undefined && of !== account) return false;
  return originOf(entry.endpoint) === originOf(endpoint);
}

function originOf(endpoint: string | undefined): string | undefined {
  return endpoint !== undefined && URL.canParse(endpoint) ? new URL(endpoint).origin : endpoint;
}

async function* onlyExpired(rows: AsyncIterable<JsonObject>): AsyncGenerator<JsonObject> {
  for await (const row of rows) if (textField(row, "State") === "expired") yield row;
}

/** A service without users still has its temporary credentials listed. */
async function* rowsOf(
  iam: IAMClient,
  here: Place,
  ledger: readonly LedgerEntry[],
  warn: (line: string) => void,
): AsyncGenerator<JsonObject> {
  try {
    for await (const issued of issuedUsers(iam)) yield await userRow(iam, here, issued, await serviceTime(iam));
  } catch (error) {
    warn(`cannot list users: ${describeError(error)}`);
  }
  const now = await serviceTime(iam);
  for (const entry of ledger) yield temporaryRow(entry, now);
}

async function userRow(
  iam: IAMClient,
  { account, endpoint }: Place,
  { user, name, tags, expires }: IssuedUser,
  now: Date,
): Promise<JsonObject> {
  const keys: Json[] = [];
  for await (const key of listKeys(iam, name)) keys.push(textField(key, "AccessKeyId"));
  return jsonObject({
    Kind: "user",
    Name: name,
    AccessKeyIds: keys,
    Purpose: tags.get(toolTags.purpose),
    Creator: tags.get(toolTags.creator),
    Created: textField(user, "CreateDate") || undefined,
    Expires: expires === undefined ? undefined : shownDate(expires),
    State: expires !== undefined && expires <= now ? "expired" : "active",
    Account: account,
    Endpoint: endpoint,
  });
}

function temporaryRow(entry: LedgerEntry, now: Date): JsonObject {
  return jsonObject({
    Kind: "temporary",
    Name: entry.session,
    AccessKeyIds: [entry.accessKeyId],
    Purpose: entry.purpose,
    Creator: undefined,
    Created: shownDate(new Date(entry.issued)),
    Expires: shownDate(new Date(entry.expires)),
    State: new Date(entry.expires) <= now ? "expired" : "active",
    SourceIdentity: entry.sourceIdentity,
    RoleArn: entry.roleArn,
    Account: entry.account ?? parseArn(entry.roleArn ?? "")?.account,
    Endpoint: entry.endpoint,
  });
}

/** As the dates of users are shown. */
function shownDate(date: Date): string {
  return pythonDate(isoSeconds(date));
}

export const listCredentials: Command = { definition, run };
