import type { IAMClient } from "@aws-sdk/client-iam";
import { type JsonObject, textField } from "../formats/json.ts";
import { writeRows } from "../output/rows.ts";
import { iamClient } from "../service/clients.ts";
import { connectionOf } from "../service/connection.ts";
import { listRoles as rolesOf, withPolicies } from "../service/roles.ts";
import type { Context } from "../command-line/context.ts";
import { type Command, type CommandDefinition, hasOption, type Invocation } from "../command-line/definition.ts";
import { warnMissing, rowFormat, rowOptions } from "./row-options.ts";

const definition = {
  name: "list-roles",
  summary: "List the roles of the account, or the named ones of them",
  arguments: [{ name: "ROLES", summary: "names of roles", optional: true, repeatable: true }],
  options: [
    { name: "details", summary: "add the inline and attached policies of each with their documents" },
    ...rowOptions,
  ],
  service: true,
  example: "s3-credentials list-roles s3-credentials.AmazonS3FullAccess --details",
} as const satisfies CommandDefinition;

const headers = [
  "Path",
  "RoleName",
  "RoleId",
  "Arn",
  "CreateDate",
  "AssumeRolePolicyDocument",
  "Description",
  "MaxSessionDuration",
  "PermissionsBoundary",
  "Tags",
  "RoleLastUsed",
];
const detailHeaders = [...headers, "inline_policies", "attached_policies"];

async function run(context: Context, { options, positionals }: Invocation): Promise<number> {
  const iam = await iamClient(await connectionOf(context, options));
  const details = hasOption(options, "details");
  const missing = new Set(positionals);
  const rows = rowsOf(iam, missing, details);
  await writeRows(rows, details ? detailHeaders : headers, rowFormat(options), context);
  warnMissing(context, "role", missing);
  return 0;
}

async function* rowsOf(iam: IAMClient, missing: Set<string>, details: boolean): AsyncGenerator<JsonObject> {
  const all = missing.size === 0;
  for await (const role of rolesOf(iam)) {
    if (!all && !missing.delete(textField(role, "RoleName"))) continue;
    yield details ? await withPolicies(iam, role) : role;
  }
}

export const listRoles: Command = { definition, run };
