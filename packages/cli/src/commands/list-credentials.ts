import type { IAMClient } from "@aws-sdk/client-iam";
import { type Json, jsonObject, type JsonObject, textField } from "../input/json.ts";
import { describeError } from "../output/errors.ts";
import { writeRows } from "../output/rows.ts";
import { isoSeconds, toolTags } from "../plan/tool-tags.ts";
import { iamClient } from "../service/clients.ts";
import { connectionOf } from "../service/connection.ts";
import { type IssuedUser, issuedUsers } from "../service/issued.ts";
import { listKeys } from "../service/keys.ts";
import { type LedgerEntry, readLedger } from "../service/ledger.ts";
import type { Context } from "./context.ts";
import { type Command, type CommandDefinition, hasOption, type Invocation } from "./definition.ts";
import { rowFormat, rowOptions } from "./row-options.ts";

const definition = {
  name: "list-credentials",
  summary: "List what this tool issued: users by their tags, temporary credentials from the ledger of this machine",
  arguments: [],
  options: [{ name: "expired", summary: "only what is past its date" }, ...rowOptions],
  service: true,
  example: "s3-credentials list-credentials --csv",
} as const satisfies CommandDefinition;

const headers = ["Kind", "Name", "AccessKeyIds", "Purpose", "Creator", "Created", "Expires", "State"];

async function run(context: Context, { options }: Invocation): Promise<number> {
  const iam = await iamClient(await connectionOf(context, options));
  const rows = rowsOf(iam, readLedger(context.env), (line) => context.say(`Warning: ${line}`));
  const wanted = hasOption(options, "expired") ? onlyExpired(rows) : rows;
  await writeRows(wanted, headers, rowFormat(options), context.print);
  return 0;
}

async function* onlyExpired(rows: AsyncIterable<JsonObject>): AsyncGenerator<JsonObject> {
  for await (const row of rows) if (textField(row, "State") === "expired") yield row;
}

/** A service without users still has its temporary credentials listed. */
async function* rowsOf(
  iam: IAMClient,
  ledger: readonly LedgerEntry[],
  warn: (line: string) => void,
): AsyncGenerator<JsonObject> {
  const now = new Date();
  try {
    for await (const issued of issuedUsers(iam)) yield await userRow(iam, issued, now);
  } catch (error) {
    warn(`cannot list users: ${describeError(error)}`);
  }
  for (const entry of ledger) yield temporaryRow(entry, now);
}

async function userRow(iam: IAMClient, { user, name, tags, expires }: IssuedUser, now: Date): Promise<JsonObject> {
  const keys: Json[] = [];
  for await (const key of listKeys(iam, name)) keys.push(textField(key, "AccessKeyId"));
  return jsonObject({
    Kind: "user",
    Name: name,
    AccessKeyIds: keys,
    Purpose: tags.get(toolTags.purpose),
    Creator: tags.get(toolTags.creator),
    Created: textField(user, "CreateDate"),
    Expires: expires === undefined ? undefined : isoSeconds(expires),
    State: expires !== undefined && expires <= now ? "expired" : "active",
  });
}

function temporaryRow(entry: LedgerEntry, now: Date): JsonObject {
  return jsonObject({
    Kind: "temporary",
    Name: entry.session,
    AccessKeyIds: [entry.accessKeyId],
    Purpose: entry.purpose,
    Creator: undefined,
    Created: entry.issued,
    Expires: entry.expires,
    State: new Date(entry.expires) <= now ? "expired" : "active",
    SourceIdentity: entry.sourceIdentity,
    RoleArn: entry.roleArn,
    Endpoint: entry.endpoint,
  });
}

export const listCredentials: Command = { definition, run };
