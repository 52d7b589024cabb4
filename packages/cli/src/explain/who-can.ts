import type { IAMClient } from "@aws-sdk/client-iam";
import {
  type AccessQuestion,
  type AccountDetails,
  accountPrincipals,
  outsidersWhoCan,
  parseArn,
  type PrincipalPolicies,
  whetherCan,
  type WhoCan,
  type WhoCanQuestion,
  type Witness,
  witnessText,
} from "@s3-credentials/policy";
import type { Context } from "../command-line/context.ts";
import { hasOption, type OptionValues } from "../command-line/definition.ts";
import { UsageError } from "../command-line/failures.ts";
import { fromPlain, textField } from "../formats/json.ts";
import { dumps } from "../formats/python-json.ts";
import { accountDetails } from "../service/account-details.ts";
import { callerAccount } from "../service/caller.ts";
import { iamClient } from "../service/clients.ts";
import { controlPolicies } from "../service/control-policies.ts";
import { policiesOfRole, policiesOfUser } from "../service/principal-policies.ts";
import { listRoles } from "../service/roles.ts";
import { listUserNames } from "../service/users.ts";
import { askedConnection, resourceAccess } from "./gather-policies.ts";
import { isJson } from "./read-question.ts";

/**
 * Every user and role of the account is asked about, and everybody outside it. Keys of the request that
 * are not given are open: who may under conditions is listed with them.
 */
export async function whoCan(context: Context, options: OptionValues, question: AccessQuestion): Promise<number> {
  const other = ["user", "role", "policy", "boundary", "session"].find((name) => hasOption(options, name));
  if (other !== undefined)
    throw new UsageError(`--who-can asks about every user and role of the account: leave out --${other}`);
  if (hasOption(options, "tree"))
    throw new UsageError("--tree shows one decision, and --who-can lists principals: leave out one of them");
  const connection = await askedConnection(context, options);
  const iam = await iamClient(connection);
  const layers = await resourceAccess(context, options, connection, question);
  const own = await callerAccount(connection);
  const known = own === undefined ? undefined : await controlPolicies(context, options, connection, own);
  if (known?.notCounted !== undefined) context.say(known.notCounted);
  let found = false;
  const report = async ({ who, access }: WhoCan): Promise<void> => {
    const { through, when, more } = lineOf(access);
    found = true;
    await context.print(
      isJson(options)
        ? `${dumps(fromPlain({ Principal: who, Through: through, ...more }))}\n`
        : `${context.shown(who)}\t${context.shown(through)}${context.shown(when)}\n`,
    );
  };
  const now = new Date();
  // The ARN of a bucket or an object names no account. Unless an account is given, it is the caller's own.
  const asked: WhoCanQuestion = {
    action: question.action,
    resource: question.resource,
    account: question.resourceAccount ?? (parseArn(question.resource)?.account || undefined),
    context: Object.fromEntries(question.context ?? []),
    now,
    controls: known?.controls,
  };
  let account = question.resourceAccount;
  const reportOwn = async (caller: PrincipalPolicies): Promise<void> => {
    account ??= "accountId" in caller.principal ? caller.principal.accountId : undefined;
    const row = whetherCan(caller, asked, layers);
    if (row !== undefined) await report(row);
  };
  for await (const caller of everybodyOf(iam)) await reportOwn(caller);
  if (layers.outside !== "none") {
    const owner = account ?? own ?? "";
    for (const row of outsidersWhoCan({ ...asked, account: owner }, layers)) await report(row);
  }
  if (!found)
    context.say(
      `No user and no role of this account may do ${question.action} on ${question.resource}, and nobody outside it; its root user was not asked about`,
    );
  return 0;
}

/** Users, then roles: from one answer that has them all, or, where that cannot be had, by several calls for each. */
async function* everybodyOf(iam: IAMClient): AsyncGenerator<PrincipalPolicies> {
  let details: AccountDetails;
  try {
    details = await accountDetails(iam);
  } catch {
    // Some callers may not read that, and some services do not have it. Any other failure comes up in the calls that follow too.
    for await (const user of listUserNames(iam)) yield await policiesOfUser(iam, user);
    for await (const role of listRoles(iam)) yield await policiesOfRole(iam, textField(role, "RoleName"), "session");
    return;
  }
  yield* accountPrincipals(details);
}

interface AccessLine {
  readonly through: string;
  /** Under which conditions; empty for always. */
  readonly when: string;
  readonly more: Readonly<Record<string, unknown>>;
}

function lineOf(access: WhoCan["access"]): AccessLine {
  if (access.answer === "unknown")
    return {
      through: "unknown",
      when: `: ${access.construct} cannot be decided`,
      more: { Access: "unknown", Because: access.construct },
    };
  const { through = "" } = access;
  if (access.answer === "always") return { through, when: "", more: {} };
  const { on, allowed, refused } = access;
  return {
    through,
    when: `, depending on ${on.join(", ")}: allowed ${keysText(allowed, on)}, refused ${keysText(refused, on)}`,
    more: { Access: "depends", On: on, Allowed: witnessText(allowed, on), Refused: witnessText(refused, on) },
  };
}

/** `with aws:sourceip "203.0.113.0"`, `without s3:prefix`. */
function keysText({ context }: Witness, keys: readonly string[]): string {
  return keys
    .map((key) => (context[key] === undefined ? `without ${key}` : `with ${key} ${JSON.stringify(context[key])}`))
    .join(" and ");
}
