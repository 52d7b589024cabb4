import { textField } from "../formats/json.ts";
import { serviceTime } from "../service/clients.ts";
import { during, failedWith } from "../output/errors.ts";
import { CommandError, UsageError } from "../command-line/failures.ts";
import { roleName as ownRole } from "../plan/names.ts";
import { identityRevocationName, revocationPolicy, revocationPolicyName } from "../plan/revocation.ts";
import { openServices, type Services } from "../plan/services.ts";
import type { Plan, Step } from "../plan/steps.ts";
import { decodeDocument } from "../service/document.ts";
import { listKeys, userPolicyText } from "../service/users.ts";
import { need } from "../service/providers.ts";
import { runPlan, planOption } from "./run-plan.ts";
import type { Context } from "../command-line/context.ts";
import { type Command, type CommandDefinition, type Invocation, textOption } from "../command-line/definition.ts";

const definition = {
  name: "revoke",
  summary: "End credentials at once: a user's keys and sessions, a role's sessions until now, or one session of a role",
  arguments: [{ name: "USER", summary: "name of the user", optional: true }],
  options: [
    { name: "key", value: "ID", summary: "only this access key of the user" },
    { name: "role", value: "NAME", summary: "the sessions of this role that exist now" },
    {
      name: "source-identity",
      value: "NAME",
      summary: `only sessions with this source identity, of --role or of the tool's own role`,
    },
    { name: "silent", summary: "do not report the steps" },
    planOption,
  ],
  service: true,
  handlesInterrupt: true,
  example: "s3-credentials revoke --source-identity alice",
} as const satisfies CommandDefinition;

async function run(context: Context, { options, positionals }: Invocation): Promise<number> {
  const [user] = positionals;
  const key = textOption(options, "key");
  const sourceIdentity = textOption(options, "source-identity");
  const role = textOption(options, "role") ?? (sourceIdentity === undefined ? undefined : ownRole);
  if ((user === undefined) === (role === undefined))
    throw new UsageError("say what to revoke: a USER, or --role NAME, or --source-identity NAME");
  if (key !== undefined && user === undefined) throw new UsageError("--key is for a key of a USER");
  const { services } = await openServices(context, options);
  const plan =
    user === undefined
      ? await planRole(services, role ?? ownRole, sourceIdentity)
      : await planUser(services, user, key);
  const done = await runPlan(context, options, plan, services);
  if (done && user !== undefined && key === undefined) await demandNoKey(services, user);
  return 0;
}

/** Another command, such as rotate-key, may have made a key after this one looked. */
async function demandNoKey({ iam }: Services, user: string): Promise<void> {
  const active: string[] = [];
  try {
    for await (const key of listKeys(iam, user))
      if (textField(key, "Status") === "Active") active.push(textField(key, "AccessKeyId"));
  } catch (error) {
    throw during(`what was to end has ended; whether user ${user} has got a key meanwhile is not known`, error);
  }
  if (active[0] !== undefined)
    throw new CommandError(
      `access key ${active[0]} of user ${user} was made or turned on meanwhile, and works; run the command again`,
    );
}

async function planUser({ iam, provider }: Services, user: string, only: string | undefined): Promise<Plan> {
  need(provider, "users", "revoke the keys of a user");
  const ending = provider.lacks["key-status"] === undefined ? "deactivate-access-key" : "delete-access-key";
  const steps: Step[] = [];
  const keys: string[] = [];
  for await (const key of listKeys(iam, user)) {
    const accessKeyId = textField(key, "AccessKeyId");
    keys.push(accessKeyId);
    const wanted = only === undefined || only === accessKeyId;
    if (wanted && textField(key, "Status") === "Active") steps.push({ kind: ending, user, accessKeyId });
  }
  if (only !== undefined) {
    if (!keys.includes(only))
      throw new CommandError(`user ${user} has no access key ${only}; list-keys ${user} shows them`);
    return { steps, warnings: [], stays: true };
  }
  if (provider.lacks.revocation !== undefined)
    return {
      steps,
      stays: true,
      warnings: [`${provider.title} cannot end sessions that user ${user} took before: they end by themselves`],
    };
  const previous = await orAbsent(() => userPolicyText(iam, user, revocationPolicyName));
  steps.push({
    kind: "put-user-policy",
    user,
    policy: revocationPolicyName,
    document: revocationPolicy(await serviceTime(iam)),
    ...(previous === undefined ? {} : { previous }),
  });
  return { steps, warnings: [], stays: true };
}

async function planRole({ iam, provider }: Services, role: string, sourceIdentity: string | undefined): Promise<Plan> {
  need(provider, "revocation", "revoke sessions of a role");
  const { GetRoleCommand, GetRolePolicyCommand } = await import("@aws-sdk/client-iam");
  // A role that does not exist is reported here, before anything is done.
  await iam.send(new GetRoleCommand({ RoleName: role }));
  const policy = sourceIdentity === undefined ? revocationPolicyName : identityRevocationName(sourceIdentity);
  const previous = await orAbsent(async () => {
    const { PolicyDocument } = await iam.send(new GetRolePolicyCommand({ RoleName: role, PolicyName: policy }));
    return decodeDocument(PolicyDocument ?? "");
  });
  const document = revocationPolicy(await serviceTime(iam), sourceIdentity);
  const step = { kind: "put-role-policy", role, policy, document } as const;
  return { steps: [previous === undefined ? step : { ...step, previous }], warnings: [], stays: true };
}

async function orAbsent(read: () => Promise<string>): Promise<string | undefined> {
  try {
    return await read();
  } catch (error) {
    if (failedWith(error, "NoSuchEntity", "NoSuchEntityException")) return undefined;
    throw error;
  }
}

export const revoke: Command = { definition, run };
