/** Is there a value of one condition key with which these conditions hold and those do not? */
import { evaluateCondition } from "../condition/evaluate-condition.ts";
import { parseDate } from "../condition/date.ts";
import { isOperatorName, type OperatorFamily, operators, type OperatorRow } from "../condition/operators.ts";
import { applies } from "../condition/outcome.ts";
import type { Condition } from "../model/policy.ts";
import type { ContextLookup } from "../model/request.ts";
import { type Budget, CannotDecide } from "./budget.ts";
import { addressCandidates, binaryCandidates, dateCandidates, numberCandidates, secondsText } from "./candidates.ts";
import type { ConditionSet } from "./formula.ts";
import type { KeyDomain } from "./key-domain.ts";
import { findText, type Which } from "./string-search.ts";
import {
  arnTokens,
  type Bindings,
  exactTokens,
  formats,
  literalTokens,
  stringTokens,
  type Tokens,
  tokensOfSet,
} from "./tokens.ts";

/** A condition of a statement, and whether it has to let the statement apply. */
export interface Constraint {
  readonly set: ConditionSet;
  readonly wanted: boolean;
}

/** `undefined`: the key is absent. */
export interface FoundValue {
  readonly value: string | readonly string[] | undefined;
}

export interface Question {
  readonly key: string;
  readonly domain: KeyDomain;
  readonly bindings: Bindings;
  readonly budget: Budget;
  readonly which: Which;
}

export function findValue(question: Question, constraints: readonly Constraint[]): FoundValue | undefined {
  const { domain, budget } = question;
  budget.spend(1 + constraints.length);
  const holds = (value: FoundValue["value"]): boolean => constraints.every((one) => holdsFor(question, one, value));
  if (domain.fixed?.length === 0 && domain.fixed !== "") return holds(undefined) ? { value: undefined } : undefined;
  if (domain.fixed !== undefined && !constraints.some((one) => hasOpenVariable(question, one)))
    return holds(domain.fixed) ? { value: domain.fixed } : undefined;
  if (domain.mayBeAbsent && domain.fixed === undefined && holds(undefined)) return { value: undefined };
  // Whether the key is there is all that `Null` asks.
  if (!constraints.every((one) => one.set.condition.operator !== "Null" || holdsFor(question, one, "x")))
    return undefined;
  const onValues = constraints.filter(({ set }) => set.condition.operator !== "Null");
  return domain.multivalued ? findList(question, onValues) : findOne(question, onValues);
}

/** Whether the value is as the constraint wants it. */
export function holdsFor(
  question: Omit<Question, "domain" | "which">,
  { set: { condition, effect }, wanted }: Constraint,
  value: FoundValue["value"],
): boolean {
  question.budget.spend(condition.values.length);
  return applies(evaluateCondition(condition, contextWith(question, value)), effect) === wanted;
}

function contextWith({ key, bindings }: Pick<Question, "key" | "bindings">, value: FoundValue["value"]): ContextLookup {
  return (asked) => {
    const name = asked.toLowerCase();
    if (name === key) return value;
    if (key === "aws:currenttime" && name === "aws:epochtime" && typeof value === "string") return secondsText(value);
    const bound = bindings.valueOf(name);
    return typeof bound === "string" ? undefined : bound.text;
  };
}

/** Under a set operator an empty text is a key without values, so it is tried by itself. */
function findOne(question: Question, constraints: readonly Constraint[]): FoundValue | undefined {
  const asSet = constraints.some(({ set }) => set.condition.set !== undefined);
  const nonEmpty = asSet ? [formats["not empty"]] : [];
  const found = findElement(question, constraints.map(asSingle), nonEmpty);
  if (found !== undefined) return { value: found };
  const isText = question.domain.type === undefined || question.domain.type === "String";
  if (!asSet || !isText || question.domain.format !== undefined || question.domain.fixed !== undefined)
    return undefined;
  return constraints.every((one) => holdsFor(question, one, "")) ? { value: "" } : undefined;
}

/**
 * A list. Some constraints are about all its elements; each of the others needs one element that fulfils it, so a list never has to be longer
 * than their number.
 */
function findList(question: Question, constraints: readonly Constraint[]): FoundValue | undefined {
  const onAll = constraints.filter(isAboutAll).map(asSingle);
  const onSome = constraints.filter((one) => !isAboutAll(one)).map(asSingle);
  const groups = onSome.length === 0 ? [onAll] : onSome.map((one) => [...onAll, one]);
  const elements = groups.map(
    (group) => findElement(question, group, [formats["not empty"]]) ?? emptyElement(question, group),
  );
  if (!elements.every((element) => element !== undefined)) return undefined;
  const list = [...new Set(elements)];
  return { value: list.length === 1 && list[0] === "" ? ["", ""] : list };
}

function emptyElement(question: Question, group: readonly Constraint[]): string | undefined {
  return group.every((one) => holdsFor(question, one, "")) ? "" : undefined;
}

/** Without an answer an Allow does not apply and a Deny does, so values that disagree are one more reason for a Deny. */
function isAboutAll({ set: { condition, effect }, wanted }: Constraint): boolean {
  const appliesToAll = condition.set === "ForAllValues" || (condition.set === undefined && effect === "Allow");
  return appliesToAll === wanted;
}

const single = new WeakMap<ConditionSet, ConditionSet>();

/** The same condition on one value alone. */
function asSingle(constraint: Constraint): Constraint {
  const { set } = constraint;
  if (set.condition.set === undefined) return constraint;
  let alone = single.get(set);
  if (alone === undefined) {
    const { set: _, ...condition } = set.condition;
    single.set(set, (alone = { ...set, condition }));
  }
  return { ...constraint, set: alone };
}

function findElement(
  question: Question,
  constraints: readonly Constraint[],
  also: readonly Tokens[],
): string | undefined {
  const { domain, budget, which } = question;
  const families = new Set(constraints.map(({ set }) => rowOf(set.condition).family));
  if (domain.type === "Numeric" || domain.type === "Date" || domain.type === "Bool" || domain.type === "IPAddress")
    families.add(familyOfType[domain.type]);
  const textOnly = [...families].every((family) => family === "string" || family === "arn");
  if (!textOnly) return findTyped(question, constraints, families);
  const formatOfType = domain.type === "ARN" ? [formats.arn] : [];
  const fixed = typeof domain.fixed === "string" ? exactTokens([domain.fixed]) : [];
  const ending = domain.ending === undefined ? [] : [[...formats.text, ...literalTokens(domain.ending)]];
  const wanted = [...also, ...fixed, ...ending, ...(domain.format === undefined ? formatOfType : [domain.format])];
  const refused: Tokens[] = [...exactTokens(domain.excluded ?? [])];
  const choices: (readonly Tokens[])[] = [];
  for (const constraint of constraints) {
    const patterns = patternsOf(question, constraint.set);
    if (constraint.wanted === rowOf(constraint.set.condition).negated) refused.push(...patterns);
    else choices.push(patterns);
  }
  return findChoice({ wanted: wanted.length === 0 ? [formats.text] : wanted, refused, budget, which }, choices);
}

export interface Texts {
  readonly wanted: readonly Tokens[];
  readonly refused: readonly Tokens[];
  readonly budget: Budget;
  readonly which: Which;
}

/** One pattern of each choice has to match too. */
export function findChoice(texts: Texts, choices: readonly (readonly Tokens[])[]): string | undefined {
  const { wanted, refused, budget, which } = texts;
  const [first, ...rest] = choices;
  if (first === undefined) return findText(wanted, refused, budget, which);
  for (const tokens of first) {
    budget.spend(1 + wanted.length);
    const found = findChoice({ ...texts, wanted: [...wanted, tokens] }, rest);
    if (found !== undefined) return found;
  }
  return undefined;
}

function patternsOf({ bindings }: Question, set: ConditionSet): readonly Tokens[] {
  const { operator, values } = set.condition;
  const isArn = rowOf({ operator }).family === "arn";
  const ignoreCase = operator.endsWith("IgnoreCase");
  return tokensOfSet(
    set,
    bindings,
    () => values.map(({ parts }) => parts),
    () =>
      values.flatMap((value) => {
        const tokens = isArn ? arnTokens(value, bindings) : stringTokens(value, bindings, ignoreCase);
        return tokens === undefined ? [] : [tokens];
      }),
  );
}

function rowOf({ operator }: Pick<Condition, "operator">): OperatorRow {
  if (!isOperatorName(operator)) throw new CannotDecide(`the operator ${operator}`);
  return operators[operator];
}

const familyOfType = { Numeric: "numeric", Date: "date", Bool: "bool", IPAddress: "ip-address" } as const;

/** Numbers, dates, addresses …: one value of each cell is tried. */
function findTyped(
  question: Question,
  constraints: readonly Constraint[],
  families: ReadonlySet<OperatorFamily>,
): string | undefined {
  if (constraints.some((one) => hasOpenVariable(question, one)))
    throw new CannotDecide(`a variable in a condition on ${question.key}`);
  const textsOf = ({ set }: Constraint): readonly string[] => set.condition.values.map(({ text }) => text);
  const texts = constraints.flatMap((one) => (isText(one.set.condition) ? textsOf(one) : []));
  const constants = constraints.flatMap(textsOf);
  const valuesOfFamily: Readonly<Record<OperatorFamily, () => readonly string[]>> = {
    string: () => texts,
    arn: () => texts,
    null: () => [],
    numeric: () => numberCandidates(constants, texts.length + 1),
    date: () => dateCandidates(constants),
    bool: () => ["true", "false"],
    binary: () => binaryCandidates(constants),
    "ip-address": () => addressCandidates(constants),
  };
  // What is not of the family, where nothing says that the key always is.
  const others = question.domain.type === undefined || question.domain.type === "String" ? ["x"] : [];
  const candidates = [...[...families].flatMap((family) => valuesOfFamily[family]()), ...others];
  question.budget.spend(candidates.length);
  for (const candidate of candidates) {
    if (isPossible(question, candidate) && constraints.every((one) => holdsFor(question, one, candidate)))
      return candidate;
  }
  if (!isComplete(question, constraints, families))
    throw new CannotDecide(`operators of several types on the key ${question.key}`);
  return undefined;
}

/** All cells were tried: one family; or numbers, whose spellings no list of texts uses up. */
function isComplete(
  { key, domain }: Question,
  constraints: readonly Constraint[],
  families: ReadonlySet<OperatorFamily>,
): boolean {
  const typed = [...families].filter((family) => family !== "string" && family !== "arn");
  const mixed = constraints.filter(({ set }) => isText(set.condition));
  if (typed.length === 1 && mixed.length === 0) return true;
  // A moment in seconds is a number; four digits alone are a year.
  if (
    key === "aws:currenttime" &&
    mixed.length === 0 &&
    typed.every((family) => family === "numeric" || family === "date")
  )
    return !constraints.some(({ set }) => set.condition.values.some(({ text }) => /^\d{4}$/.test(text)));
  const literalOnly = mixed.every(({ set }) =>
    set.condition.values.every(({ parts }) => parts.every(({ kind }) => kind === "literal")),
  );
  if (typed.length !== 1 || !literalOnly) return false;
  return typed[0] === "numeric" || (typed[0] === "bool" && domain.type === "Bool");
}

/** Of its type; and no request was made before 1970, so that `aws:EpochTime` is never negative. */
function isPossible({ key, domain: { type } }: Question, text: string): boolean {
  if (key === "aws:currenttime" && (parseDate(text) ?? 0) < 0) return false;
  if (type === undefined || type === "String" || type === "ARN") return true;
  const row: OperatorRow = operators[operatorOfType[type]];
  return row.check(text, false) === undefined && !(type === "IPAddress" && text.includes("/"));
}

const operatorOfType = {
  Numeric: "NumericEquals",
  Date: "DateEquals",
  Bool: "Bool",
  IPAddress: "IpAddress",
} as const;

function isText(condition: Condition): boolean {
  const { family } = rowOf(condition);
  return family === "string" || family === "arn";
}

function hasOpenVariable({ bindings }: Question, { set }: Constraint): boolean {
  return set.condition.values.some(({ parts }) =>
    parts.some((part) => part.kind === "variable" && bindings.valueOf(part.key.toLowerCase()) === "open"),
  );
}
