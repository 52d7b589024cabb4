import {
  accessOverUnknowns,
  decide,
  type EffectiveAccess,
  type Layers,
  parseArn,
  type Principal,
  readRuling,
  type Witness,
  witnessText,
} from "@s3-credentials/policy";
import type { Context } from "../command-line/context.ts";
import { hasOption, type OptionValues } from "../command-line/definition.ts";
import { UsageError } from "../command-line/failures.ts";
import { fromPlain, textField } from "../formats/json.ts";
import { dumps } from "../formats/python-json.ts";
import type { AccessQuestion } from "../input/access-question.ts";
import { callerAccount } from "../service/caller.ts";
import { iamClient } from "../service/clients.ts";
import { type PrincipalPolicies, policiesOfRole, policiesOfUser } from "../service/principal-policies.ts";
import { listRoles } from "../service/roles.ts";
import { listUserNames } from "../service/users.ts";
import { askedConnection, isOutsider, resourceAccess } from "./gather-policies.ts";
import { allowedAll, principalAlone } from "./principal.ts";
import { accessRequest } from "./read-question.ts";

/** How somebody signs in is not known beforehand, so a policy that asks for it makes the answer depend on it. */
const signInKeys = ["aws:MultiFactorAuthPresent", "aws:MultiFactorAuthAge", "aws:TokenIssueTime", "aws:SourceIdentity"];

/**
 * Every user and role of the account is asked about, one after the other, and everybody outside it. Keys of the request that
 * are not given are open: who may under conditions is listed with them.
 */
export async function whoCan(context: Context, options: OptionValues, question: AccessQuestion): Promise<number> {
  const other = ["user", "role", "policy", "boundary", "session"].find((name) => hasOption(options, name));
  if (other !== undefined)
    throw new UsageError(`--who-can asks about every user and role of the account: leave out --${other}`);
  const connection = await askedConnection(context, options);
  const iam = await iamClient(connection);
  const { layer, outside, ownerId } = await resourceAccess(context, options, connection, question);
  let found = false;
  const report = async (who: string, { through, when, more }: AccessLine): Promise<void> => {
    found = true;
    await context.print(
      hasOption(options, "json")
        ? `${dumps(fromPlain({ Principal: who, Through: through, ...more }))}\n`
        : `${context.shown(who)}\t${context.shown(through)}${context.shown(when)}\n`,
    );
  };
  let account = question.resourceAccount;
  const reportOwn = async (caller: PrincipalPolicies): Promise<void> => {
    const { principal } = caller;
    account ??= "accountId" in principal ? principal.accountId : undefined;
    const line = accessOf(caller, question, isOutsider(caller, question) ? outside : layer);
    const who = principal.kind === "role-session" ? principal.roleArn : "arn" in principal ? principal.arn : "";
    if (line !== undefined) await report(who, line);
  };
  for await (const user of listUserNames(iam)) await reportOwn(await policiesOfUser(iam, user));
  for await (const role of listRoles(iam))
    await reportOwn(await policiesOfRole(iam, textField(role, "RoleName"), "session"));
  if (outside !== "none") {
    const owner = account ?? (await callerAccount(connection)) ?? "";
    const before = new Set<string>();
    for (const [who, caller] of outsiders(outside, { account: owner, ownerId })) {
      const line = accessOf(caller, { ...question, resourceAccount: owner }, outside);
      const same = line === undefined ? "" : `${line.through}${line.when}`;
      // The same statement already lets in a larger group, which was reported: this principal is in it.
      if (line !== undefined && !before.has(same)) await report(who, line);
      before.add(same);
    }
  }
  if (!found)
    context.say(
      `No user and no role of this account may do ${question.action} on ${question.resource}, and nobody outside it; its root user was not asked about`,
    );
  return 0;
}

const anonymous: PrincipalPolicies = {
  principal: { kind: "anonymous" },
  layers: { identity: [], boundary: "none" },
  tags: new Map(),
};

/** Somebody of another account, whose own policies allow everything. */
function stranger(account: string, canonicalId?: string): PrincipalPolicies {
  return strangerOf(account === "999988887777" ? "888877776666" : "999988887777", canonicalId);
}

function strangerOf(accountId: string, canonicalId?: string): PrincipalPolicies {
  const principal: Principal = {
    kind: "user",
    accountId,
    ...(canonicalId === undefined ? {} : { canonicalId }),
    arn: `arn:aws:iam::${accountId}:user/anybody`,
    userId: "AIDAANYBODYANYBODYANY",
    userName: "anybody",
  };
  return { principal, layers: allowedAll(), tags: new Map() };
}

/** Everybody outside the account, from all to those whom the policy or an ACL names. */
function outsiders(
  { policy: { program } }: Exclude<Layers["resource"], "none">,
  { account, ownerId }: { readonly account: string; readonly ownerId: string | undefined },
): ReadonlyMap<string, PrincipalPolicies> {
  const found = new Map([
    ["everyone, including anonymous callers", anonymous],
    ["anybody with an account whose policies allow it", stranger(account)],
  ]);
  const statements = program === "unreadable" ? [] : program.source.statements;
  const entries = statements.flatMap(({ effect, principal }) =>
    effect === "Allow" && principal?.negated === false ? principal.entries : [],
  );
  for (const entry of entries) {
    if (entry.kind === "account" && entry.accountId !== account)
      found.set(`anybody of the account ${entry.accountId} whose policies allow it`, strangerOf(entry.accountId));
    if (entry.kind === "canonical-user" && entry.id !== ownerId) {
      const name = `anybody of the account with the canonical user id ${entry.id} whose policies allow it`;
      found.set(name, stranger(account, entry.id));
    }
    const named = "arn" in entry && parseArn(entry.arn)?.account !== account ? principalAlone(entry.arn) : undefined;
    if ("arn" in entry && named !== undefined)
      found.set(`${entry.arn}, whose own policies have to allow it`, { ...named, layers: allowedAll() });
  }
  return found;
}

interface AccessLine {
  readonly through: string;
  /** Under which conditions; empty for always. */
  readonly when: string;
  readonly more: Readonly<Record<string, unknown>>;
}

/** Undefined for somebody who may not, whatever the request says about itself. */
function accessOf(
  caller: PrincipalPolicies,
  question: AccessQuestion,
  resource: Layers["resource"],
): AccessLine | undefined {
  const layers: Layers = { guardrails: [], ...caller.layers, sessions: [], resource };
  const { principal, resourceAccount, context } = accessRequest(caller, question);
  const now = ["aws:currenttime", "aws:epochtime"].flatMap((key) => {
    const value = context(key);
    return value === undefined ? [] : [[key, value] as const];
  });
  const access: EffectiveAccess = {
    layers,
    principal,
    facts: { tags: caller.tags },
    openKeys: "accountId" in principal ? signInKeys : [],
    resourceAccount,
    context: { ...Object.fromEntries(now), ...Object.fromEntries(question.context ?? []) },
  };
  const found = accessOverUnknowns(access)({ action: question.action, resource: question.resource });
  if (found.answer === "never") return undefined;
  if (found.answer === "unknown")
    return {
      through: "unknown",
      when: `: ${found.construct} cannot be decided`,
      more: { Access: "unknown", Because: found.construct },
    };
  const through = throughOf(layers, found.allowed);
  if (found.answer === "always") return { through, when: "", more: {} };
  const { on, allowed, refused } = found;
  return {
    through,
    when: `, depending on ${on.join(", ")}: allowed ${keysText(allowed, on)}, refused ${keysText(refused, on)}`,
    more: { Access: "depends", On: on, Allowed: witnessText(allowed), Refused: witnessText(refused) },
  };
}

function throughOf(layers: Layers, witness: Witness): string {
  const request = { ...witness, context: (key: string) => witness.context[key.toLowerCase()] };
  const { layer, statement } = readRuling(layers, decide(layers, request));
  if (statement === undefined) return layer;
  const { policyName, index, sid } = statement;
  return `${policyName}, statement ${index + 1}${sid === undefined ? "" : ` (${sid})`}`;
}

/** `with aws:sourceip "203.0.113.0"`, `without s3:prefix`. */
function keysText({ context }: Witness, keys: readonly string[]): string {
  return keys
    .map((key) => (context[key] === undefined ? `without ${key}` : `with ${key} ${JSON.stringify(context[key])}`))
    .join(" and ");
}
