import { checkBuckets, prefixOptions, readPrefixOptions } from "../input/bucket-options.ts";
import { UsageError } from "../command-line/failures.ts";
import type { Json } from "../formats/json.ts";
import { dumps } from "../formats/python-json.ts";
import { bucketStatements, permissionOf, policyOf, publicPolicy } from "../plan/documents.ts";
import type { Context } from "../command-line/context.ts";
import {
  type Command,
  type CommandDefinition,
  hasOption,
  type Invocation,
  listOption,
} from "../command-line/definition.ts";

const definition = {
  name: "policy",
  summary: "Print the policy for the given buckets, without any call",
  arguments: [{ name: "BUCKETS", summary: "names of the buckets", repeatable: true }],
  options: [
    { name: "read-only", summary: "reading only" },
    { name: "write-only", summary: "writing only" },
    ...prefixOptions,
    { name: "statement", value: "JSON", repeatable: true, summary: "statement to add to the policy" },
    { name: "public-bucket", summary: "the bucket policy that makes one bucket public" },
  ],
  service: false,
  example: "s3-credentials policy my-bucket --read-only --prefix reports/",
} as const satisfies CommandDefinition;

async function run(context: Context, { positionals, options }: Invocation): Promise<number> {
  checkBuckets(positionals);
  if (hasOption(options, "public-bucket")) {
    const [bucket = ""] = positionals;
    for (const { name } of definition.options)
      if (name !== "public-bucket" && hasOption(options, name))
        context.say(`Warning: --${name} has no effect with --public-bucket`);
    if (positionals.length !== 1) throw new UsageError("--public-bucket makes the policy of one bucket: give one name");
    await context.print(`${dumps(publicPolicy(bucket, "aws"), 4)}\n`);
    return 0;
  }
  const { prefixes, warnings } = readPrefixOptions(options);
  for (const warning of warnings) context.say(`Warning: ${warning}`);
  const grant = { permission: permissionOf(options), partition: "aws", prefixes };
  const document = policyOf([
    ...positionals.flatMap((bucket) => bucketStatements(bucket, grant)),
    ...(await statementsOf(listOption(options, "statement"))),
  ]);
  await context.print(`${dumps(document, 4)}\n`);
  return 0;
}

/** Only a statement that is given needs what reads and checks policies, which takes longer to load than all else. */
async function statementsOf(given: readonly string[]): Promise<readonly Json[]> {
  if (given.length === 0) return [];
  const { parseStatement } = await import("../input/policy-text.ts");
  return given.map(parseStatement);
}

export const policy: Command = { definition, run };
