/** The question that `explain` is asked, checked: an answer about a slip would mislead. */
import {
  type AccessQuestion,
  type AccessRequest,
  contextProblem,
  isKnownAction,
  parseArn,
  plainRequest,
  type PrincipalPolicies,
  questionProblem,
  timeContext,
} from "@s3-credentials/policy";
import type { Context } from "../command-line/context.ts";
import { hasOption, listOption, type OptionValues, textOption } from "../command-line/definition.ts";
import { UsageError } from "../command-line/failures.ts";
import { readContext, readDenialMessage } from "../input/access-question.ts";
import { readInputText } from "../input/policy-text.ts";
import { readLoggedRequest } from "./logged-request.ts";

export async function readQuestion(context: Context, options: OptionValues): Promise<AccessQuestion> {
  const asked = await askedQuestion(context, options);
  if (!isKnownAction(asked.action))
    context.say(`Warning: ${asked.action} is an unknown action, so no change is suggested`);
  const given = readContext(listOption(options, "context"));
  const problem = contextProblem(given.keys(), asked.action);
  if (problem !== undefined) throw new UsageError(problem);
  const account = textOption(options, "resource-account");
  if (account !== undefined && !/^\d{12}$/.test(account))
    throw new UsageError(`invalid --resource-account "${account}": it is an account id of 12 digits`);
  return {
    ...asked,
    context: new Map([...(asked.context ?? []), ...given]),
    ...(account === undefined ? {} : { resourceAccount: account }),
  };
}

async function askedQuestion(context: Context, options: OptionValues): Promise<AccessQuestion> {
  const message = textOption(options, "message");
  const requestId = textOption(options, "request-id");
  const log = textOption(options, "log");
  const action = textOption(options, "action");
  if ([message, requestId, action].filter((text) => text !== undefined).length > 1)
    throw new UsageError("--message, --request-id and --action each say what is asked: give one of them");
  if (requestId === undefined && log !== undefined) throw new UsageError("--log FILE needs --request-id ID");
  if (message !== undefined) return readDenialMessage(message);
  if (requestId !== undefined && log !== undefined)
    return readLoggedRequest(await readInputText(context, "--log", log), requestId);
  if (action === undefined)
    throw new UsageError("say what is asked for: --action and --resource, or --message, or --request-id");
  const resource = textOption(options, "resource");
  const problem = questionProblem({ action, resource, keys: [] }, "--");
  if (problem !== undefined) throw new UsageError(problem.words);
  return { action, resource: resource ?? "*" };
}

/** The request as the engine decides it: what was given, and what follows from who asks. */
export function accessRequest(caller: PrincipalPolicies, question: AccessQuestion): AccessRequest {
  const { action, resource, resourceAccount, context: given = [] } = question;
  // The ARN of a bucket or an object names no account. Unless an account is given, it is the caller's own.
  const account = resourceAccount ?? (parseArn(resource)?.account || undefined);
  const context = { ...timeContext(new Date()), ...Object.fromEntries(given) };
  return plainRequest(caller, { action, resource }, { account, context });
}

/** Whether policies are given as files. */
export function givesPolicies(options: OptionValues): boolean {
  return ["policy", "boundary", "session", "resource-policy"].some((name) => hasOption(options, name));
}

export function isJson(options: OptionValues): boolean {
  return hasOption(options, "json") || textOption(options, "format") === "json";
}
