/**
 * A policy document as the visual editor shows and changes it. The text stays the document: a change replaces one element of one
 * statement and leaves everything else as it was written, so nothing is lost that the editor cannot show.
 */
type Json = string | number | boolean | null | readonly Json[] | JsonObject;
interface JsonObject {
  readonly [name: string]: Json;
}

export interface VisualCondition {
  readonly operator: string;
  readonly key: string;
  readonly values: readonly string[];
}

export interface VisualStatement {
  readonly sid: string;
  readonly effect: "Allow" | "Deny";
  /** Undefined: the statement has `NotAction`. */
  readonly actions: readonly string[] | undefined;
  /** Undefined: the statement has `NotResource`, or none. */
  readonly resources: readonly string[] | undefined;
  readonly conditions: readonly VisualCondition[];
  /** What is shown as JSON and kept: `Principal`, `NotAction`, `NotResource`. */
  readonly kept: JsonObject;
}

/** For what shows one statement of a document: `onChange` gets the whole document. */
export interface StatementProps {
  readonly text: string;
  readonly at: number;
  readonly statement: VisualStatement;
  readonly onChange: (text: string) => void;
}

const shown = new Set(["Sid", "Effect", "Action", "Resource", "Condition"]);

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

function textsOf(value: Json | undefined): readonly string[] | undefined {
  if (typeof value === "string") return [value];
  if (isList(value) && value.every((item) => typeof item === "string")) return value;
  return undefined;
}

/** Numbers that JavaScript cannot hold as they were written would change when the document is printed. */
const number = /(?<=[[,:]\s*)-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?=\s*[\],}])/g;

function readDocument(text: string): JsonObject | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return isObject(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function keepsNumbers(text: string): boolean {
  const outside = text.replace(/"(?:[^"\\]|\\.)*"/g, '""');
  return [...outside.matchAll(number)].every(([written]) => JSON.stringify(Number(written)) === written);
}

function statementsOf(document: JsonObject): readonly JsonObject[] | undefined {
  const statement = document["Statement"];
  if (isObject(statement)) return [statement];
  return isList(statement) && statement.every(isObject) ? statement : undefined;
}

/** Undefined when the text is no document that the visual editor can change without loss. */
export function readVisual(text: string): readonly VisualStatement[] | undefined {
  const document = readDocument(text);
  if (document === undefined || !keepsNumbers(text)) return undefined;
  const statements = statementsOf(document)?.map(readStatement);
  return statements?.every((one) => one !== undefined) === true ? statements : undefined;
}

function readStatement(statement: JsonObject): VisualStatement | undefined {
  const { Sid: sid = "", Effect: effect, Action: action, Resource: resource, Condition: condition } = statement;
  if (typeof sid !== "string" || (effect !== "Allow" && effect !== "Deny")) return undefined;
  const [actions, resources, conditions] = [textsOf(action), textsOf(resource), readConditions(condition)];
  if (action !== undefined && actions === undefined) return undefined;
  if (resource !== undefined && resources === undefined) return undefined;
  if (conditions === undefined) return undefined;
  const kept = Object.fromEntries(Object.entries(statement).filter(([name]) => !shown.has(name)));
  return { sid, effect, actions, resources, conditions, kept };
}

function readConditions(condition: Json | undefined): readonly VisualCondition[] | undefined {
  if (condition === undefined) return [];
  if (!isObject(condition)) return undefined;
  const rows: VisualCondition[] = [];
  for (const [operator, keys] of Object.entries(condition)) {
    if (!isObject(keys)) return undefined;
    for (const [key, value] of Object.entries(keys)) {
      const values = isList(value) ? value : [value];
      if (values.some((one) => typeof one === "object")) return undefined;
      rows.push({ operator, key, values: values.map(String) });
    }
  }
  return rows;
}

/** The document with one of its statements changed. */
function change(text: string, at: number, edit: (statement: JsonObject) => JsonObject): string {
  const document = readDocument(text);
  const statement = document?.["Statement"];
  if (document === undefined) return text;
  if (isObject(statement)) return print({ ...document, Statement: edit(statement) });
  if (!isList(statement)) return text;
  return print({
    ...document,
    Statement: statement.map((one, index) => (index === at && isObject(one) ? edit(one) : one)),
  });
}

function print(document: JsonObject): string {
  return JSON.stringify(document, null, 2);
}

export function setEffect(text: string, at: number, effect: "Allow" | "Deny"): string {
  return change(text, at, (statement) => ({ ...statement, Effect: effect }));
}

function without(object: JsonObject, name: string): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([one]) => one !== name));
}

export function setSid(text: string, at: number, sid: string): string {
  return change(text, at, (statement) => {
    const rest = without(statement, "Sid");
    return sid === "" ? rest : { Sid: sid, ...rest };
  });
}

/** A single text stays one; what was a list stays a list. */
function oneOrMany(before: Json | undefined, texts: readonly string[]): Json {
  const [only] = texts;
  return typeof before === "string" && texts.length === 1 && only !== undefined ? only : texts;
}

export function setActions(text: string, at: number, actions: readonly string[]): string {
  return change(text, at, (statement) => ({ ...statement, Action: oneOrMany(statement["Action"], actions) }));
}

export function setResources(text: string, at: number, resources: readonly string[]): string {
  return change(text, at, (statement) => ({ ...statement, Resource: oneOrMany(statement["Resource"], resources) }));
}

/** Values of a key that has the operator already are added to its values. */
export function addCondition(text: string, at: number, { operator, key, values }: VisualCondition): string {
  return change(text, at, (statement) => {
    const conditions = isObject(statement["Condition"]) ? statement["Condition"] : {};
    const keys = isObject(conditions[operator]) ? conditions[operator] : {};
    const before = Object.hasOwn(keys, key) ? keys[key] : undefined;
    const all = [...(before === undefined ? [] : isList(before) ? before : [before]), ...values];
    const [only] = all;
    const value: Json = all.length === 1 && only !== undefined ? only : all;
    return { ...statement, Condition: { ...conditions, [operator]: { ...keys, [key]: value } } };
  });
}

export function removeCondition(text: string, at: number, { operator, key }: VisualCondition): string {
  return change(text, at, (statement) => {
    const { Condition: conditions } = statement;
    if (!isObject(conditions) || !isObject(conditions[operator])) return statement;
    const keys = without(conditions[operator], key);
    const left = Object.keys(keys).length === 0 ? without(conditions, operator) : { ...conditions, [operator]: keys };
    return Object.keys(left).length === 0 ? without(statement, "Condition") : { ...statement, Condition: left };
  });
}

export function addStatement(text: string): string {
  const document = readDocument(text);
  const statements = document && statementsOf(document);
  if (document === undefined || statements === undefined) return text;
  return print({ ...document, Statement: [...statements, { Effect: "Allow", Action: [], Resource: [] }] });
}

export function removeStatement(text: string, at: number): string {
  const document = readDocument(text);
  const statements = document && statementsOf(document);
  if (document === undefined || statements === undefined) return text;
  return print({ ...document, Statement: statements.filter((_, index) => index !== at) });
}

/** Ids of other accounts in the document's ARNs and principals. */
export function foreignAccounts(text: string, accountId: string): readonly string[] {
  const found = [...text.matchAll(/(?<=arn:aws:(?:iam|sts)::)\d{12}(?=:)|(?<=")\d{12}(?=")/g)].map(([id]) => id);
  return [...new Set(found)].filter((id) => id !== accountId);
}

export function replaceAccount(text: string, from: string, to: string): string {
  return text.replaceAll(new RegExp(`(?<=arn:aws:(?:iam|sts)::)${from}(?=:)|(?<=")${from}(?=")`, "g"), to);
}
