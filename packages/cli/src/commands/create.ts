import { type JsonObject, textField } from "../input/json.ts";
import { readCreateRequest } from "../plan/read-create-request.ts";
import { applyPlan } from "../plan/apply.ts";
import { dryRun } from "../plan/dry-run.ts";
import { planCreate } from "../plan/plan-create.ts";
import type { Services } from "../plan/services.ts";
import { dumps } from "../output/python-json.ts";
import { iamClient, regionOf, s3Client, stsClient } from "../service/clients.ts";
import { type Connection, connectionOf } from "../service/connection.ts";
import { partitionOf } from "../service/partition.ts";
import type { Context } from "./context.ts";
import { type Command, type CommandDefinition, hasOption, type Invocation, textOption } from "./definition.ts";

const definition = {
  name: "create",
  summary: "Create and print credentials for the given buckets, and for nothing else",
  arguments: [{ name: "BUCKETS", summary: "names of the buckets", repeatable: true }],
  options: [
    {
      name: "format",
      short: "f",
      value: "FORMAT",
      choices: ["json", "ini"],
      fallback: "json",
      summary: "form of the credentials",
    },
    {
      name: "duration",
      short: "d",
      value: "DURATION",
      summary: "temporary credentials for 15m to 12h (1200, 1200s, 20m, 1h); else permanent ones",
    },
    { name: "username", value: "NAME", summary: "user to create, or an existing one" },
    { name: "create-bucket", short: "c", summary: "create buckets that do not exist" },
    { name: "prefix", value: "PREFIX", summary: "only keys that start with this" },
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
    { name: "bucket-region", value: "REGION", summary: "region for buckets that are created" },
    { name: "silent", summary: "do not tell the steps" },
    { name: "dry-run", summary: "print what would be done, without any call" },
    {
      name: "user-permissions-boundary",
      value: "ARN",
      summary: "permissions boundary of a user that is created, or none",
    },
  ],
  service: true,
  handlesInterrupt: true,
  example: "s3-credentials create my-bucket --prefix uploads/ --write-only --duration 1h",
} as const satisfies CommandDefinition;

async function run(context: Context, invocation: Invocation): Promise<number> {
  const { options } = invocation;
  const dry = hasOption(options, "dry-run");
  const connection = dry ? undefined : await connectionOf(context, options);
  const region =
    connection === undefined
      ? (textOption(options, "region") ?? context.env["AWS_REGION"] ?? context.env["AWS_DEFAULT_REGION"] ?? "")
      : await regionOf(connection);
  const { request, warnings } = await readCreateRequest(context, invocation, partitionOf(region));
  const silent = hasOption(options, "silent");
  const warn = (lines: readonly string[]): void => {
    for (const line of lines) context.say(`Warning: ${line}`);
  };
  warn(warnings);
  if (connection === undefined) {
    await context.print(dryRun(request));
    return 0;
  }
  const services = await servicesOf(connection, partitionOf(region));
  const plan = await planCreate(request, services);
  warn(plan.warnings);
  await applyPlan(plan, {
    services,
    signal: context.signal,
    report: silent ? () => {} : context.say,
    deliver: async (credentials) => {
      context.hide(textField(credentials, "SecretAccessKey"));
      await context.print(formatCredentials(credentials, textOption(options, "format")));
    },
  });
  return 0;
}

async function servicesOf(connection: Connection, partition: string): Promise<Services> {
  const s3 = await s3Client(connection);
  return {
    s3,
    // Other services than AWS sign with one region, whatever the place of a bucket is called.
    s3In: async (region) => (connection.pathStyle && region !== "us-east-1" ? s3 : s3Client(connection, region)),
    iam: await iamClient(connection),
    iamOnce: await iamClient(connection, 1),
    sts: await stsClient(connection),
    partition,
  };
}

/** As the tool and the AWS tools read them back. */
export function formatCredentials(credentials: JsonObject, format: string | undefined): string {
  if (format !== "ini") return `${dumps(credentials, 4)}\n`;
  const token = textField(credentials, "SessionToken");
  const lines = [
    "[default]",
    `aws_access_key_id=${textField(credentials, "AccessKeyId")}`,
    `aws_secret_access_key=${textField(credentials, "SecretAccessKey")}`,
    ...(token === "" ? [] : [`aws_session_token=${token}`]),
  ];
  return `${lines.join("\n")}\n`;
}

export const create: Command = { definition, run };
