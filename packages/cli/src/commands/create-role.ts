import { prefixOptions, strictOption } from "../input/bucket-options.ts";
import type { JsonObject } from "../formats/json.ts";
import { dumps } from "../formats/python-json.ts";
import { UsageError } from "../command-line/failures.ts";
import { during } from "../output/errors.ts";
import { shellWord } from "../output/quoting.ts";
import { planNewRole } from "../plan/plan-new-role.ts";
import { readCreateRequest } from "../plan/read-create-request.ts";
import { openServices, type Services } from "../plan/services.ts";
import { readRole } from "../service/roles.ts";
import { runPlan, planOption } from "./run-plan.ts";
import type { Context } from "../command-line/context.ts";
import type { Command, CommandDefinition, Invocation } from "../command-line/definition.ts";
import { readTrust } from "../input/trust.ts";

const definition = {
  name: "create-role",
  summary:
    "Create a role for the given buckets, and for nothing else, that a service, an account, a user or a role may assume",
  arguments: [
    { name: "NAME", summary: "name of the role" },
    { name: "BUCKETS", summary: "names of the buckets", repeatable: true },
  ],
  options: [
    {
      name: "trust",
      value: "WHO",
      repeatable: true,
      summary: "who may assume it: a service (ec2.amazonaws.com), an account ID, or the ARN of a user or role",
    },
    { name: "trust-policy", value: "POLICY", summary: "or the trust policy: file, JSON or - for standard input" },
    ...prefixOptions,
    { name: "read-only", summary: "reading only" },
    { name: "write-only", summary: "writing only" },
    { name: "policy", value: "POLICY", summary: "custom policy: file or JSON; $!BUCKET_NAME!$ is the bucket" },
    { name: "statement", value: "JSON", repeatable: true, summary: "statement to add to the policy" },
    strictOption,
    { name: "tag", value: "KEY=VALUE", repeatable: true, summary: "tag of the role" },
    { name: "silent", summary: "do not report the steps" },
    planOption,
  ],
  service: true,
  handlesInterrupt: true,
  example: "s3-credentials create-role thumbnails my-bucket --read-only --trust lambda.amazonaws.com",
} as const satisfies CommandDefinition;

async function run(context: Context, { options, positionals }: Invocation): Promise<number> {
  const [name = "", ...buckets] = positionals;
  if (!/^[\w+=,.@-]{1,64}$/.test(name))
    throw new UsageError(`invalid role name "${name}": it has 1 to 64 letters, digits and any of _+=,.@-`);
  const { services } = await openServices(context, options);
  const trust = await readTrust(context, options, services.partition);
  const { request, warnings, proved } = await readCreateRequest(
    context,
    { options, positionals: buckets },
    services.partition,
    "role",
  );
  const plan = await planNewRole(name, trust.document, request, services);
  const all = [...warnings, ...trust.warnings, ...plan.warnings];
  if (!(await runPlan(context, options, { ...plan, warnings: all, proved }, services))) return 0;
  await context.print(`${dumps(await readMade(services, name), 4)}\n`);
  return 0;
}

async function readMade({ iam }: Services, name: string): Promise<JsonObject> {
  try {
    return await readRole(iam, name);
  } catch (error) {
    throw during(`role ${name} is made, and cannot be shown; list-roles ${shellWord(name)} shows it`, error);
  }
}

export const createRole: Command = { definition, run };
