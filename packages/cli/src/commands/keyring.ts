import { isList, isObject, type JsonObject } from "../formats/json.ts";
import { dateOfSeconds } from "../output/dates.ts";
import { writeRows } from "../output/rows.ts";
import { connectionOf } from "../service/connection.ts";
import { callGateway } from "../service/own-service.ts";
import type { Context } from "../command-line/context.ts";
import { type Command, type CommandDefinition, type Invocation, positional } from "../command-line/definition.ts";
import { UsageError } from "../command-line/failures.ts";
import { rowFormat, rowOptions } from "./row-options.ts";

const definition = {
  name: "keyring",
  summary: "Show the keys that seal the gateway's sessions (`keyring show`), or begin a new one now (`keyring rotate`)",
  arguments: [{ name: "ACTION", summary: "show or rotate; sessions that exist go on until they end" }],
  options: rowOptions,
  service: true,
  example: "s3-credentials keyring rotate",
} as const satisfies CommandDefinition;

async function run(context: Context, invocation: Invocation): Promise<number> {
  const action = positional(invocation, 0);
  if (action !== "show" && action !== "rotate")
    throw new UsageError(`no action ${action}: there is keyring show and keyring rotate`);
  const connection = await connectionOf(context, invocation.options);
  const answer = await callGateway(connection, action === "show" ? "DescribeKeyring" : "RotateKeyring", {});
  if (action === "rotate") context.say("A new key seals sessions from now on; earlier sessions go on until they end");
  const headers = ["KeyId", "State", "CreatedAt", "DeletedAfter"];
  await writeRows(rows(answer), headers, rowFormat(invocation.options), context);
  return 0;
}

async function* rows(answer: JsonObject): AsyncGenerator<JsonObject> {
  const keys = answer.get("Keys");
  for (const key of isList(keys) ? keys : []) {
    if (!isObject(key)) continue;
    yield new Map([...key].map(([name, value]) => [name, dateOfSeconds(value)]));
  }
}

export const keyring: Command = { definition, run };
