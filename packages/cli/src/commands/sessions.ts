import { isList, isObject, type Json, type JsonObject } from "../formats/json.ts";
import { dateOfSeconds } from "../output/dates.ts";
import { writeRows } from "../output/rows.ts";
import { connectionOf } from "../service/connection.ts";
import { callGateway } from "../service/own-service.ts";
import type { Connection } from "../service/connection.ts";
import type { Context } from "../command-line/context.ts";
import {
  type Command,
  type CommandDefinition,
  type Invocation,
  type OptionValues,
  positional,
  textOption,
  hasOption,
} from "../command-line/definition.ts";
import { UsageError } from "../command-line/failures.ts";
import { rowFormat, rowOptions } from "./row-options.ts";

const definition = {
  name: "sessions",
  summary: "List the temporary credentials that the gateway issued (`sessions list`), and end them (`sessions revoke`)",
  arguments: [
    { name: "ACTION", summary: "list or revoke" },
    { name: "ID", summary: "for revoke: one session, by the id that `sessions list` shows", optional: true },
  ],
  options: [
    { name: "role", value: "NAME", summary: "sessions of this role" },
    { name: "user", value: "NAME", summary: "sessions of this user, and those that it began by assuming roles" },
    {
      name: "key",
      value: "ID",
      summary: "for revoke: sessions that this access key began, or the one whose key it is",
    },
    { name: "source-identity", value: "NAME", summary: "for revoke: sessions with this source identity" },
    {
      name: "before",
      value: "TIME",
      summary: "for revoke: only sessions issued before this time, as 2026-01-31T12:00:00Z (now)",
    },
    { name: "all", summary: "for list: revoked and expired sessions too" },
    ...rowOptions,
  ],
  service: true,
  example: "s3-credentials sessions list --role deploy --csv",
} as const satisfies CommandDefinition;

const headers = [
  "SessionId",
  "State",
  "PrincipalArn",
  "SessionName",
  "IssuedAt",
  "ExpiresAt",
  "IssuedBy",
  "AccessKeyId",
];

async function run(context: Context, invocation: Invocation): Promise<number> {
  const action = positional(invocation, 0);
  const id = invocation.positionals[1];
  const { options } = invocation;
  if (action === "list") {
    for (const name of ["key", "source-identity", "before"])
      if (hasOption(options, name)) throw new UsageError(`--${name} is for sessions revoke`);
    if (id !== undefined) throw new UsageError("sessions list takes no ID; --role and --user choose sessions");
    const connection = await connectionOf(context, options);
    await writeRows(listed(connection, options), headers, rowFormat(options), context);
    return 0;
  }
  if (action !== "revoke") throw new UsageError(`no action ${action}: there is sessions list and sessions revoke`);
  const which = whichSessions(options, id);
  await callGateway(await connectionOf(context, options), "RevokeSessions", which);
  context.say(`Revoked ${saidOf(options, id)}: refused from the next request on`);
  return 0;
}

function whichSessions(options: OptionValues, id: string | undefined): Readonly<Record<string, unknown>> {
  const given = {
    SessionId: id,
    RoleName: textOption(options, "role"),
    UserName: textOption(options, "user"),
    AccessKeyId: textOption(options, "key"),
    SourceIdentity: textOption(options, "source-identity"),
  };
  if (Object.values(given).filter((one) => one !== undefined).length !== 1)
    throw new UsageError("say what to revoke: one of ID, --role, --user, --key and --source-identity");
  if (id !== undefined && !/^[0-9a-f]{32}$/.test(id))
    throw new UsageError(`${id} is not the id of a session: it has 32 digits of base 16; sessions list shows them`);
  const before = textOption(options, "before");
  if (before === undefined) return given;
  if (id !== undefined) throw new UsageError("--before is not for one session");
  const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(before) ? Date.parse(before) : Number.NaN;
  if (Number.isNaN(time)) throw new UsageError(`--before ${before} is not a time: write it as 2026-01-31T12:00:00Z`);
  return { ...given, IssuedBefore: time / 1000 };
}

function saidOf(options: OptionValues, id: string | undefined): string {
  if (id !== undefined) return `session ${id}`;
  const [name = "role"] = ["role", "user", "key", "source-identity"].filter((one) => hasOption(options, one));
  const before = textOption(options, "before");
  const time = before === undefined ? "issued until now" : `issued before ${before}`;
  return `sessions of ${name.replace("-", " ")} ${textOption(options, name) ?? ""} ${time}`;
}

async function* listed(connection: Connection, options: OptionValues): AsyncGenerator<JsonObject> {
  const filter = { RoleName: textOption(options, "role"), UserName: textOption(options, "user") };
  if (filter.RoleName !== undefined && filter.UserName !== undefined)
    throw new UsageError("give one of --role and --user");
  let NextToken: string | undefined;
  do {
    const page = await callGateway(connection, "ListSessions", { ...filter, MaxResults: 1000, NextToken });
    const sessions = page.get("Sessions");
    for (const session of isList(sessions) ? sessions : []) {
      if (isObject(session) && (hasOption(options, "all") || session.get("State") === "Active")) yield row(session);
    }
    const next = page.get("NextToken");
    NextToken = typeof next === "string" ? next : undefined;
  } while (NextToken !== undefined);
}

/** Dates in the form of the other commands, and who issued it in one cell. */
function row(session: JsonObject): JsonObject {
  const issuer = session.get("Issuer");
  const by = isObject(issuer) ? (issuer.get("Arn") ?? issuer.get("AccountId")) : undefined;
  const entries = [...session].map(
    ([name, value]) => [name, name.endsWith("At") ? dateOfSeconds(value) : value] as const,
  );
  return new Map<string, Json>([...entries, ["IssuedBy", by ?? ""]]);
}

export const sessions: Command = { definition, run };
