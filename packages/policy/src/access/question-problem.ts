/** Slips in a question about access: an answer to a slip would mislead. */
import {
  conditionKeyType,
  findAction,
  hasConditionKey,
  nearestAction,
  nearestConditionKey,
  serviceActions,
} from "../catalog/catalog.ts";
import { actionOfOperation } from "../catalog/operation-actions.ts";
import { parseArn } from "../match/arn.ts";

export interface QuestionProblem {
  readonly about: "action" | "resource" | "context";
  /** What is wrong, why, and what was meant where that can be told. */
  readonly words: string;
}

export interface WrittenQuestion {
  readonly action: string;
  /** Undefined or empty: not said. */
  readonly resource: string | undefined;
  /** Names of condition keys. */
  readonly keys: Iterable<string>;
}

/** `mark`: what precedes the name of a field where it is written, such as the `--` of an option. */
export function questionProblem(question: WrittenQuestion, mark = ""): QuestionProblem | undefined {
  const { action, resource, keys } = question;
  const ofAction = actionProblem(action, mark);
  if (ofAction !== undefined) return { about: "action", words: ofAction };
  const ofResource = resourceProblem(action, resource, mark);
  if (ofResource !== undefined) return { about: "resource", words: ofResource };
  const ofKeys = contextProblem(keys, action);
  return ofKeys === undefined ? undefined : { about: "context", words: ofKeys };
}

/** An action of a service that the catalog does not hold is nobody's slip. */
export function isKnownAction(action: string): boolean {
  const [service = ""] = action.split(":");
  return serviceActions(service) === undefined || findAction(action) !== undefined;
}

function actionProblem(action: string, mark: string): string | undefined {
  if (!/^[\w-]+:\w+$/.test(action))
    return `invalid ${mark}action "${action}": it is SERVICE:NAME, such as s3:GetObject`;
  if (isKnownAction(action)) return undefined;
  const meant = actionOfOperation(action);
  if (meant !== undefined)
    return `${action} is an operation, and the action it asks for is ${meant}: use ${mark}action ${meant}`;
  const near = nearestAction(action);
  return `unknown action ${action}${near === undefined ? "" : `: did you mean ${near}?`}`;
}

/** The forms of ARN that an action is asked on, with the free parts in capitals; empty when it is asked on `*`. */
export function resourceForms(action: string): readonly string[] {
  const types = findAction(action)?.resources ?? [];
  return types.map(({ arn }) => arn.replaceAll(/\$\{(\w+)\}/g, (_, name: string) => name.toUpperCase()));
}

function resourceProblem(action: string, resource: string | undefined, mark: string): string | undefined {
  if (resource === undefined || resource === "") {
    const forms = resourceForms(action);
    if (forms.length === 0) return undefined;
    return `say what ${action} is asked on: ${mark}resource ARN, of the form ${forms.join(" or ")}`;
  }
  if (resource !== "*" && parseArn(resource) === undefined)
    return `invalid ${mark}resource "${resource}": it is an ARN, such as arn:aws:s3:::my-bucket/key, or *`;
  return levelProblem(action, resource, mark);
}

/** An object for an action on buckets, or a bucket for an action on objects: no policy can allow that. */
function levelProblem(action: string, resource: string, mark: string): string | undefined {
  const names = /^arn:[\w-]+:s3:::([^*?]+)$/.exec(resource)?.[1];
  const forms = (findAction(action)?.resources ?? []).map(({ arn }) => arn).filter((arn) => arn.includes(":s3:::"));
  if (names === undefined || forms.length === 0) return undefined;
  const isObject = names.includes("/");
  if (forms.some((arn) => arn.includes("/") === isObject)) return undefined;
  const form = isObject ? "arn:aws:s3:::BUCKET" : "arn:aws:s3:::BUCKET/KEY";
  return `${action} is asked on ${isObject ? "a bucket, not on an object" : "an object, not on a bucket"}: use ${mark}resource ${form}`;
}

/** Keys with `aws:` belong to every request; a service's own only to the actions that the catalog lists them for. */
export function contextProblem(keys: Iterable<string>, action: string): string | undefined {
  for (const key of keys) {
    const problem = contextKeyProblem(key, action);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function contextKeyProblem(key: string, action: string): string | undefined {
  const known = findAction(action);
  if (conditionKeyType(key) === undefined) {
    const service = key.slice(0, Math.max(0, key.indexOf(":")));
    if (service !== "aws" && service !== "" && serviceActions(service) === undefined) return undefined;
    const near = nearestConditionKey(key);
    return `unknown condition key ${key}${near === undefined ? "" : `: did you mean ${near}?`}`;
  }
  if (key.startsWith("aws:") || known === undefined || hasConditionKey(known, key)) return undefined;
  return `a request for ${known.name} never has the condition key ${key}`;
}
