import { describePolicy as sentencesOf } from "@s3-credentials/policy";
import type { Context } from "../command-line/context.ts";
import { type Command, type CommandDefinition, hasOption, type Invocation } from "../command-line/definition.ts";
import { readPolicyDocument } from "../input/policy-document.ts";

const definition = {
  name: "describe-policy",
  summary: "Say in sentences what a policy allows and denies, without any call",
  arguments: [{ name: "FILES", summary: "files with a policy each, - for standard input", repeatable: true }],
  options: [{ name: "json", summary: "as JSON" }],
  service: false,
  example: "s3-credentials describe-policy policy.json",
} as const satisfies CommandDefinition;

async function run(context: Context, { options, positionals }: Invocation): Promise<number> {
  for (const file of positionals) {
    const { policy } = await readPolicyDocument(context, file);
    const sentences = sentencesOf(policy);
    if (hasOption(options, "json")) await context.print(`${JSON.stringify({ name: file, sentences }, undefined, 2)}\n`);
    else {
      if (positionals.length > 1) await context.print(`${context.shown(file)}\n`);
      for (const sentence of sentences) await context.print(`${context.shown(sentence)}\n`);
    }
  }
  return 0;
}

export const describePolicy: Command = { definition, run };
