import { isList, isObject, type Json, JsonNumber, type JsonObject, textField } from "../formats/json.ts";
import { dumps } from "../formats/python-json.ts";
import { compact } from "../plan/documents.ts";
import { type Kind, kinds, type MemberType, rowOf } from "./layout.ts";

/** One user, group, policy …: what one file has. */
export interface Entity {
  readonly kind: Kind;
  /** Empty when there is one of its kind alone. */
  readonly name: string;
  /** In canonical form: keys and unordered lists sorted, nothing that is the default. */
  readonly members: JsonObject;
}

/** An account as a directory has it, by `entityKey`. */
export interface Configuration {
  readonly account: string;
  readonly partition: string;
  readonly entities: ReadonlyMap<string, Entity>;
  /** An export of an earlier version: it knows the policies of buckets, and says nothing of their settings. */
  readonly hasNoSettings?: true;
}

export function entityKey(kind: Kind, name: string): string {
  return `${kind}/${name}`;
}

/** `user ann`, `the policy of bucket data`. */
export function entityWords({ kind, name }: Pick<Entity, "kind" | "name">): string {
  return `${rowOf(kind).word}${name === "" ? "" : ` ${name}`}`;
}

export function makeEntity(kind: Kind, name: string, members: JsonObject): Entity {
  return { kind, name, members: canonicalMembers(kind, members) };
}

export function entitiesOf(list: readonly Entity[]): ReadonlyMap<string, Entity> {
  const order = (one: Entity): string => `${String(kinds.indexOf(one.kind)).padStart(2, "0")}${one.name}`;
  const sorted = list.toSorted((one, other) => byCodeUnit(order(one), order(other)));
  return new Map(sorted.map((one) => [entityKey(one.kind, one.name), one]));
}

export function ofKind({ entities }: Configuration, kind: Kind): readonly Entity[] {
  return [...entities.values()].filter((entity) => entity.kind === kind);
}

/** The text of a file: the same bytes for the same entity. */
export function entityText({ members }: Entity): string {
  return `${dumps(members, 2)}\n`;
}

/** Not by the machine's language. */
export function byCodeUnit(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** Lists whose order says nothing. */
const sortedTypes: ReadonlySet<MemberType> = new Set(["texts", "tags", "inline", "targets", "settings"]);

function canonicalMembers(kind: Kind, members: JsonObject): JsonObject {
  const rows = rowOf(kind).members;
  const kept = [...members].filter(([name, value]) => {
    const isEmpty = (isList(value) || isObject(value)) && sizeOf(value) === 0;
    const isDefault = rows[name]?.default !== undefined && defaultText(value) === rows[name].default;
    return value !== null && value !== false && !isEmpty && !isDefault;
  });
  return sortedObject(
    kept.map(([name, value]) => {
      const type = rows[name]?.type;
      if (type !== undefined && sortedTypes.has(type))
        return [name, sortedList(isList(value) ? value.map(sortKeys) : [sortKeys(value)])];
      return [name, sortKeys(value)];
    }),
  );
}

function sizeOf(value: readonly Json[] | JsonObject): number {
  return isList(value) ? value.length : value.size;
}

/** As the table has defaults: a text or a number as it is, an object as JSON with its keys in order. */
function defaultText(value: Json): string | undefined {
  return isObject(value) ? JSON.stringify(toPlain(sortKeys(value))) : scalarText(value);
}

function scalarText(value: Json): string | undefined {
  if (value instanceof JsonNumber) return value.text;
  return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
}

/** Keys in order, lists as they are: in a policy the order of a list is its author's. */
export function sortKeys(value: Json): Json {
  if (isList(value)) return value.map(sortKeys);
  if (isObject(value)) return sortedObject([...value].map(([key, item]) => [key, sortKeys(item)] as const));
  return typeof value === "number" ? new JsonNumber(String(value)) : value;
}

function sortedObject(entries: readonly (readonly [string, Json])[]): JsonObject {
  return new Map(entries.toSorted(([one], [other]) => byCodeUnit(one, other)));
}

function sortedList(list: readonly Json[]): readonly Json[] {
  const keyOf = (item: Json): string => (isObject(item) ? nameOf(item) : "") + dumps(item);
  const unique = new Map(list.map((item) => [keyOf(item), item]));
  return [...unique].toSorted(([one], [other]) => byCodeUnit(one, other)).map(([, item]) => item);
}

function nameOf(item: JsonObject): string {
  return ["PolicyName", "Key", "Type", "Id"].map((name) => textField(item, name)).find((text) => text !== "") ?? "";
}

/** A list of texts among the members; empty when it is absent. */
export function textsOf({ members }: Entity, name: string): readonly string[] {
  const value = members.get(name);
  return isList(value) ? value.filter((item) => typeof item === "string") : [];
}

/** A text among the members; its default when it is absent. */
export function textOf({ kind, members }: Entity, name: string): string {
  const value = members.get(name);
  return (value === undefined ? undefined : scalarText(value)) ?? rowOf(kind).members[name]?.default ?? "";
}

/** Tags by key. */
export function tagsOf({ members }: Entity): ReadonlyMap<string, string> {
  const value = members.get("Tags");
  const tags = isList(value) ? value.filter(isObject) : [];
  return new Map(tags.map((tag) => [textField(tag, "Key"), textField(tag, "Value")]));
}

/** The member of inline policies of a kind, when it has one. */
function inlineMember(kind: Kind): string | undefined {
  return Object.entries(rowOf(kind).members).find(([, { type }]) => type === "inline")?.[0];
}

/** Inline policies by name, each as compact JSON. */
export function inlineOf(entity: Entity): ReadonlyMap<string, string> {
  const value = entity.members.get(inlineMember(entity.kind) ?? "");
  const list = isList(value) ? value.filter(isObject) : [];
  return new Map(list.map((one) => [textField(one, "PolicyName"), compactText(one.get("PolicyDocument"))]));
}

/** A document among the members as compact JSON; empty when it is absent. */
export function documentOf({ members }: Entity, name: string): string {
  return compactText(members.get(name));
}

/** White space counts in the services' limits. Text that is no JSON is given as it is. */
function compactText(value: Json | undefined): string {
  if (value === undefined) return "";
  return typeof value === "string" ? value : compact(value);
}

/** For the SDK. */
export function toPlain(value: Json): unknown {
  if (value instanceof JsonNumber) return Number(value.text);
  if (isList(value)) return value.map(toPlain);
  if (isObject(value)) return Object.fromEntries([...value].map(([key, item]) => [key, toPlain(item)]));
  return value;
}
