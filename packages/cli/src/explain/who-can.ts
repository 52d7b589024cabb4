import { decide, type Layers, readRuling } from "@s3-credentials/policy";
import type { Context } from "../command-line/context.ts";
import { hasOption, type OptionValues } from "../command-line/definition.ts";
import { UsageError } from "../command-line/failures.ts";
import { fromPlain, textField } from "../formats/json.ts";
import { dumps } from "../formats/python-json.ts";
import type { AccessQuestion } from "../input/access-question.ts";
import { iamClient } from "../service/clients.ts";
import { type PrincipalPolicies, policiesOfRole, policiesOfUser } from "../service/principal-policies.ts";
import { listRoles } from "../service/roles.ts";
import { listUserNames } from "../service/users.ts";
import { askedConnection, resourcePolicy } from "./gather-policies.ts";
import { accessRequest } from "./read-question.ts";

/** Every user and role of the account is asked about, one after the other. */
export async function whoCan(context: Context, options: OptionValues, question: AccessQuestion): Promise<number> {
  const other = ["user", "role", "policy", "boundary", "session"].find((name) => hasOption(options, name));
  if (other !== undefined)
    throw new UsageError(`--who-can asks about every user and role of the account: leave out --${other}`);
  const connection = await askedConnection(context, options);
  const iam = await iamClient(connection);
  const resource = await resourcePolicy(context, options, connection, question);
  let found = false;
  const report = async (caller: PrincipalPolicies): Promise<void> => {
    const layers: Layers = { guardrails: [], ...caller.layers, sessions: [], resource };
    const { allowed, layer, statement } = readRuling(layers, decide(layers, accessRequest(caller, question)));
    if (!allowed) return;
    found = true;
    const { principal } = caller;
    const who = principal.kind === "role-session" ? principal.roleArn : "arn" in principal ? principal.arn : "";
    const through = statement === undefined ? layer : `${statement.policyName}, statement ${statement.index + 1}`;
    await context.print(
      hasOption(options, "json")
        ? `${dumps(fromPlain({ Principal: who, Through: through }))}\n`
        : `${context.shown(who)}\t${context.shown(through)}\n`,
    );
  };
  for await (const user of listUserNames(iam)) await report(await policiesOfUser(iam, user));
  for await (const role of listRoles(iam))
    await report(await policiesOfRole(iam, textField(role, "RoleName"), "session"));
  if (!found)
    context.say(
      `No user and no role of this account may do ${question.action} on ${question.resource}; its root user was not asked about`,
    );
  return 0;
}
