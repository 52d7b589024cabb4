import {
  compareForReview,
  describeComparison,
  type Finding,
  type Policy,
  type ReviewedComparison,
  witnessData,
  witnessText,
} from "@s3-credentials/policy";
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
import {
  answerCodes,
  answerData,
  answerFormat,
  differenceFindings,
  renderAnswer,
  wholeFinding,
} from "../output/answers.ts";

const definition = {
  name: "compare-policies",
  summary:
    "Say whether the first policy allows nothing that the second does not (exit 0), or show requests that it does (1); 3 when that cannot be decided",
  arguments: [
    { name: "A", summary: "file with the policy in question, - for standard input" },
    { name: "B", summary: "file with the policy it is compared with" },
  ],
  options: [{ name: "equivalent", summary: "yes only when both allow the same" }, answerFormat],
  service: false,
  example: "s3-credentials compare-policies new.json old.json",
} as const satisfies CommandDefinition;

async function run(context: Context, invocation: Invocation): Promise<number> {
  const { options } = invocation;
  const [a, b] = [positional(invocation, 0), positional(invocation, 1)];
  if (a === "-" && b === "-") throw new UsageError("only one of the policies can come from standard input");
  const [left, right] = [await readPolicyDocument(context, a), await readPolicyDocument(context, b)];
  const compared = compareForReview(left.policy, right.policy);
  const { relation, inside, around, common } = compared;
  const same = hasOption(options, "equivalent");
  const answers = same ? [inside.answer, around.answer] : [inside.answer];
  const answer = answers.includes("no") ? "no" : answers.includes("unknown") ? "unknown" : "yes";
  const format = textOption(options, "format");
  const rendering = { command: definition.name, format, file: left };
  const rendered = renderAnswer(rendering, {
    lines: describeComparison(compared, [a, b]).map((line) => context.shown(line)),
    data: {
      answer,
      relation,
      inside: answerData(inside),
      around: answerData(around),
      common: common === undefined ? null : witnessData(common),
    },
    findings: format === "sarif" ? findingsOf(left.policy, compared) : [],
  });
  await context.print(rendered);
  return answerCodes[answer];
}

/** Documents that only deny have no statement that allows the difference, so their finding points to no line. */
function findingsOf(policy: Policy, { inside, onlyDenies }: ReviewedComparison): readonly Finding[] {
  if (!onlyDenies || inside.answer !== "no") return differenceFindings("wider-access", policy, inside);
  const [{ witness }] = inside.differences;
  return [wholeFinding("wider-access", "error", `no longer denies ${witnessText(witness)}`)];
}

export const comparePolicies: Command = { definition, run };
