import {
  documentKind,
  type PolicyUse,
  policyUses,
  renderFindingsJson,
  renderFindingsSarif,
  type SarifFile,
  renderFindingsText,
  validatePolicy as findingsOf,
} from "@s3-credentials/policy";
import { readInputText } from "../input/policy-text.ts";
import { UsageError } from "../command-line/failures.ts";
import type { Context } from "../command-line/context.ts";
import {
  type Command,
  type CommandDefinition,
  hasOption,
  type Invocation,
  textOption,
} from "../command-line/definition.ts";

/**
 * A file of keys that is taken for a policy: findings show the lines of the file, in logs of CI too. By the name of a secret before its
 * value, as JSON, XML, INI and shells have it; by the heading of a CSV file; by a key id with what belongs to it (`ID:SECRET`). Behind a
 * slash, as in `aws:RequestTag/secret-key`, it is the name of a tag.
 */
const holdsKeys =
  /(?<!\/[\w-]{0,128})(?:secret[_ -]?(?:access[_ -]?)?key|session[_-]?token)["'\s]*[:=>]|secret access key,|\bA[KS]IA[A-Z0-9]{12,}["'\s]*[:,]["'\s]*[A-Za-z0-9/+]{40}/i;

const uses = Object.keys(policyUses);

const definition = {
  name: "validate-policy",
  summary: "Find what is wrong, dangerous or useless in policies, without any call",
  arguments: [{ name: "FILES", summary: "files with a policy each, - for standard input", repeatable: true }],
  options: [
    { name: "kind", value: "KIND", choices: uses, default: "identity", summary: "what the policy is for" },
    { name: "bucket", value: "BUCKET", summary: "the bucket a bucket policy is for" },
    {
      name: "format",
      short: "f",
      value: "FORMAT",
      choices: ["text", "json", "sarif"],
      default: "text",
      summary: "form of the findings",
    },
    { name: "strict", summary: "exit with 1 for warnings and suggestions too" },
  ],
  service: false,
  example: "s3-credentials validate-policy policy.json --kind user-inline",
} as const satisfies CommandDefinition;

async function run(context: Context, { options, positionals }: Invocation): Promise<number> {
  const kind = textOption(options, "kind") ?? "identity";
  if (!isUse(kind)) throw new UsageError(`unknown kind of policy ${kind}: it is one of ${uses.join(", ")}`);
  const bucket = textOption(options, "bucket");
  const format = textOption(options, "format");
  const render = format === "json" ? renderFindingsJson : renderFindingsText;
  const files: SarifFile[] = [];
  let failed = false;
  for (const name of positionals) {
    const text = await readInputText(context, "policy", name);
    const shown = name === "-" ? "standard input" : name;
    if (holdsKeys.test(text)) throw new UsageError(`${shown} holds credentials, not a policy; nothing of it is shown`);
    const findings = findingsOf(text, { kind, ...(bucket === undefined ? {} : { bucket }) });
    failed ||= findings.some(({ severity }) => severity === "error" || hasOption(options, "strict"));
    if (format === "sarif") {
      files.push({ name, text, findings });
      continue;
    }
    if (kind === "identity" && findings.some(({ code }) => code === "prohibited-principal"))
      context.say(`${shown} names a principal, as policies of buckets and roles do: add --kind ${documentKind(text)}`);
    const rendered = render(findings, { name, text });
    await context.print(rendered === "" || rendered.endsWith("\n") ? rendered : `${rendered}\n`);
  }
  // Of all files in one log: two in a row are none.
  if (format === "sarif") await context.print(renderFindingsSarif(files, definition.name));
  return failed ? 1 : 0;
}

function isUse(name: string): name is PolicyUse {
  return uses.includes(name);
}

export const validatePolicy: Command = { definition, run };
