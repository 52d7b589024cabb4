import {
  type AccessQuestion,
  explain as explainAccess,
  isKnownAction,
  type PrincipalPolicies,
} from "@s3-credentials/policy";
import type { Context } from "../command-line/context.ts";
import {
  type Command,
  type CommandDefinition,
  hasOption,
  type Invocation,
  type OptionValues,
  textOption,
} from "../command-line/definition.ts";
import { UsageError } from "../command-line/failures.ts";
import { type Gathered, gatherPolicies } from "../explain/gather-policies.ts";
import { accessRequest, isJson, readQuestion } from "../explain/read-question.ts";
import { readRecordedDecision } from "../explain/recorded-decision.ts";
import { verdictJson, verdictLines } from "../explain/verdict.ts";
import { whoCan } from "../explain/who-can.ts";
import { fromPlain } from "../formats/json.ts";
import { dumps } from "../formats/python-json.ts";
import { connectionOf } from "../service/connection.ts";
import { organizationProfileOption } from "../service/control-policies.ts";
import { eventService } from "../service/event-service.ts";

const definition = {
  name: "explain",
  summary: "Say why a request is allowed or denied, statement by statement, and what single change would allow it",
  arguments: [],
  options: [
    { name: "action", value: "ACTION", offered: "actions", summary: "what is asked for, such as s3:GetObject" },
    { name: "resource", value: "ARN", summary: "what it is asked on" },
    {
      name: "resource-account",
      value: "ID",
      summary: "the account that owns the resource, when it is not the caller's",
    },
    { name: "context", value: "KEY=VALUE", repeatable: true, summary: "condition key of the request" },
    {
      name: "user",
      value: "NAME",
      summary: "the user who asks, by name or ARN; its policies are fetched, but for an ARN beside --policy",
    },
    {
      name: "role",
      value: "NAME",
      summary: "the role whose session asks, by name or ARN; its policies are fetched, but for an ARN beside --policy",
    },
    { name: "message", value: "TEXT", summary: "an AccessDenied message: who, what and on what are read from it" },
    {
      name: "request-id",
      value: "ID",
      summary:
        "a request of the gateway, with the policies as they were then, from its record; with --log, from its log",
    },
    { name: "log", value: "FILE", summary: "log of the gateway, - for standard input" },
    {
      name: "policy",
      value: "FILE",
      repeatable: true,
      summary:
        "policy of the caller, from a file, and nothing is fetched; with --user NAME or --role NAME it is added to theirs",
    },
    { name: "boundary", value: "FILE", summary: "permissions boundary, from a file" },
    { name: "session", value: "FILE", repeatable: true, summary: "session policy, from a file" },
    { name: "resource-policy", value: "FILE", summary: "policy of the resource, from a file" },
    { name: "who-can", summary: "list who may do it, and through what" },
    { ...organizationProfileOption, summary: `with --who-can: ${organizationProfileOption.summary}` },
    { name: "tree", summary: "the layers as a tree, with the path that decided" },
    { name: "format", value: "FORMAT", choices: ["text", "json"], default: "text", summary: "text or json" },
    { name: "json", summary: "the same as --format json" },
  ],
  service: true,
  example: "s3-credentials explain --user ann --action s3:GetObject --resource arn:aws:s3:::my-bucket/key",
} as const satisfies CommandDefinition;

async function run(context: Context, { options }: Invocation): Promise<number> {
  if (hasOption(options, organizationProfileOption.name) && !hasOption(options, "who-can"))
    throw new UsageError(`--${organizationProfileOption.name} goes with --who-can`);
  const { question, caller, layers } = await asked(context, options);
  if (layers === undefined || caller === undefined) return whoCan(context, options, question);
  const isRecorded = hasOption(options, "request-id") && !hasOption(options, "log");
  const explained = explainAccess(layers, accessRequest(caller, question));
  const explanation = isKnownAction(question.action) ? explained : { ...explained, changes: [], pairs: [] };
  const around = {
    reported: question.reported,
    from: isRecorded ? "record" : hasOption(options, "request-id") ? "log" : "message",
    tree: hasOption(options, "tree"),
    hiddenSession: !isRecorded && isSession(caller, question) && layers.sessions.length === 0,
  } as const;
  if (isJson(options)) await context.print(`${dumps(fromPlain(verdictJson(explanation, around)), 4)}\n`);
  else for (const line of verdictLines(explanation, around)) await context.print(`${context.shown(line)}\n`);
  return 0;
}

interface Asked extends Partial<Gathered> {
  readonly question: AccessQuestion;
}

/** With `--request-id` alone all is in the record, the policies as they were then too. Without policies: `--who-can`. */
async function asked(context: Context, options: OptionValues): Promise<Asked> {
  const requestId = textOption(options, "request-id");
  if (requestId !== undefined && !hasOption(options, "log"))
    return readRecordedDecision(eventService(await connectionOf(context, options)), checkedAlone(options, requestId));
  const question = await readQuestion(context, options);
  return hasOption(options, "who-can")
    ? { question }
    : { question, ...(await gatherPolicies(context, options, question)) };
}

const others = ["action", "message", "user", "role", "policy", "boundary", "session", "resource-policy", "who-can"];

function checkedAlone(options: OptionValues, requestId: string): string {
  const other = [...others, "context", "resource", "resource-account"].find((name) => hasOption(options, name));
  if (other === undefined) return requestId;
  throw new UsageError(`--request-id without --log takes everything from the gateway's record: leave out --${other}`);
}

/** A session may have policies of its own; so has a user's whose message says that one decided. */
function isSession({ principal }: PrincipalPolicies, { reported }: AccessQuestion): boolean {
  return principal.kind === "role-session" || reported?.layer === "session";
}

export const explain: Command = { definition, run };
