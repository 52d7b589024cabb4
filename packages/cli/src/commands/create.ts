import { prefixOptions, strictOption } from "../input/bucket-options.ts";
import { dryRun } from "../plan/dry-run.ts";
import { planCreate } from "../plan/plan-create.ts";
import { readCreateRequest } from "../plan/read-create-request.ts";
import { servicesOf } from "../plan/services.ts";
import { findRegion } from "../service/ambient.ts";
import { regionOf } from "../service/clients.ts";
import { connectionOf } from "../service/connection.ts";
import { partitionOf } from "../service/partition.ts";
import { servicePlace } from "../service/service-place.ts";
import { runPlan, planOption } from "./run-plan.ts";
import type { Context } from "../command-line/context.ts";
import {
  type Command,
  type CommandDefinition,
  hasOption,
  type Invocation,
  textOption,
} from "../command-line/definition.ts";
import { checkOutputOptions, credentialOutput, credentialOutputOptions, formatOption } from "./credential-output.ts";
import { rememberIssued } from "./remember-issued.ts";

const definition = {
  name: "create",
  summary: "Create and print credentials for the given buckets, and for nothing else",
  arguments: [{ name: "BUCKETS", summary: "names of the buckets", repeatable: true }],
  options: [
    formatOption,
    {
      name: "duration",
      short: "d",
      value: "DURATION",
      summary: "temporary credentials for 15m to 12h (1200, 1200s, 20m, 1h); else permanent ones",
    },
    { name: "username", value: "NAME", summary: "user to create, or an existing one" },
    { name: "replace-policy", summary: "change a policy of the user although keys of the user are in use" },
    { name: "create-bucket", short: "c", summary: "create buckets that do not exist" },
    ...prefixOptions,
    { name: "public", summary: "make a bucket that is created public: anyone may read its objects" },
    { name: "website", summary: "make a bucket that is created a website, which is public" },
    { name: "read-only", summary: "reading only" },
    { name: "write-only", summary: "writing only" },
    {
      name: "policy",
      value: "POLICY",
      summary: "custom policy: file, JSON or - for standard input; $!BUCKET_NAME!$ stands for the bucket",
    },
    { name: "statement", value: "JSON", repeatable: true, summary: "statement to add to the policy" },
    strictOption,
    { name: "bucket-region", value: "REGION", summary: "region for buckets that are created" },
    { name: "silent", summary: "do not report the steps" },
    { name: "dry-run", summary: "print what would be done, without any call" },
    {
      name: "user-permissions-boundary",
      value: "ARN",
      summary: "permissions boundary of a user that is created, or none",
    },
    {
      name: "role",
      value: "ARN",
      summary: "role for temporary credentials, or self: the caller's own rights cut down",
    },
    { name: "source-identity", value: "NAME", summary: "who the temporary credentials are for; the session keeps it" },
    { name: "tag", value: "KEY=VALUE", repeatable: true, summary: "tag of the user, or of the session" },
    {
      name: "expires",
      value: "WHEN",
      summary: "end of permanent credentials: 12h, 30d, 8w or a date, in the policy itself",
    },
    { name: "wait", summary: "wait until the credentials work" },
    { name: "verify", summary: "try what they can and cannot do first; hand over only what is exactly as asked" },
    ...credentialOutputOptions,
    planOption,
  ],
  service: true,
  handlesInterrupt: true,
  example: "s3-credentials create my-bucket --prefix uploads/ --write-only --duration 1h",
} as const satisfies CommandDefinition;

async function run(context: Context, invocation: Invocation): Promise<number> {
  const { options } = invocation;
  const dry = hasOption(options, "dry-run");
  checkOutputOptions(options);
  const connection = dry ? undefined : await connectionOf(context, options);
  const region =
    connection === undefined ? (textOption(options, "region") ?? findRegion(context.env) ?? "") : regionOf(connection);
  const { request, warnings, proved } = await readCreateRequest(context, invocation, partitionOf(region));
  for (const warning of warnings) context.say(`Warning: ${context.shown(warning)}`);
  if (connection === undefined) {
    await context.print(dryRun(request));
    return 0;
  }
  const user = request.credentials.kind === "permanent" ? request.credentials.userName : undefined;
  const deliver = credentialOutput(context, options, servicePlace(connection, region), user);
  const services = await servicesOf(connection, partitionOf(region));
  const plan = { ...(await planCreate(request, services)), proved };
  await runPlan(context, options, plan, services, async (credentials) => {
    await deliver(credentials);
    await rememberIssued(context, request, plan, connection, credentials);
  });
  return 0;
}

export const create: Command = { definition, run };
