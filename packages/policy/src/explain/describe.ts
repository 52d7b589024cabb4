/** A policy as sentences that a reviewer reads, and the difference of two. */
import { catalogServices, findAction, serviceActions } from "../catalog/catalog.ts";
import type { AccessLevel } from "../catalog/service.ts";
import type { Answer, Difference } from "../compare/answer.ts";
import type { ReviewedComparison } from "../compare/compare-for-review.ts";
import type { Comparison, Relation } from "../compare/compare-policies.ts";
import { witnessText } from "../compare/witness.ts";
import { isOperatorName, type OperatorName } from "../condition/operators.ts";
import { matchAction } from "../match/action.ts";
import type {
  ActionPattern,
  Condition,
  PatternElement,
  Policy,
  PrincipalElement,
  PrincipalEntry,
  Statement,
  TextPattern,
} from "../model/policy.ts";

/** One paragraph for each statement, in the document's order; then one that says what a Deny does, when there is any. */
export function describePolicy(policy: Policy): readonly string[] {
  const denies = policy.statements.some(({ effect }) => effect === "Deny");
  const end = "A denial wins over everything that is allowed, here and in other policies.";
  return [...policy.statements.map(describeStatement), ...(denies ? [end] : [])];
}

function describeStatement(statement: Statement, index: number): string {
  const { sid, effect, principal, action, resource, conditions } = statement;
  const name = `${index + 1}${sid === undefined || sid === "" ? "" : ` (${sid})`}`;
  const verb = effect === "Allow" ? "Allows" : "Denies";
  const whom = principal === undefined ? "" : ` ${principalWords(principal, resource === undefined)}`;
  const where = resource === undefined ? "" : `, on ${resourceWords(resource)}`;
  const when = conditions.length === 0 ? "" : `, but only when ${conditions.map(conditionWords).join(", and ")}`;
  return `${name}: ${verb}${whom} ${actionWords(action)}${where}${when}.`;
}

const levelWords: Readonly<Record<AccessLevel, string>> = {
  List: "listing",
  Read: "reading",
  Write: "writing",
  Tagging: "tagging",
  "Permissions management": "managing permissions",
};
const levels: readonly AccessLevel[] = ["List", "Read", "Write", "Tagging", "Permissions management"];

function actionWords({ negated, patterns }: PatternElement<ActionPattern>): string {
  if (negated) return `every action but ${list(patterns.map(({ text }) => text))}`;
  if (patterns.some(({ text }) => text === "*" || text === "*:*")) return "every action of every service";
  const byWords = new Map<string, string[]>();
  for (const pattern of patterns)
    for (const words of wordsOf(pattern)) byWords.set(words, [...(byWords.get(words) ?? []), pattern.text]);
  const inOrder = [whole, assuming, ...levels.map((level) => levelWords[level]), unknown];
  return list(
    inOrder.flatMap((words) => {
      const actions = byWords.get(words);
      if (actions === undefined) return [];
      return words === whole
        ? actions.map((text) => `${whole} ${text.slice(0, text.indexOf(":"))}`)
        : [`${words} (${actions.join(", ")})`];
    }),
  );
}

const whole = "every action of";
const assuming = "assuming a role";
const unknown = "actions that are not known here";

function wordsOf(pattern: ActionPattern): readonly string[] {
  if (pattern.name === "*") return [whole];
  if (/^sts:assumerole/i.test(pattern.text)) return [assuming];
  const found = levelsOf(pattern);
  return found.length === 0 ? [unknown] : found.map((level) => levelWords[level]);
}

function levelsOf(pattern: ActionPattern): readonly AccessLevel[] {
  const exact = findAction(pattern.text);
  if (exact !== undefined) return [exact.access];
  const matching = catalogServices.flatMap((service) =>
    (serviceActions(service) ?? []).filter(({ name }) => matchAction(pattern, name)),
  );
  return levels.filter((level) => matching.some(({ access }) => access === level));
}

function resourceWords({ negated, patterns }: PatternElement<TextPattern>): string {
  const words = list(patterns.map(resourceName));
  if (!negated) return words;
  return `everything but ${words}`;
}

function resourceName({ text }: TextPattern): string {
  if (text === "*") return "everything";
  const [, bucket, rest] = /^arn:aws[a-z-]*:s3:::([^/*?$]+)(?:\/(.*))?$/s.exec(text) ?? [];
  if (bucket === undefined) return manyBuckets(text) ?? text;
  if (rest === undefined) return `the bucket ${bucket}`;
  if (rest === "*") return `every object of the bucket ${bucket}`;
  if (/^[^*?$]+\*$/.test(rest))
    return `objects of the bucket ${bucket} whose key begins with ${quoted(rest.slice(0, -1))}`;
  if (/[*?$]/.test(rest)) return `objects of the bucket ${bucket} whose key is like ${quoted(rest)}`;
  return `the object ${quoted(rest)} of the bucket ${bucket}`;
}

/** A wildcard in the name of a bucket also stands for its objects: `arn:aws:s3:::app-*`. */
function manyBuckets(text: string): string | undefined {
  const [, start, objects] = /^arn:aws[a-z-]*:s3:::([^/*?$]*)\*(\/\*)?$/.exec(text) ?? [];
  if (start === undefined) return undefined;
  const which = start === "" ? "" : ` whose name begins with ${quoted(start)}`;
  if (objects !== undefined) return `every object of ${start === "" ? "every bucket" : `each bucket${which}`}`;
  return `every bucket${which} and every object in ${start === "" ? "it" : "such a bucket"}`;
}

/** `forRole`: in a trust policy. Nobody assumes a role without credentials or a token. */
function principalWords({ negated, entries }: PrincipalElement, forRole: boolean): string {
  const names = list(entries.map((entry) => (forRole && entry.kind === "everyone" ? "everyone" : entryName(entry))));
  return negated ? `everyone but ${names}` : names;
}

function entryName(entry: PrincipalEntry): string {
  switch (entry.kind) {
    case "everyone":
      return "everyone, including anonymous callers,";
    case "account":
      return `the account ${entry.accountId}`;
    case "unique-id":
      return `the identity ${entry.id}`;
    case "canonical-user":
      return `the account with the canonical user id ${entry.id}`;
    case "federated":
      return `whoever signs in through ${entry.provider}`;
    case "service":
      return `the service ${entry.service}`;
    default:
      return entry.arn;
  }
}

interface OperatorWords {
  readonly is: string;
  readonly negated?: true;
}

/** Every operator. What is negated holds for an absent key too. */
const operatorWords: Readonly<Record<Exclude<OperatorName, "Null">, OperatorWords>> = {
  StringEquals: { is: "is" },
  StringNotEquals: { is: "is not", negated: true },
  StringEqualsIgnoreCase: { is: "is, in any case of letters," },
  StringNotEqualsIgnoreCase: { is: "is not, in any case of letters,", negated: true },
  StringLike: { is: "is like" },
  StringNotLike: { is: "is not like", negated: true },
  NumericEquals: { is: "is the number" },
  NumericNotEquals: { is: "is not the number", negated: true },
  NumericLessThan: { is: "is less than" },
  NumericLessThanEquals: { is: "is at most" },
  NumericGreaterThan: { is: "is more than" },
  NumericGreaterThanEquals: { is: "is at least" },
  DateEquals: { is: "is the moment" },
  DateNotEquals: { is: "is not the moment", negated: true },
  DateLessThan: { is: "is before" },
  DateLessThanEquals: { is: "is not after" },
  DateGreaterThan: { is: "is after" },
  DateGreaterThanEquals: { is: "is not before" },
  Bool: { is: "is" },
  BinaryEquals: { is: "is the binary value" },
  IpAddress: { is: "is in the address range" },
  NotIpAddress: { is: "is not in the address range", negated: true },
  ArnEquals: { is: "is an ARN like" },
  ArnLike: { is: "is an ARN like" },
  ArnNotEquals: { is: "is not an ARN like", negated: true },
  ArnNotLike: { is: "is not an ARN like", negated: true },
};

function conditionWords({ operator, key, set, ifExists, values }: Condition): string {
  if (operator === "Null")
    return list(
      values.map(({ text }) => (/^true$/i.test(text) ? `${key} is absent` : `${key} is there`)),
      "or",
    );
  if (!isOperatorName(operator) || operator === "Null") return `${operator} of ${key}`;
  const { is, negated = false } = operatorWords[operator];
  const value = list(
    values.map(({ text }) => quoted(text)),
    negated ? "nor" : "or",
  );
  const subject = set === undefined ? key : set === "ForAllValues" ? `every value of ${key}` : `some value of ${key}`;
  // Without values all of them fulfil anything, and none does.
  const isAbsentToo = ifExists || set === "ForAllValues" || (negated && set === undefined);
  return `${subject} ${is} ${value}${isAbsentToo ? ` (or ${key} is absent)` : ""}`;
}

const relationWords: Readonly<Record<Relation, string>> = {
  equivalent: "Both allow the same.",
  narrower: "The first allows less than the second.",
  wider: "The first allows more than the second.",
  incomparable: "Each allows something that the other does not.",
  disjoint: "They allow nothing in common.",
  unknown: "The comparison could not be decided.",
};

/** Of documents that only deny: what they leave of what other policies allow. */
const remainderWords: Readonly<Record<Relation, string>> = {
  equivalent: "Both deny the same.",
  narrower: "The first denies more than the second.",
  wider: "The first denies less than the second.",
  incomparable: "Each denies something that the other does not.",
  disjoint: "They leave nothing in common of what other policies allow.",
  unknown: relationWords.unknown,
};

/** The difference of two documents; `names` are what they are called. */
export function describeComparison(
  comparison: Comparison & Partial<ReviewedComparison>,
  names: readonly [string, string],
): readonly string[] {
  const [first, second] = names;
  const { relation, inside, around, onlyDenies = false } = comparison;
  return [
    (onlyDenies ? remainderWords : relationWords)[relation].replace("The first", first).replace("the second", second),
    ...onlyIn(inside, first, onlyDenies),
    ...onlyIn(around, second, onlyDenies),
  ];
}

function onlyIn(answer: Answer, name: string, onlyDenies: boolean): readonly string[] {
  if (answer.answer === "yes") return [];
  if (answer.answer === "unknown")
    return [`Whether only ${name} allows something is not known because of ${answer.construct}.`];
  return answer.differences.map((difference) =>
    onlyDenies
      ? `Only ${name} does not deny ${witnessText(difference.witness)}.`
      : `Only ${name} ${differenceWords(difference)}.`,
  );
}

/** `allows s3:GetObject on … (statement 2, Read)`. */
export function differenceWords({ statement, sid, grants, witness }: Difference): string {
  const name = `statement ${statement + 1}${sid === undefined || sid === "" ? "" : `, ${sid}`}`;
  const worth = grants === "any" ? "allows" : `allows, ${grants},`;
  return `${worth} ${witnessText(witness)} (${name})`;
}

function quoted(text: string): string {
  return JSON.stringify(text);
}

function list(words: readonly string[], conjunction = "and"): string {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} ${conjunction} ${words.at(-1) ?? ""}`;
}
