import { spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";
import { isatty } from "node:tty";
import { prefixOptions, strictOption } from "../input/bucket-options.ts";
import type { JsonObject } from "../formats/json.ts";
import { errorCode } from "../files/file-error.ts";
import { environmentOf } from "../output/credential-formats.ts";
import { CommandError, UsageError } from "../command-line/failures.ts";
import { planCreate } from "../plan/plan-create.ts";
import { readCreateRequest } from "../plan/read-create-request.ts";
import { openServices } from "../plan/services.ts";
import { placeVariables } from "../service/service-place.ts";
import { runPlan } from "./run-plan.ts";
import type { Context } from "../command-line/context.ts";
import { type Command, type CommandDefinition, type Invocation, listOption } from "../command-line/definition.ts";
import { rememberIssued } from "./remember-issued.ts";

const definition = {
  name: "exec",
  summary:
    "Run a command with temporary credentials for the given buckets in its environment, in place of every AWS_ variable",
  arguments: [{ name: "COMMAND", summary: "the command and its arguments, after --", repeatable: true }],
  options: [
    { name: "bucket", short: "b", value: "BUCKET", repeatable: true, summary: "bucket the credentials are for" },
    { name: "duration", short: "d", value: "DURATION", default: "1h", summary: "how long they last, 15m to 12h" },
    ...prefixOptions,
    { name: "read-only", summary: "reading only" },
    { name: "write-only", summary: "writing only" },
    { name: "policy", value: "POLICY", summary: "custom policy: file or JSON; $!BUCKET_NAME!$ stands for the bucket" },
    { name: "statement", value: "JSON", repeatable: true, summary: "statement to add to the policy" },
    strictOption,
    { name: "role", value: "ARN", summary: "role to assume, or self: the caller's own rights cut down" },
    { name: "source-identity", value: "NAME", summary: "who the credentials are for; the session keeps it" },
    { name: "silent", summary: "do not report the steps" },
  ],
  service: true,
  runsProgram: true,
  handlesInterrupt: true,
  example: "s3-credentials exec --bucket my-bucket --read-only -- aws s3 ls s3://my-bucket",
} as const satisfies CommandDefinition;

async function run(context: Context, { options, positionals }: Invocation): Promise<number> {
  const buckets = listOption(options, "bucket");
  if (buckets.length === 0) throw new UsageError("say what the credentials are for: exec --bucket BUCKET -- COMMAND");
  const { connection, region, services } = await openServices(context, options);
  const { request, warnings, proved } = await readCreateRequest(
    context,
    { options, positionals: buckets },
    services.partition,
  );
  const plan = await planCreate(
    { ...request, bucketCreation: { ...request.bucketCreation, elsewhere: true } },
    services,
  );
  let made: JsonObject | undefined;
  await runPlan(
    context,
    options,
    { ...plan, warnings: [...warnings, ...plan.warnings], proved },
    services,
    async (credentials) => {
      made = credentials;
      await rememberIssued(context, request, plan, connection, credentials);
    },
  );
  if (made === undefined) throw new CommandError("the service gave no credentials");
  if (context.signal.aborted) throw new CommandError("interrupted");
  const { caFile } = connection.network;
  return runChild(positionals, {
    ...withoutAws(context.env),
    ...environmentOf(made),
    ...placeVariables(connection, region),
    // Without it, AWS tools would not trust the service that the credentials are for.
    ...(caFile === undefined ? {} : { AWS_CA_BUNDLE: caFile }),
  });
}

/** No AWS_ variable of the caller's goes to the command: neither rights nor AWS_PROFILE, AWS_CONFIG_FILE and the like. */
function withoutAws(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith("AWS_")));
}

/** What a program is told to end with. */
const endingSignals = ["SIGTERM", "SIGHUP", "SIGINT", "SIGQUIT"] as const;

/** The command's exit code; 128 and the signal's number when it was killed, as shells have it. Signals are the command's own. */
async function runChild([command = "", ...args]: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const child = spawn(command, args, { env, stdio: "inherit" });
  // What is typed at a terminal (Ctrl-C, Ctrl-\) reaches all of its programs; what is sent to this process reaches nobody else.
  const isTyped = [0, 1, 2].some((descriptor) => isatty(descriptor));
  const passOn = (signal: NodeJS.Signals): void => {
    if (!isTyped || (signal !== "SIGINT" && signal !== "SIGQUIT")) child.kill(signal);
  };
  for (const signal of endingSignals) process.on(signal, passOn);
  try {
    const [code, signal] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
    return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
  } catch (error) {
    throw notRun(command, errorCode(error) ?? "failed");
  } finally {
    for (const signal of endingSignals) process.off(signal, passOn);
  }
}

/** With the exit codes of shells. https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_08_02 */
function notRun(command: string, code: string): CommandError {
  const missing = code === "ENOENT";
  return new CommandError(`cannot run ${command}${missing ? ": there is no such command" : ` (${code})`}`, {
    exitCode: missing ? 127 : 126,
  });
}

export const exec: Command = { definition, run };
