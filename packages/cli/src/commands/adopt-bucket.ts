import type { Context } from "../command-line/context.ts";
import {
  type Command,
  type CommandDefinition,
  type Invocation,
  positional,
  textOption,
} from "../command-line/definition.ts";
import { UsageError } from "../command-line/failures.ts";
import { dumps } from "../formats/python-json.ts";
import { connectionOf } from "../service/connection.ts";
import { callGateway } from "../service/own-service.ts";

const definition = {
  name: "adopt-bucket",
  summary: "Put a bucket that an engine behind the gateway has already under the gateway's policies",
  arguments: [{ name: "NAME", summary: "name that the bucket is to have in the gateway" }],
  options: [
    { name: "upstream", value: "NAME", summary: "the engine, by its name in --upstreams of serve (the only one)" },
    { name: "upstream-bucket", value: "BUCKET", summary: "the bucket's name on the engine (NAME)" },
    { name: "account", value: "ID", summary: "the account that is to own the bucket (the caller's)" },
  ],
  service: true,
  example: "s3-credentials adopt-bucket photos --upstream-bucket photos-2019 --local",
} as const satisfies CommandDefinition;

async function run(context: Context, invocation: Invocation): Promise<number> {
  const { options } = invocation;
  const account = textOption(options, "account");
  if (account !== undefined && !/^\d{12}$/.test(account))
    throw new UsageError(`${account} is not the id of an account: it has 12 digits; account list shows them`);
  const members = {
    BucketName: positional(invocation, 0),
    Upstream: textOption(options, "upstream"),
    UpstreamBucket: textOption(options, "upstream-bucket"),
    AccountId: account,
  };
  const given = Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
  const answer = await callGateway(await connectionOf(context, options), "AdoptBucket", given);
  await context.print(`${dumps(answer, 4)}\n`);
  return 0;
}

export const adoptBucket: Command = { definition, run };
