import { checkAccess as check, parseActionPattern } from "@s3-credentials/policy";
import type { Context } from "../command-line/context.ts";
import {
  type Command,
  type CommandDefinition,
  type Invocation,
  listOption,
  positional,
  textOption,
} from "../command-line/definition.ts";
import { UsageError } from "../command-line/failures.ts";
import { isObject } from "../formats/json.ts";
import { checkBuckets } from "../input/bucket-options.ts";
import { readPolicyDocument } from "../input/policy-document.ts";
import { requireJson } from "../input/policy-text.ts";
import { answerCodes, answerData, answerFormat, differenceFindings, renderAnswer } from "../output/answers.ts";

const definition = {
  name: "check-access",
  summary:
    "Prove that a policy allows nothing outside the named buckets, prefixes and actions (exit 0), or show requests that it allows (1); 3 when that cannot be decided",
  arguments: [{ name: "POLICY", summary: "file with the policy, - for standard input" }],
  options: [
    { name: "only-bucket", value: "BUCKET", repeatable: true, summary: "a bucket that may be reached" },
    {
      name: "only-prefix",
      value: "PREFIX",
      repeatable: true,
      summary: "beginning of the keys that may be reached in it",
    },
    {
      name: "only-actions",
      value: "ACTIONS",
      offered: "actions",
      repeatable: true,
      summary: "actions that may be allowed, with commas between them, such as s3:Get*",
    },
    { name: "only-condition", value: "JSON", summary: "Condition that every permission has to ask for" },
    answerFormat,
  ],
  service: false,
  example: "s3-credentials check-access policy.json --only-bucket my-bucket --only-prefix reports/",
} as const satisfies CommandDefinition;

async function run(context: Context, invocation: Invocation): Promise<number> {
  const { options } = invocation;
  const buckets = listOption(options, "only-bucket");
  const prefixes = listOption(options, "only-prefix");
  const actions = listOption(options, "only-actions").flatMap((text) => text.split(",").map((one) => one.trim()));
  const condition = textOption(options, "only-condition");
  if (buckets.length === 0 && prefixes.length > 0) throw new UsageError("--only-prefix needs --only-bucket");
  if (buckets.length === 0 && actions.length === 0 && condition === undefined)
    throw new UsageError("say what may be allowed: --only-bucket, --only-prefix, --only-actions or --only-condition");
  if (prefixes.includes("")) throw new UsageError("--only-prefix is empty: leave it out to mean every key");
  checkBuckets(buckets, "--only-prefix");
  for (const action of actions)
    if (parseActionPattern(action) === undefined)
      throw new UsageError(`${action} is not an action such as s3:GetObject`);
  const file = await readPolicyDocument(context, positional(invocation, 0));
  const answer = check(file.policy, {
    ...(actions.length === 0 ? {} : { actions }),
    buckets,
    prefixes,
    ...(condition === undefined ? {} : { conditions: conditionBlock(condition) }),
  });
  const bounds = [
    buckets.flatMap((bucket) => (prefixes.length === 0 ? [bucket] : prefixes.map((prefix) => `${bucket}/${prefix}`))),
    actions,
  ];
  const what = bounds
    .map((names) => names.join(", "))
    .filter((names) => names !== "")
    .join(" with ");
  const proved = `proved: nothing outside ${what === "" ? "the condition" : what}`;
  await context.print(
    renderAnswer(
      { command: definition.name, format: textOption(options, "format"), file },
      {
        lines: answer.answer === "yes" ? [context.shown(proved)] : [],
        data: answerData(answer),
        findings: differenceFindings("outside-bounds", file.policy, answer),
      },
    ),
  );
  return answerCodes[answer.answer];
}

type ConditionBlock = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

function conditionBlock(text: string): ConditionBlock {
  const value = text.trimStart().startsWith("{") ? requireJson(text, "--only-condition") : undefined;
  if (value === undefined || !isObject(value) || ![...value.values()].every(isObject))
    throw new UsageError('--only-condition must be an object such as {"Bool": {"aws:SecureTransport": "true"}}');
  return JSON.parse(text) as ConditionBlock;
}

export const checkAccess: Command = { definition, run };
