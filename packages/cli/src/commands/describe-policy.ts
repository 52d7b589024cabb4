import { describePolicy as sentencesOf, renderFindingsSarif, type SarifFile } from "@s3-credentials/policy";
import type { Context } from "../command-line/context.ts";
import { type Command, type CommandDefinition, type Invocation, textOption } from "../command-line/definition.ts";
import { type PolicyFile, readPolicyDocument } from "../input/policy-document.ts";
import { answerFormat, statementFinding, wholeFinding } from "../output/answers.ts";

const definition = {
  name: "describe-policy",
  summary: "Say in sentences what a policy allows and denies, without any call",
  arguments: [{ name: "FILES", summary: "files with a policy each, - for standard input", repeatable: true }],
  options: [answerFormat],
  service: false,
  example: "s3-credentials describe-policy policy.json",
} as const satisfies CommandDefinition;

async function run(context: Context, { options, positionals }: Invocation): Promise<number> {
  const format = textOption(options, "format");
  const files: SarifFile[] = [];
  for (const name of positionals) {
    const file = await readPolicyDocument(context, name);
    const sentences = sentencesOf(file.policy);
    if (format === "sarif") files.push(notesOf(file, sentences));
    else if (format === "json") await context.print(`${JSON.stringify({ name, sentences }, undefined, 2)}\n`);
    else {
      if (positionals.length > 1) await context.print(`${context.shown(name)}\n`);
      for (const sentence of sentences) await context.print(`${context.shown(sentence)}\n`);
    }
  }
  if (format === "sarif") await context.print(renderFindingsSarif(files, definition.name));
  return 0;
}

/** Each sentence at its statement; the last one may be about the whole document. */
function notesOf({ name, text, policy }: PolicyFile, sentences: readonly string[]): SarifFile {
  const findings = sentences.map((sentence, index) =>
    index < policy.statements.length
      ? statementFinding("description", "suggestion", policy, index, sentence)
      : wholeFinding("description", "suggestion", sentence),
  );
  return { name, text, findings };
}

export const describePolicy: Command = { definition, run };
