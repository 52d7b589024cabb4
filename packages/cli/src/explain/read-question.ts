/** The question that `explain` is asked, checked: an answer about a slip would mislead. */
import {
  type AccessQuestion,
  type AccessRequest,
  actionOfOperation,
  conditionKeyType,
  findAction,
  hasConditionKey,
  nearestAction,
  nearestConditionKey,
  parseArn,
  plainRequest,
  type PrincipalPolicies,
  serviceActions,
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
  checkContextKeys(given.keys(), asked.action);
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
  return { action: checkedAction(action), resource: checkedResource(action, textOption(options, "resource")) };
}

/** An action of a service that the catalog does not hold is nobody's slip. */
export function isKnownAction(action: string): boolean {
  const [service = ""] = action.split(":");
  return serviceActions(service) === undefined || findAction(action) !== undefined;
}

function checkedAction(action: string): string {
  if (!/^[\w-]+:\w+$/.test(action))
    throw new UsageError(`invalid --action "${action}": it is SERVICE:NAME, such as s3:GetObject`);
  if (isKnownAction(action)) return action;
  const meant = actionOfOperation(action);
  if (meant !== undefined)
    throw new UsageError(`${action} is an operation, and the action it asks for is ${meant}: use --action ${meant}`);
  const near = nearestAction(action);
  throw new UsageError(`unknown action ${action}${near === undefined ? "" : `: did you mean ${near}?`}`);
}

function checkedResource(action: string, resource: string | undefined): string {
  if (resource === undefined) {
    const types = findAction(action)?.resources ?? [];
    if (types.length === 0) return "*";
    const forms = types.map(({ arn }) => arn.replaceAll(/\$\{(\w+)\}/g, (_, name: string) => name.toUpperCase()));
    throw new UsageError(`say what ${action} is asked on: --resource ARN, of the form ${forms.join(" or ")}`);
  }
  if (resource !== "*" && parseArn(resource) === undefined)
    throw new UsageError(`invalid --resource "${resource}": it is an ARN, such as arn:aws:s3:::my-bucket/key, or *`);
  checkLevel(action, resource);
  return resource;
}

/** Refuses an object for an action on buckets, and a bucket for an action on objects: no policy can allow that. */
function checkLevel(action: string, resource: string): void {
  const names = /^arn:[\w-]+:s3:::([^*?]+)$/.exec(resource)?.[1];
  const forms = (findAction(action)?.resources ?? []).map(({ arn }) => arn).filter((arn) => arn.includes(":s3:::"));
  if (names === undefined || forms.length === 0) return;
  const isObject = names.includes("/");
  if (forms.some((arn) => arn.includes("/") === isObject)) return;
  const form = isObject ? "arn:aws:s3:::BUCKET" : "arn:aws:s3:::BUCKET/KEY";
  throw new UsageError(
    `${action} is asked on ${isObject ? "a bucket, not on an object" : "an object, not on a bucket"}: use --resource ${form}`,
  );
}

/** Keys with `aws:` belong to every request; a service's own only to the actions that the catalog lists them for. */
function checkContextKeys(keys: Iterable<string>, action: string): void {
  for (const key of keys) {
    const known = findAction(action);
    if (conditionKeyType(key) === undefined) {
      const service = key.slice(0, Math.max(0, key.indexOf(":")));
      if (service !== "aws" && service !== "" && serviceActions(service) === undefined) continue;
      const near = nearestConditionKey(key);
      throw new UsageError(`unknown condition key ${key}${near === undefined ? "" : `: did you mean ${near}?`}`);
    }
    if (!key.startsWith("aws:") && known !== undefined && !hasConditionKey(known, key))
      throw new UsageError(`a request for ${known.name} never has the condition key ${key}`);
  }
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
