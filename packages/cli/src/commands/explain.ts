import {
  type ContextLookup,
  evaluate,
  explain as explainAccess,
  findAction,
  type Layers,
  type NamedPolicy,
  nearestAction,
  parseArn,
  parsePolicy,
  type PolicyKind,
} from "@s3-credentials/policy";
import { readLoggedRequest } from "../explain/logged-request.ts";
import { fetchHolder, type NamedPrincipal, principalOfArn, principalOfOption } from "../explain/principal.ts";
import { verdictJson, verdictLines } from "../explain/verdict.ts";
import { type AccessQuestion, readContext, readDenialMessage } from "../input/access-question.ts";
import { fromPlain } from "../formats/json.ts";
import { readPolicyFile, readPolicyText } from "../input/policy-text.ts";
import { UsageError } from "../command-line/failures.ts";
import { dumps } from "../formats/python-json.ts";
import { iamClient, s3Client } from "../service/clients.ts";
import { type Connection, connectionOf } from "../service/connection.ts";
import { need } from "../service/providers.ts";
import { bucketPolicyOf, type Holder, roleHolder, trustPolicyOf, userHolder } from "../service/principal-policies.ts";
import { listRoles } from "../service/roles.ts";
import { listUserNames } from "../service/users.ts";
import { textField } from "../formats/json.ts";
import type { Context } from "../command-line/context.ts";
import {
  type Command,
  type CommandDefinition,
  hasOption,
  type Invocation,
  listOption,
  type OptionValues,
  textOption,
} from "../command-line/definition.ts";

const definition = {
  name: "explain",
  summary: "Say why a request is allowed or denied, statement by statement, and what single change would allow it",
  arguments: [],
  options: [
    { name: "action", value: "ACTION", offered: "actions", summary: "what is asked for, such as s3:GetObject" },
    { name: "resource", value: "ARN", summary: "what it is asked on" },
    { name: "context", value: "KEY=VALUE", repeatable: true, summary: "condition key of the request" },
    { name: "user", value: "NAME", summary: "the user who asks, by name or ARN; its policies are fetched" },
    { name: "role", value: "NAME", summary: "the role whose session asks, by name or ARN; its policies are fetched" },
    { name: "message", value: "TEXT", summary: "an AccessDenied message: who, what and on what are read from it" },
    { name: "request-id", value: "ID", summary: "a request of the gateway: all is read from its log, given by --log" },
    { name: "log", value: "FILE", summary: "log of the gateway, - for standard input" },
    {
      name: "policy",
      value: "FILE",
      repeatable: true,
      summary: "policy of the caller, from a file: nothing is fetched",
    },
    { name: "boundary", value: "FILE", summary: "permissions boundary, from a file" },
    { name: "session", value: "FILE", repeatable: true, summary: "session policy, from a file" },
    { name: "resource-policy", value: "FILE", summary: "policy of the resource, from a file" },
    { name: "who-can", summary: "list who may do it, and through what" },
    { name: "json", summary: "as JSON" },
  ],
  service: true,
  example: "s3-credentials explain --user ann --action s3:GetObject --resource arn:aws:s3:::my-bucket/key",
} as const satisfies CommandDefinition;

async function run(context: Context, { options }: Invocation): Promise<number> {
  const question = await readQuestion(context, options);
  const { action } = question;
  const meant = findAction(action) === undefined ? nearestAction(action) : undefined;
  if (meant !== undefined) context.say(`Warning: ${action} is no action that is known here; did you mean ${meant}?`);
  const given = new Map([...(question.context ?? []), ...readContext(listOption(options, "context"))]);
  if (hasOption(options, "who-can")) return whoCan(context, options, question, given);
  const { holder, layers } = await gather(context, options, question);
  const explanation = explainAccess(layers, request(holder, question, given));
  const around = {
    told: question.told,
    from: hasOption(options, "request-id") ? "log" : "message",
    hiddenSession: isSession(holder, question) && layers.sessions.length === 0,
  } as const;
  if (hasOption(options, "json")) await context.print(`${dumps(fromPlain(verdictJson(explanation, around)), 4)}\n`);
  else for (const line of verdictLines(explanation, around)) await context.print(`${context.shown(line)}\n`);
  return 0;
}

/** A session may have policies of its own; so has a user's whose message says that one decided. */
function isSession({ principal }: Holder, { told }: AccessQuestion): boolean {
  return principal.kind === "role-session" || told?.layer === "session";
}

async function readQuestion(context: Context, options: OptionValues): Promise<AccessQuestion> {
  const message = textOption(options, "message");
  const requestId = textOption(options, "request-id");
  const log = textOption(options, "log");
  const action = textOption(options, "action");
  if ([message, requestId, action].filter((text) => text !== undefined).length > 1)
    throw new UsageError("--message, --request-id and --action each say what is asked: give one of them");
  if ((requestId === undefined) !== (log === undefined))
    throw new UsageError("--request-id ID and --log FILE belong together");
  if (message !== undefined) return readDenialMessage(message);
  if (requestId !== undefined && log !== undefined)
    return readLoggedRequest(await readPolicyText(context, "--log", log), requestId);
  if (action === undefined)
    throw new UsageError("say what is asked for: --action and --resource, or --message, or --request-id and --log");
  return checkedQuestion(action, textOption(options, "resource") ?? "*");
}

/** What could match no statement is a slip: an answer about it would mislead. */
function checkedQuestion(action: string, resource: string): AccessQuestion {
  if (!/^[\w-]+:\w+$/.test(action))
    throw new UsageError(`invalid --action "${action}": it is SERVICE:NAME, such as s3:GetObject`);
  if (resource !== "*" && parseArn(resource) === undefined)
    throw new UsageError(`invalid --resource "${resource}": it is an ARN, such as arn:aws:s3:::my-bucket/key, or *`);
  return { action, resource };
}

function request(
  holder: Holder,
  { action, resource, resourceAccount }: AccessQuestion,
  given: ReadonlyMap<string, string | readonly string[]>,
) {
  const { principal } = holder;
  const account = "accountId" in principal ? principal.accountId : undefined;
  return {
    principal,
    action,
    resource,
    // S3 ARNs name no account; what is asked about is taken to be the caller's own.
    resourceAccount: resourceAccount ?? (parseArn(resource)?.account || account),
    context: contextOf(holder, given),
  };
}

/** What is given, and what follows from who asks. */
function contextOf({ principal, tags }: Holder, given: ReadonlyMap<string, string | readonly string[]>): ContextLookup {
  const own = new Map<string, string>([["aws:currenttime", new Date().toISOString()]]);
  own.set("aws:epochtime", String(Math.floor(Date.now() / 1000)));
  if ("accountId" in principal) own.set("aws:principalaccount", principal.accountId);
  if ("arn" in principal)
    own.set("aws:principalarn", principal.kind === "role-session" ? principal.roleArn : principal.arn);
  if (principal.kind === "user") own.set("aws:username", principal.userName).set("aws:userid", principal.userId);
  if (principal.kind === "role-session") own.set("aws:userid", `${principal.roleId}:${principal.sessionName}`);
  for (const [key, value] of tags) own.set(`aws:principaltag/${key.toLowerCase()}`, value);
  return (key) => given.get(key.toLowerCase()) ?? own.get(key.toLowerCase());
}

async function askedConnection(context: Context, options: OptionValues): Promise<Connection> {
  const connection = await connectionOf(context, options);
  need(connection.provider, "ownership", "be asked who may do what");
  return connection;
}

interface Gathered {
  readonly holder: Holder;
  readonly layers: Layers;
}

async function gather(context: Context, options: OptionValues, question: AccessQuestion): Promise<Gathered> {
  const files = ["policy", "boundary", "session", "resource-policy"].some((name) => hasOption(options, name));
  const named = principalOf(options, question);
  const connection = files && named === undefined ? undefined : await askedConnection(context, options);
  const holder = await holderOf(connection, named);
  const sessions = [];
  for (const file of listOption(options, "session"))
    sessions.push(await policyOfFile(context, "--session", file, "session"));
  const identity = [...holder.layers.identity];
  for (const file of listOption(options, "policy"))
    identity.push(await policyOfFile(context, "--policy", file, "identity"));
  const boundary = textOption(options, "boundary");
  return {
    holder,
    layers: {
      guardrails: [],
      identity,
      boundary:
        boundary === undefined
          ? holder.layers.boundary
          : await policyOfFile(context, "--boundary", boundary, "boundary"),
      sessions: sessions.length === 0 ? [] : [sessions],
      resource: await resourcePolicy(context, options, connection, question),
    },
  };
}

function principalOf(options: OptionValues, { principal }: AccessQuestion): NamedPrincipal | undefined {
  const user = textOption(options, "user");
  const role = textOption(options, "role");
  if (user !== undefined && role !== undefined) throw new UsageError("--user and --role cannot be used together");
  if (user !== undefined) return principalOfOption("user", user);
  if (role !== undefined) return principalOfOption("role", role);
  return principal === undefined ? undefined : principalOfArn(principal);
}

/** Of files alone: some user of some account. */
const anyUser: Holder = {
  principal: {
    kind: "user",
    accountId: "000000000000",
    arn: "arn:aws:iam::000000000000:user/user",
    userId: "AIDA",
    userName: "user",
  },
  layers: { identity: [], boundary: "none" },
  tags: new Map(),
};

async function holderOf(connection: Connection | undefined, named: NamedPrincipal | undefined): Promise<Holder> {
  if (connection === undefined) return anyUser;
  if (named === undefined)
    throw new UsageError("say who asks: --user NAME or --role NAME, or give policies as files: --policy FILE");
  return fetchHolder(connection, await iamClient(connection), named);
}

/** A policy that a service gives out and that does not parse denies; of a file that was meant to be one, what is wrong is told. */
async function policyOfFile(context: Context, option: string, file: string, kind: PolicyKind): Promise<NamedPolicy> {
  const { policy, diagnostics } = parsePolicy(await readPolicyFile(context, option, file), kind);
  if (policy !== undefined) return { name: file, policy };
  const why = diagnostics.find(({ severity }) => severity === "error")?.message ?? "it has no statements";
  throw new UsageError(
    `the ${option} file ${file} is no ${kind} policy: ${why}; see s3-credentials validate-policy --kind ${kind} ${file}`,
  );
}

function resourceKind({ action }: AccessQuestion): "trust" | "resource" {
  return action.toLowerCase().startsWith("sts:assumerole") ? "trust" : "resource";
}

async function resourcePolicy(
  context: Context,
  options: OptionValues,
  connection: Connection | undefined,
  question: AccessQuestion,
): Promise<Layers["resource"]> {
  const file = textOption(options, "resource-policy");
  if (file !== undefined)
    return { kind: "resource", policy: await policyOfFile(context, "--resource-policy", file, resourceKind(question)) };
  if (connection === undefined) return "none";
  if (resourceKind(question) === "trust") return trustPolicyOf(await iamClient(connection), question.resource);
  return bucketPolicyOf(await s3Client(connection), question.resource);
}

/** Every user and role of the account is asked about, one after the other. */
async function whoCan(
  context: Context,
  options: OptionValues,
  question: AccessQuestion,
  given: ReadonlyMap<string, string | readonly string[]>,
): Promise<number> {
  const other = ["user", "role", "policy", "boundary", "session"].find((name) => hasOption(options, name));
  if (other !== undefined)
    throw new UsageError(`--who-can asks about every user and role of the account: leave out --${other}`);
  const connection = await askedConnection(context, options);
  const iam = await iamClient(connection);
  const resource = await resourcePolicy(context, options, connection, question);
  const tell = async (holder: Holder): Promise<void> => {
    const layers: Layers = { guardrails: [], ...holder.layers, sessions: [], resource };
    const { allowed, layer, statement } = evaluate(layers, request(holder, question, given));
    if (!allowed) return;
    const { principal } = holder;
    const who = principal.kind === "role-session" ? principal.roleArn : "arn" in principal ? principal.arn : "";
    const through = statement === undefined ? layer : `${statement.policyName}, statement ${statement.index + 1}`;
    await context.print(
      hasOption(options, "json")
        ? `${dumps(fromPlain({ Principal: who, Through: through }))}\n`
        : `${context.shown(who)}\t${context.shown(through)}\n`,
    );
  };
  for await (const user of listUserNames(iam)) await tell(await userHolder(iam, user));
  for await (const role of listRoles(iam)) await tell(await roleHolder(iam, textField(role, "RoleName"), "session"));
  return 0;
}

export const explain: Command = { definition, run };
