import type { Context } from "../command-line/context.ts";
import {
  type Command,
  type CommandDefinition,
  hasOption,
  type Invocation,
  type OptionValues,
  textOption,
} from "../command-line/definition.ts";
import { UsageError } from "../command-line/failures.ts";
import { isObject, type JsonObject, textField } from "../formats/json.ts";
import { parseByteCount } from "../input/byte-count.ts";
import { writeRows } from "../output/rows.ts";
import { type Connection, connectionOf } from "../service/connection.ts";
import { listedBy, organizationService } from "../service/organization-service.ts";
import { callGateway } from "../service/own-service.ts";
import { rowFormat, rowOptions } from "./row-options.ts";

const definition = {
  name: "quota",
  summary: "Show, set or remove the most that buckets or an account may hold, in the gateway's own folder",
  arguments: [
    { name: "ACTION", summary: "show, set or remove" },
    { name: "BUCKET", summary: "names of buckets", optional: true, repeatable: true },
  ],
  options: [
    {
      name: "account",
      value: "ID",
      summary: "an account, with all its buckets (show: the caller's, when no bucket is named)",
    },
    { name: "all-accounts", summary: "show: each account of the organization" },
    { name: "max-bytes", value: "SIZE", summary: "set: bytes, KiB, MiB, GiB or TiB; left out: no such limit" },
    { name: "max-objects", value: "N", summary: "set: versions of objects; left out: no such limit" },
    ...rowOptions,
  ],
  service: true,
  example: "s3-credentials quota set photos --max-bytes 10GiB --local",
} as const satisfies CommandDefinition;

const headers = ["BucketName", "AccountId", "Bytes", "MaxBytes", "Objects", "MaxObjects"];

/** Whose quota: members of the request, and what its operation is called. */
interface Subject {
  readonly kind: "Bucket" | "Account";
  readonly members: Readonly<Record<string, string>>;
}

async function run(context: Context, { options, positionals }: Invocation): Promise<number> {
  const [action = "", ...buckets] = positionals;
  if (action !== "show" && action !== "set" && action !== "remove")
    throw new UsageError(`no action ${action}: there is quota show, quota set and quota remove`);
  const limits = action === "set" ? limitsOf(options) : noLimits(options, action);
  const named = subjectsOf(buckets, options, action);
  const connection = await connectionOf(context, options);
  const subjects = named === "all accounts" ? allAccounts(connection) : named;
  const call = action === "show" ? "Get" : "Put";
  async function* rows(): AsyncGenerator<JsonObject> {
    for await (const { kind, members } of subjects)
      yield rowOf(await callGateway(connection, `${call}${kind}Quota`, { ...members, ...limits }));
  }
  await writeRows(rows(), headers, rowFormat(options), context);
  return 0;
}

function subjectsOf(
  buckets: readonly string[],
  options: OptionValues,
  action: string,
): readonly Subject[] | "all accounts" {
  const account = textOption(options, "account");
  if (hasOption(options, "all-accounts")) {
    if (action !== "show") throw new UsageError(`--all-accounts does not go with quota ${action}`);
    if (account !== undefined || buckets.length > 0) throw new UsageError("--all-accounts goes with nothing else");
    return "all accounts";
  }
  if (account !== undefined && buckets.length > 0) throw new UsageError("--account does not go with a bucket");
  if (account !== undefined && !/^\d{12}$/.test(account))
    throw new UsageError(`${account} is not the id of an account: it has 12 digits; account list shows them`);
  if (buckets.length > 0) return buckets.map((BucketName) => ({ kind: "Bucket", members: { BucketName } }));
  if (account !== undefined) return [{ kind: "Account", members: { AccountId: account } }];
  if (action !== "show") throw new UsageError(`quota ${action} needs the name of a bucket, or --account`);
  return [{ kind: "Account", members: {} }];
}

async function* allAccounts(connection: Connection): AsyncGenerator<Subject> {
  for await (const account of listedBy(organizationService(connection), "ListAccounts", "Accounts"))
    yield { kind: "Account", members: { AccountId: textField(account, "Id") } };
}

function limitsOf(options: OptionValues): Readonly<Record<string, number>> {
  const [bytes, objects] = [textOption(options, "max-bytes"), textOption(options, "max-objects")];
  if (bytes === undefined && objects === undefined)
    throw new UsageError("quota set needs --max-bytes or --max-objects; quota remove takes both limits away");
  if (objects !== undefined && !/^\d{1,15}$/.test(objects))
    throw new UsageError(`invalid --max-objects "${objects}": it is a whole number of objects, such as 1000`);
  return {
    ...(bytes === undefined ? {} : { MaxBytes: parseByteCount("max-bytes", bytes) }),
    ...(objects === undefined ? {} : { MaxObjects: Number(objects) }),
  };
}

function noLimits(options: OptionValues, action: string): Readonly<Record<string, number>> {
  const given = ["max-bytes", "max-objects"].find((one) => textOption(options, one) !== undefined);
  if (given !== undefined) throw new UsageError(`--${given} does not go with quota ${action}`);
  return {};
}

/** What is used beside its limit, in one row. */
function rowOf(answer: JsonObject): JsonObject {
  const row = new Map(answer);
  for (const part of ["Usage", "Limits"]) {
    const found = row.get(part);
    row.delete(part);
    if (isObject(found)) for (const [name, value] of found) row.set(name, value);
  }
  return new Map(headers.flatMap((name) => (row.has(name) ? [[name, row.get(name) ?? null]] : [])));
}

export const quota: Command = { definition, run };
