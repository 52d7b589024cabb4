import { checkPublic as check, type OutsideAccess, witnessData, witnessText } from "@s3-credentials/policy";
import type { Context } from "../command-line/context.ts";
import {
  type Command,
  type CommandDefinition,
  hasOption,
  type Invocation,
  positional,
  textOption,
} from "../command-line/definition.ts";
import { UsageError } from "../command-line/failures.ts";
import { readPolicyDocument } from "../input/policy-document.ts";
import { answerCodes, answerFormat, renderAnswer, unknownFinding, wholeFinding } from "../output/answers.ts";

const definition = {
  name: "check-public",
  summary:
    "Prove that a bucket policy or trust policy lets nobody outside do anything (exit 0), or show who can do what (1); 3 when that cannot be decided",
  arguments: [{ name: "POLICY", summary: "file with the policy, - for standard input" }],
  options: [
    { name: "account", value: "ID", summary: "the owner's account: every other one is outside" },
    { name: "restrict-public-buckets", summary: "the bucket has a public access block with RestrictPublicBuckets" },
    answerFormat,
  ],
  service: false,
  example: "s3-credentials check-public bucket-policy.json --account 123456789012",
} as const satisfies CommandDefinition;

async function run(context: Context, invocation: Invocation): Promise<number> {
  const { options } = invocation;
  const account = textOption(options, "account");
  if (account !== undefined && !/^\d{12}$/.test(account))
    throw new UsageError(`--account ${account} is not an account: it has twelve digits`);
  const file = await readPolicyDocument(context, positional(invocation, 0));
  if (file.policy.statements.every(({ principal }) => principal === undefined))
    throw new UsageError(
      `${file.name} names no principal: only policies of buckets and roles let in somebody from outside`,
    );
  const answer = check(file.policy, {
    ...(account === undefined ? {} : { account }),
    restrictPublicBuckets: hasOption(options, "restrict-public-buckets"),
  });
  const outside = answer.answer === "unknown" ? [] : answer.outside;
  const findings =
    answer.answer === "unknown"
      ? [unknownFinding(answer.construct)]
      : outside.map((one) =>
          one.who === "service"
            ? wholeFinding("service-access", "suggestion", outsideText(one))
            : wholeFinding("outside-access", "error", outsideText(one)),
        );
  const proved = account === undefined ? "proved: not public" : `proved: nobody outside the account ${account}`;
  await context.print(
    renderAnswer(
      { command: definition.name, format: textOption(options, "format"), file },
      {
        lines: answer.answer === "yes" ? [proved] : [],
        data:
          answer.answer === "unknown"
            ? answer
            : { answer: answer.answer, outside: outside.map((one) => ({ ...one, witness: witnessData(one.witness) })) },
        findings,
      },
    ),
  );
  return answerCodes[answer.answer];
}

const groups = {
  everyone: "everyone, without signing in",
  "any-account": "anybody with an account",
  provider: "whoever signs in through",
  account: "the account",
  service: "the service",
} as const satisfies Record<OutsideAccess["who"], string>;

function outsideText({ who, name, witness }: OutsideAccess): string {
  const whom = who === "service" && name === undefined ? "a service of AWS" : groups[who];
  return `open to ${whom}${name === undefined ? "" : ` ${name}`}: for example ${witnessText(witness)}`;
}

export const checkPublic: Command = { definition, run };
