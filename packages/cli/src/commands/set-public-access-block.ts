import { UsageError } from "../command-line/failures.ts";
import { publicAccessBlock } from "../plan/steps.ts";
import { s3Client } from "../service/clients.ts";
import { connectionOf } from "../service/connection.ts";
import { fromPlain } from "../formats/json.ts";
import { planOption } from "./run-plan.ts";
import { plannedOnly } from "./planned-only.ts";
import type { Context } from "../command-line/context.ts";
import {
  type Command,
  type CommandDefinition,
  hasOption,
  type Invocation,
  type OptionValues,
  textOption,
  positional,
} from "../command-line/definition.ts";

/** Option to setting. https://docs.aws.amazon.com/AmazonS3/latest/API/API_PublicAccessBlockConfiguration.html */
const settings = {
  "block-public-acls": "BlockPublicAcls",
  "ignore-public-acls": "IgnorePublicAcls",
  "block-public-policy": "BlockPublicPolicy",
  "restrict-public-buckets": "RestrictPublicBuckets",
} as const;

type Settings = { readonly [K in (typeof settings)[keyof typeof settings]]: boolean };

const definition = {
  name: "set-public-access-block",
  summary: "Set the public access block of a bucket as a whole: a setting that is not given is off",
  arguments: [{ name: "BUCKET", summary: "name of the bucket" }],
  options: [
    { name: "block-public-acls", value: "BOOLEAN", summary: "refuse new public ACLs" },
    { name: "ignore-public-acls", value: "BOOLEAN", summary: "ignore public ACLs" },
    { name: "block-public-policy", value: "BOOLEAN", summary: "refuse new public bucket policies" },
    {
      name: "restrict-public-buckets",
      value: "BOOLEAN",
      summary: "give a public policy no effect outside the account",
    },
    { name: "allow-public-access", summary: "all four off" },
    planOption,
  ],
  service: true,
  example: "s3-credentials set-public-access-block my-bucket --block-public-acls true --block-public-policy true",
} as const satisfies CommandDefinition;

async function run(context: Context, invocation: Invocation): Promise<number> {
  const chosen = chosenSettings(invocation.options);
  const { PutPublicAccessBlockCommand } = await import("@aws-sdk/client-s3");
  const s3 = await s3Client(await connectionOf(context, invocation.options));
  const bucket = positional(invocation, 0);
  if (
    await plannedOnly(
      context,
      invocation.options,
      s3,
      bucket,
      "set the public access block of bucket",
      fromPlain(chosen),
    )
  )
    return 0;
  await s3.send(new PutPublicAccessBlockCommand({ Bucket: bucket, PublicAccessBlockConfiguration: chosen }));
  const words = Object.entries(chosen).map(([name, on]) => `${name} ${on ? "on" : "off"}`);
  context.say(`Set public access block of bucket ${bucket}: ${words.join(", ")}`);
  return 0;
}

/** The API replaces all four at once, and what is left out is off; so did the Python tool. */
function chosenSettings(options: OptionValues): Settings {
  const given = Object.entries(settings).flatMap(([option, setting]) => {
    const text = textOption(options, option);
    return text === undefined ? [] : [[setting, readBoolean(option, text)] as const];
  });
  const open = hasOption(options, "allow-public-access");
  if (open && given.length > 0)
    throw new UsageError("--allow-public-access turns all four off: use it without the other options");
  if (!open && given.length === 0) {
    const names = Object.keys(settings).map((name) => `--${name}`);
    throw new UsageError(`give at least one of ${names.join(", ")} or --allow-public-access`);
  }
  return { ...publicAccessBlock, ...Object.fromEntries(given) };
}

/** The words click reads as a boolean. */
function readBoolean(option: string, text: string): boolean {
  const lower = text.trim().toLowerCase();
  if (["true", "1", "yes", "on", "t", "y"].includes(lower)) return true;
  if (["false", "0", "no", "off", "f", "n"].includes(lower)) return false;
  throw new UsageError(`--${option} ${text} is neither true nor false`);
}

export const setPublicAccessBlock: Command = { definition, run };
