import { type Refusal, isRefusal, refuse } from "../operation.ts";
import { checkText, type TextRule, Violation } from "../query/fields.ts";
import type { JsonMembers, JsonValue } from "./json-value.ts";

/**
 * Typed reading of a member. A value of another JSON type is a `SerializationException`, one outside its limits a violation; all
 * violations of a request are reported together. `null` is as good as absent.
 */
export interface JsonField<T> {
  readonly read: (value: JsonValue | undefined, name: string) => T | Violation | Refusal;
}

const wrongType = (name: string, type: string): Refusal => refuse("SerializationException", `${name} must be ${type}.`);

export function jsonText(rule: TextRule): JsonField<string> {
  return {
    read(value, name) {
      if (value !== undefined && typeof value !== "string") return wrongType(name, "a string");
      return checkText(name, value, rule);
    },
  };
}

export function jsonOneOf<const T extends string>(...values: readonly T[]): JsonField<T> {
  return {
    read(value, name) {
      if (value !== undefined && typeof value !== "string") return wrongType(name, "a string");
      const found = values.find((one) => one === value);
      return found ?? new Violation(name, value, `Member must satisfy enum value set: [${values.join(", ")}]`);
    },
  };
}

export function jsonInteger(min: number, max: number): JsonField<number> {
  return {
    read(value, name) {
      if (value === undefined) return new Violation(name, undefined, "Member must not be null");
      if (typeof value !== "number" || !Number.isSafeInteger(value)) return wrongType(name, "an integer");
      if (value < min)
        return new Violation(name, String(value), `Member must have value greater than or equal to ${min}`);
      if (value > max) return new Violation(name, String(value), `Member must have value less than or equal to ${max}`);
      return value;
    },
  };
}

export const jsonBoolean: JsonField<boolean> = {
  read: (value, name) => (typeof value === "boolean" ? value : wrongType(name, "a boolean")),
};

/** At most `max` items. An absent list is empty. */
export function jsonList<T>(item: JsonField<T>, max: number): JsonField<readonly T[]> {
  return {
    read(value, name) {
      if (value === undefined) return [];
      if (!Array.isArray(value)) return wrongType(name, "a list");
      if (value.length > max)
        return new Violation(name, String(value.length), `Member must have length less than or equal to ${max}`);
      const items: T[] = [];
      for (const [index, one] of (value as readonly JsonValue[]).entries()) {
        const read = item.read(one ?? undefined, `${name}.${index + 1}.member`);
        if (read instanceof Violation || isRefusal(read)) return read;
        items.push(read);
      }
      return items;
    },
  };
}

/** An object whose members have names of the client's. At most `max`. */
export function jsonMap<T>(key: TextRule, item: JsonField<T>, max: number): JsonField<ReadonlyMap<string, T>> {
  return {
    read(value, name) {
      if (value === undefined) return new Violation(name, undefined, "Member must not be null");
      if (!(value instanceof Map)) return wrongType(name, "an object");
      const members = value as JsonMembers;
      if (members.size > max)
        return new Violation(name, String(members.size), `Member must have length less than or equal to ${max}`);
      const items = new Map<string, T>();
      for (const [member, one] of members) {
        const unfit = checkText(`${name}.key`, member, key);
        if (unfit instanceof Violation) return unfit;
        const read = item.read(one ?? undefined, `${name}.${member}`);
        if (read instanceof Violation || isRefusal(read)) return read;
        items.set(member, read);
      }
      return items;
    },
  };
}

/** An object with these members. Another one is refused by name: no operation here leaves a part of a structure unread. */
export function jsonStructure<S extends JsonSpec>(spec: S): JsonField<JsonValues<S>> {
  return {
    read(value, name) {
      if (value === undefined) return new Violation(name, undefined, "Member must not be null");
      if (!(value instanceof Map)) return wrongType(name, "an object");
      const unread = [...(value as JsonMembers)].find(
        ([member, inner]) => inner !== null && !Object.hasOwn(spec, member),
      );
      if (unread !== undefined)
        return refuse("NotImplemented", `${name}.${unread[0].slice(0, 128)} is not implemented.`);
      const values: Record<string, unknown> = {};
      for (const [member, field] of Object.entries(spec)) {
        const read = field.read((value as JsonMembers).get(member) ?? undefined, `${name}.${member}`);
        if (read instanceof Violation || isRefusal(read)) return read;
        values[member] = read;
      }
      return values as JsonValues<S>;
    },
  };
}

export function jsonOptional<T>(field: JsonField<T>): JsonField<T | undefined> {
  return { read: (value, name) => (value === undefined ? undefined : field.read(value, name)) };
}

export function jsonDefault<T>(field: JsonField<T>, fallback: T): JsonField<T> {
  return { read: (value, name) => (value === undefined ? fallback : field.read(value, name)) };
}

export type JsonSpec = Readonly<Record<string, JsonField<unknown>>>;

export type JsonValues<S extends JsonSpec> = {
  readonly [K in keyof S]: S[K] extends JsonField<infer T> ? T : never;
};

/**
 * All members of a request, or one refusal with every violation. `code`: what the service answers to those; `detailsOf`: what it says of
 * the first one beside the message.
 */
export function readJsonFields<S extends JsonSpec>(
  members: JsonMembers,
  spec: S,
  code: Refusal["code"],
  detailsOf?: (first: Violation) => Readonly<Record<string, string>>,
): JsonValues<S> | Refusal {
  const values: Record<string, unknown> = {};
  const violations: Violation[] = [];
  for (const [name, field] of Object.entries(spec)) {
    const value = field.read(members.get(name) ?? undefined, name);
    if (isRefusal(value)) return value;
    if (value instanceof Violation) violations.push(value);
    else values[name] = value;
  }
  const [first] = violations;
  if (first === undefined) return values as JsonValues<S>;
  const count = violations.length === 1 ? "1 validation error" : `${violations.length} validation errors`;
  const message = `${count} detected: ${violations.map(({ text }) => text).join("; ")}`;
  return refuse(code, message, detailsOf === undefined ? {} : { details: detailsOf(first) });
}
