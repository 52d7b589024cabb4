import { fromPlain } from "../formats/json.ts";
import { UsageError } from "../command-line/failures.ts";
import { s3Client } from "../service/clients.ts";
import { connectionOf } from "../service/connection.ts";
import { planOption } from "./run-plan.ts";
import { plannedOnly } from "./planned-only.ts";
import type { Context } from "../command-line/context.ts";
import {
  type Command,
  type CommandDefinition,
  type Invocation,
  listOption,
  textOption,
  positional,
} from "../command-line/definition.ts";

const methods: readonly string[] = ["GET", "PUT", "POST", "DELETE", "HEAD"];

const definition = {
  name: "set-cors-policy",
  summary: "Set the CORS rule of a bucket, in place of all it has: GET from anywhere unless options say more",
  arguments: [{ name: "BUCKET", summary: "name of the bucket" }],
  options: [
    { name: "allowed-method", short: "m", value: "METHOD", repeatable: true, summary: "allowed method, e.g. GET" },
    {
      name: "allowed-header",
      short: "h",
      value: "HEADER",
      repeatable: true,
      summary: "allowed header, e.g. Authorization",
    },
    {
      name: "allowed-origin",
      short: "o",
      value: "ORIGIN",
      repeatable: true,
      summary: "allowed origin, e.g. https://www.example.com",
    },
    { name: "expose-header", short: "e", value: "HEADER", repeatable: true, summary: "header to expose, e.g. ETag" },
    {
      name: "max-age-seconds",
      value: "SECONDS",
      summary: "how long browsers keep the answer to a preflight request; 0 leaves it to them",
    },
    planOption,
  ],
  service: true,
  example: "s3-credentials set-cors-policy my-bucket --allowed-method GET --allowed-origin https://www.example.com",
} as const satisfies CommandDefinition;

async function run(context: Context, invocation: Invocation): Promise<number> {
  const { options } = invocation;
  const bucket = positional(invocation, 0);
  const maxAge = readMaxAge(textOption(options, "max-age-seconds"));
  const allowed = listOption(options, "allowed-method");
  const wrong = allowed.find((method) => !methods.includes(method));
  if (wrong !== undefined) throw new UsageError(`--allowed-method ${wrong} is not one of ${methods.join(", ")}`);
  const { PutBucketCorsCommand } = await import("@aws-sdk/client-s3");
  const s3 = await s3Client(await connectionOf(context, options));
  const rule = {
    ID: "set-by-s3-credentials",
    ...ifAny("AllowedHeaders", listOption(options, "allowed-header")),
    AllowedMethods: allowed.length === 0 ? ["GET"] : [...allowed],
    AllowedOrigins: orElse(listOption(options, "allowed-origin"), "*"),
    ...ifAny("ExposeHeaders", listOption(options, "expose-header")),
    ...(maxAge === undefined ? {} : { MaxAgeSeconds: maxAge }),
  };
  if (await plannedOnly(context, options, s3, bucket, "set the CORS rule of bucket", fromPlain(rule))) return 0;
  await s3.send(new PutBucketCorsCommand({ Bucket: bucket, CORSConfiguration: { CORSRules: [rule] } }));
  return 0;
}

function readMaxAge(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`--max-age-seconds ${text} is not a number of seconds`);
  // The Python tool sends no MaxAgeSeconds for 0.
  return Number(text) || undefined;
}

function orElse(given: readonly string[], defaultValue: string): string[] {
  return given.length === 0 ? [defaultValue] : [...given];
}

function ifAny(name: string, given: readonly string[]): Readonly<Record<string, string[]>> {
  return given.length === 0 ? {} : { [name]: [...given] };
}

export const setCorsPolicy: Command = { definition, run };
