import {
  accessOverUnknowns,
  compilePolicy,
  decide,
  type EffectiveAccess,
  type Layers,
  type NamedProgram,
  parsePolicy,
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
import { describeError } from "../output/errors.ts";
import { iamClient, s3Client, stsClient } from "../service/clients.ts";
import type { Connection } from "../service/connection.ts";
import {
  accountRestrictsPublicBuckets,
  type PrincipalPolicies,
  policiesOfRole,
  policiesOfUser,
  restrictsPublicBuckets,
} from "../service/principal-policies.ts";
import { listRoles } from "../service/roles.ts";
import { listUserNames } from "../service/users.ts";
import { askedConnection, resourcePolicy } from "./gather-policies.ts";
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
  const resource = await resourcePolicy(context, options, connection, question);
  const restricted = await isRestricted(context, options, connection, question, resource);
  let found = false;
  const report = async (who: string, caller: PrincipalPolicies, asked = question): Promise<boolean> => {
    const line = accessOf(caller, asked, resource, restricted);
    if (line === undefined) return false;
    found = true;
    await context.print(
      hasOption(options, "json")
        ? `${dumps(fromPlain({ Principal: who, Through: line.through, ...line.more }))}\n`
        : `${context.shown(who)}\t${context.shown(line.through)}${context.shown(line.when)}\n`,
    );
    return true;
  };
  let account: string | undefined;
  const reportOwn = async (caller: PrincipalPolicies): Promise<void> => {
    const { principal } = caller;
    account ??= "accountId" in principal ? principal.accountId : undefined;
    await report(
      principal.kind === "role-session" ? principal.roleArn : "arn" in principal ? principal.arn : "",
      caller,
    );
  };
  for await (const user of listUserNames(iam)) await reportOwn(await policiesOfUser(iam, user));
  for await (const role of listRoles(iam))
    await reportOwn(await policiesOfRole(iam, textField(role, "RoleName"), "session"));
  const outside = { ...question, resourceAccount: question.resourceAccount ?? account ?? "" };
  if (resource !== "none" && !(await report("everyone, including anonymous callers", anonymous, outside)))
    await report("anybody with an account whose policies allow it", stranger(account), outside);
  if (!found)
    context.say(
      `No user and no role of this account may do ${question.action} on ${question.resource}, and nobody outside it; its root user was not asked about`,
    );
  return 0;
}

/** Of a bucket that is asked for its policy. What cannot be read is not counted, so that nobody is left out. */
async function isRestricted(
  context: Context,
  options: OptionValues,
  connection: Connection,
  { resource, resourceAccount }: AccessQuestion,
  policy: Layers["resource"],
): Promise<boolean> {
  if (hasOption(options, "resource-policy") || policy === "none" || policy.kind === "trust") return false;
  const readOr = async (whose: string, ask: () => Promise<boolean>): Promise<boolean> => {
    try {
      return await ask();
    } catch (error) {
      context.say(
        `The public access block of the ${whose} is not counted, because it cannot be read: ${describeError(error)}`,
      );
      return false;
    }
  };
  return (
    (await readOr("bucket", async () => restrictsPublicBuckets(await s3Client(connection), resource))) ||
    (await readOr("account", async () =>
      accountRestrictsPublicBuckets(connection, resourceAccount ?? (await ownAccount(connection))),
    ))
  );
}

async function ownAccount(connection: Connection): Promise<string> {
  const { GetCallerIdentityCommand } = await import("@aws-sdk/client-sts");
  const { Account } = await (await stsClient(connection)).send(new GetCallerIdentityCommand({}));
  return Account ?? "";
}

const anonymous: PrincipalPolicies = {
  principal: { kind: "anonymous" },
  layers: { identity: [], boundary: "none" },
  tags: new Map(),
};

/** Somebody whose own account allows everything. */
function stranger(account: string | undefined): PrincipalPolicies {
  const accountId = account === "999988887777" ? "888877776666" : "999988887777";
  const principal: Principal = {
    kind: "user",
    accountId,
    arn: `arn:aws:iam::${accountId}:user/anybody`,
    userId: "AIDAANYBODYANYBODYANY",
    userName: "anybody",
  };
  return { principal, layers: { identity: [everything()], boundary: "none" }, tags: new Map() };
}

function everything(): NamedProgram {
  const document = { Version: "2012-10-17", Statement: { Effect: "Allow", Action: "*", Resource: "*" } };
  const { policy } = parsePolicy(JSON.stringify(document), "identity");
  return { name: "own policies", program: policy === undefined ? "unreadable" : compilePolicy(policy) };
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
  restrictPublicBuckets: boolean,
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
    restrictPublicBuckets,
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
  return statement === undefined ? layer : `${statement.policyName}, statement ${statement.index + 1}`;
}

/** `with aws:sourceip "203.0.113.0"`, `without s3:prefix`. */
function keysText({ context }: Witness, keys: readonly string[]): string {
  return keys
    .map((key) => (context[key] === undefined ? `without ${key}` : `with ${key} ${JSON.stringify(context[key])}`))
    .join(" and ");
}
