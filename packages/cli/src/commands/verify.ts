import { prefixOptions, checkBuckets, readPrefixOptions } from "../input/bucket-options.ts";
import {
  parseStatement,
  policiesForBuckets,
  policyOfValue,
  type PolicyText,
  readPolicyOption,
} from "../input/policy-text.ts";
import { notDecidedExit, UsageError } from "../command-line/failures.ts";
import { dumps } from "../formats/python-json.ts";
import { statusLine } from "../output/status-line.ts";
import { bucketStatements, permissionOf, policyOf } from "../plan/documents.ts";
import { checkReachable } from "../plan/bucket-state.ts";
import { openServices } from "../plan/services.ts";
import { readKeysFile } from "../service/connection.ts";
import { verificationLines, verificationRows } from "../verify/report.ts";
import { tryCredentials, verdictOf } from "../verify/try-credentials.ts";
import type { Context } from "../command-line/context.ts";
import {
  type Command,
  type CommandDefinition,
  hasOption,
  type Invocation,
  listOption,
  textOption,
} from "../command-line/definition.ts";

const definition = {
  name: "verify",
  summary: "Use credentials on buckets and print, operation by operation, what is allowed and what should be",
  arguments: [{ name: "BUCKETS", summary: "names of the buckets", repeatable: true }],
  options: [
    {
      name: "credentials",
      value: "FILE",
      summary: "credentials to try, as `create` prints them; - for standard input",
    },
    { name: "read-only", summary: "they should read only" },
    { name: "write-only", summary: "they should write only" },
    ...prefixOptions,
    { name: "policy", value: "POLICY", summary: "the policy they should have: file, JSON or - for standard input" },
    { name: "statement", value: "JSON", repeatable: true, summary: "statement they should have too" },
    { name: "nl", summary: "newline-delimited JSON, one object a request" },
  ],
  service: true,
  handlesInterrupt: true,
  example: "s3-credentials verify my-bucket --credentials keys.json --read-only --prefix reports/",
} as const satisfies CommandDefinition;

async function run(context: Context, { options, positionals }: Invocation): Promise<number> {
  checkBuckets(positionals);
  const file = textOption(options, "credentials");
  if (file === undefined) throw new UsageError("say which credentials to try: --credentials FILE");
  const { prefixes, warnings } = readPrefixOptions(options);
  for (const warning of warnings) context.say(`Warning: ${warning}`);
  const keys = await readKeysFile(context, "--credentials", file);
  const { services } = await openServices(context, options);
  const { partition } = services;
  for (const bucket of positionals) await checkReachable(services.s3, bucket);
  const { s3 } = await services.as(keys);
  const progress = statusLine(context.stderr);
  const verification = await tryCredentials({
    tried: s3,
    creator: services.s3,
    buckets: positionals,
    prefixes,
    policies: await expectedPolicies(context, { options, positionals }, prefixes, partition),
    partition,
    secure: services.secure,
    signal: context.signal,
    progress: (done, total) => progress(done === total ? "" : `Trying the credentials: ${done} of ${total}`),
  });
  if (hasOption(options, "nl"))
    for (const row of verificationRows(verification)) await context.print(`${dumps(row)}\n`);
  else for (const line of verificationLines(verification)) await context.print(`${context.shown(line)}\n`);
  const verdicts = verification.findings.map(verdictOf);
  if (verdicts.includes("mismatch") || verification.left.length > 0) return 1;
  return verdicts.includes("unknown") ? notDecidedExit : 0;
}

async function expectedPolicies(
  context: Context,
  { options, positionals }: Invocation,
  prefixes: readonly string[],
  partition: string,
): Promise<readonly PolicyText[]> {
  const policy = textOption(options, "policy");
  if (policy !== undefined) {
    return [...policiesForBuckets(await readPolicyOption(context, "--policy", policy), positionals).values()];
  }
  const statements = listOption(options, "statement").map(parseStatement);
  const grant = { permission: permissionOf(options), prefixes, partition };
  const document = policyOf([...positionals.flatMap((bucket) => bucketStatements(bucket, grant)), ...statements]);
  return [policyOfValue(document)];
}

export const verify: Command = { definition, run };
