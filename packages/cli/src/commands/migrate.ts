import { setTimeout as sleep } from "node:timers/promises";
import type { Context } from "../command-line/context.ts";
import {
  type Command,
  type CommandDefinition,
  hasOption,
  type Invocation,
  positional,
  textOption,
} from "../command-line/definition.ts";
import { CommandError, UsageError } from "../command-line/failures.ts";
import { JsonNumber, type JsonObject, textField } from "../formats/json.ts";
import { dumps } from "../formats/python-json.ts";
import { statusLine } from "../output/status-line.ts";
import { connectionOf } from "../service/connection.ts";
import { callGateway } from "../service/own-service.ts";

const definition = {
  name: "migrate",
  summary:
    "Move a bucket between the gateway's data folder and an engine behind it, while it is read and, but for a moment, written",
  arguments: [{ name: "NAME", summary: "name of the bucket" }],
  options: [
    {
      name: "to",
      value: "TARGET",
      summary: "`local`, or the engine by its name, which is `default` for the one of --upstream",
    },
    { name: "upstream-bucket", value: "BUCKET", summary: "the bucket's name on the engine (by the engine's prefix)" },
    {
      name: "accept-losses",
      value: "LIST",
      summary: "what a copy may be without: times,version-ids,uploads,acls,encryption,etags,checksums",
    },
    { name: "remove-source", summary: "delete what is in the old place once the bucket is moved" },
    { name: "end", summary: "give the move up and delete the copies; after it: let an engine keep what it has" },
    { name: "status", summary: "only say how far it is" },
    { name: "no-wait", summary: "do not wait for the end" },
  ],
  service: true,
  example: "s3-credentials migrate photos --to default --accept-losses times,uploads --local",
} as const satisfies CommandDefinition;

const pollMs = 500;

async function run(context: Context, invocation: Invocation): Promise<number> {
  const { options } = invocation;
  const BucketName = positional(invocation, 0);
  const to = textOption(options, "to");
  const [ends, asks] = [hasOption(options, "end"), hasOption(options, "status")];
  if (ends || asks) {
    const name = ends ? "end" : "status";
    const other = ["to", "upstream-bucket", "accept-losses", "remove-source"].find((one) => hasOption(options, one));
    if (other !== undefined) throw new UsageError(`--${other} does not go with --${name}`);
    if (ends && asks) throw new UsageError("--status does not go with --end");
  } else if (to === undefined) throw new UsageError("give the target with --to: local, or the name of an engine");
  const connection = await connectionOf(context, options);
  const call = (operation: string, more: Readonly<Record<string, unknown>> = {}): Promise<JsonObject> =>
    callGateway(connection, operation, { BucketName, ...more });
  let state = asks
    ? await call("DescribeBucketMove")
    : ends
      ? await call("EndBucketMove")
      : await call("MoveBucket", wanted(to, options));
  if (!asks && !hasOption(options, "no-wait"))
    state = await untilDone(context, state, () => call("DescribeBucketMove"));
  await context.print(`${dumps(state, 4)}\n`);
  const problem = textField(state, "Problem");
  if (problem === "" || asks) return 0;
  throw new CommandError(`${problem} (the bucket is used where it was; --end gives the move up)`);
}

function wanted(to: string | undefined, options: Invocation["options"]): Readonly<Record<string, unknown>> {
  const bucket = textOption(options, "upstream-bucket");
  const losses =
    textOption(options, "accept-losses")
      ?.split(",")
      .map((one) => one.trim()) ?? [];
  return {
    To: to,
    AcceptLosses: losses.filter((one) => one !== ""),
    RemoveSource: hasOption(options, "remove-source"),
    ...(bucket === undefined ? {} : { UpstreamBucket: bucket }),
  };
}

/** The work is the gateway's: it goes on when the command is interrupted. */
async function untilDone(
  context: Context,
  first: JsonObject,
  describe: () => Promise<JsonObject>,
): Promise<JsonObject> {
  const show = statusLine(context.stderr);
  let state = first;
  try {
    while (!isDone(state)) {
      show(`${textField(state, "Phase")} … ${numberIn(state, "Objects")} objects, ${numberIn(state, "Bytes")} bytes`);
      await sleep(pollMs, undefined, { signal: context.signal });
      state = await describe();
    }
    return state;
  } finally {
    show("");
  }
}

function numberIn(state: JsonObject, name: string): string {
  const value = state.get(name);
  return value instanceof JsonNumber ? value.text : "0";
}

function isDone(state: JsonObject): boolean {
  const phase = textField(state, "Phase");
  const isThere = phase === "None" || (phase === "Moved" && state.get("RemovesSource") !== true);
  return isThere || textField(state, "Problem") !== "";
}

export const migrate: Command = { definition, run };
