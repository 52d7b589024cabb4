import { isRefusal, type Refusal, refuse } from "../operation.ts";

/** What fields are read from; a name that is asked for counts as read. */
export interface FieldSource extends Pick<ReadonlyMap<string, string>, "get" | "has"> {
  /** Whether some name begins so. */
  hasUnder(prefix: string): boolean;
}

/**
 * Typed reading of a Query-protocol form. All violations of a request are reported together, in the words IAM and STS use; a
 * mistake that has an error code of its own is a refusal.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
 */
export interface Field<T> {
  readonly read: (parameters: FieldSource, name: string) => T | Violation | Refusal;
}

export class Violation {
  readonly text: string;
  readonly name: string;
  readonly constraint: string;
  constructor(name: string, value: string | undefined, constraint: string) {
    this.name = name;
    this.constraint = constraint;
    const at = name.charAt(0).toLowerCase() + name.slice(1);
    const shown = value === undefined ? "null" : `'${value.length > 128 ? `${value.slice(0, 128)}…` : value}'`;
    this.text = `Value ${shown} at '${at}' failed to satisfy constraint: ${constraint}`;
  }
}

export interface TextRule {
  /** Anchored. */
  readonly pattern?: RegExp;
  /** The pattern as AWS prints it. */
  readonly shown?: string;
  readonly min?: number;
  readonly max: number;
}

export function checkText(name: string, value: string | undefined, rule: TextRule): string | Violation {
  if (value === undefined) return new Violation(name, undefined, "Member must not be null");
  if (value.length > rule.max) {
    return new Violation(name, value, `Member must have length less than or equal to ${rule.max}`);
  }
  if (value.length < (rule.min ?? 1)) {
    return new Violation(name, value, `Member must have length greater than or equal to ${rule.min ?? 1}`);
  }
  if (rule.pattern !== undefined && !rule.pattern.test(value)) {
    return new Violation(
      name,
      value,
      `Member must satisfy regular expression pattern: ${rule.shown ?? rule.pattern.source}`,
    );
  }
  return value;
}

export function text(rule: TextRule): Field<string> {
  return {
    read: (parameters, name) => checkText(name, parameters.get(name), rule),
  };
}

export function optional<T>(field: Field<T>): Field<T | undefined> {
  return { read: (parameters, name) => (parameters.has(name) ? field.read(parameters, name) : undefined) };
}

export function withDefault<T>(field: Field<T>, fallback: T): Field<T> {
  return { read: (parameters, name) => (parameters.has(name) ? field.read(parameters, name) : fallback) };
}

/** A list that must be sent, although it may have no members. */
export function required<T>(field: Field<T>): Field<T> {
  return {
    read(parameters, name) {
      const sent = parameters.has(name) || parameters.hasUnder(`${name}.`);
      return sent ? field.read(parameters, name) : new Violation(name, undefined, "Member must not be null");
    },
  };
}

export function integer(min: number, max: number): Field<number> {
  return {
    read(parameters, name) {
      const value = parameters.get(name);
      if (value === undefined) return new Violation(name, undefined, "Member must not be null");
      if (!/^-?\d{1,15}$/.test(value)) return new Violation(name, value, "Member must be an integer");
      const number = Number(value);
      if (number < min) return new Violation(name, value, `Member must have value greater than or equal to ${min}`);
      if (number > max) return new Violation(name, value, `Member must have value less than or equal to ${max}`);
      return number;
    },
  };
}

export function oneOf<const T extends string>(...values: readonly T[]): Field<T> {
  return {
    read(parameters, name) {
      const value = parameters.get(name);
      const found = values.find((one) => one === value);
      return found ?? new Violation(name, value, `Member must satisfy enum value set: [${values.join(", ")}]`);
    },
  };
}

export const flag: Field<boolean> = {
  read(parameters, name) {
    const value = parameters.get(name);
    if (value === "true" || value === "false") return value === "true";
    return new Violation(name, value, "Member must be a boolean");
  },
};

/** `Name.member.1`, `Name.member.2` …, at most `max`; empty when there is none. `suffix`: `.arn` of `PolicyArns.member.1.arn`. */
export function list(rule: TextRule, max: number, suffix = ""): Field<readonly string[]> {
  return {
    read(parameters, name) {
      const values: string[] = [];
      for (let index = 1; ; index += 1) {
        const value = parameters.get(`${name}.member.${index}${suffix}`);
        if (value === undefined) return values;
        if (values.length === max)
          return new Violation(name, value, `Member must have length less than or equal to ${max}`);
        const checked = checkText(`${name}.${index}.member`, value, rule);
        if (checked instanceof Violation) return checked;
        values.push(checked);
      }
    },
  };
}

const tagKey: TextRule = {
  pattern: /^[\p{L}\p{Z}\p{N}_.:/=+\-@]+$/u,
  shown: "[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+",
  max: 128,
};
const tagValue: TextRule = {
  pattern: /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u,
  shown: "[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*",
  min: 0,
  max: 256,
};
export const tagKeyRule: TextRule = tagKey;
export const tagValueRule: TextRule = tagValue;

/** A tag's key as it is compared: without case. https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#id_tags_rules */
function foldTagKey(key: string): string {
  return key.toLowerCase();
}

/** `Tags.member.N.Key` and `.Value`; keys are unique without case and do not start with `aws:`. At most 50. */
export const tags: Field<ReadonlyMap<string, string>> = {
  read(parameters, name) {
    const found = new Map<string, string>();
    const seen = new Set<string>();
    for (let index = 1; ; index += 1) {
      const key = parameters.get(`${name}.member.${index}.Key`);
      if (key === undefined) return found;
      const checked = checkText(`${name}.${index}.member.key`, key, tagKey);
      if (checked instanceof Violation) return checked;
      const value = checkText(
        `${name}.${index}.member.value`,
        parameters.get(`${name}.member.${index}.Value`),
        tagValue,
      );
      if (value instanceof Violation) return value;
      if (/^aws:/i.test(key))
        return new Violation(`${name}.${index}.member.key`, key, "Member must not start with aws:");
      if (found.size === 50) return new Violation(name, key, "Member must have length less than or equal to 50");
      if (seen.has(foldTagKey(key)))
        return refuse("InvalidInput", "Duplicate tag keys found. Please note that Tag keys are case insensitive.");
      seen.add(foldTagKey(key));
      found.set(key, value);
    }
  },
};

/** As `tags`, with the code that STS has for tags that are there twice. */
export const sessionTags: Field<ReadonlyMap<string, string>> = {
  read(parameters, name) {
    const found = tags.read(parameters, name);
    return isRefusal(found) ? { ...found, code: "ValidationError" } : found;
  },
};

export type Values<S extends Readonly<Record<string, Field<unknown>>>> = {
  readonly [K in keyof S]: S[K] extends Field<infer T> ? T : never;
};

/** Remembers the names it was asked for. */
class Asked implements FieldSource {
  readonly names = new Set<string>();
  private readonly all: ReadonlyMap<string, string>;
  constructor(all: ReadonlyMap<string, string>) {
    this.all = all;
  }
  get(name: string): string | undefined {
    this.names.add(name);
    return this.all.get(name);
  }
  has(name: string): boolean {
    return this.all.has(name);
  }
  hasUnder(prefix: string): boolean {
    return [...this.all.keys()].some((name) => name.startsWith(prefix));
  }
}

/**
 * INVARIANT: a part of a field that nobody read is refused: a tag or policy left out is a right somebody has or lacks. `Tags=` is how
 * SDKs send an empty list.
 */
function unread(parameters: ReadonlyMap<string, string>, asked: Asked, fields: ReadonlySet<string>): readonly string[] {
  return [...parameters]
    .filter(([name]) => fields.has(name.split(".", 1)[0] ?? "") && !asked.names.has(name))
    .filter(([name, value]) => name.includes(".") || value !== "")
    .map(([name]) => `'${name.slice(0, 128)}' is no part of it: members are numbered from 1, without gaps`);
}

/** All fields of a request, or one `ValidationError` that lists every violation. */
export function readFields<S extends Readonly<Record<string, Field<unknown>>>>(
  parameters: ReadonlyMap<string, string>,
  spec: S,
): Values<S> | Refusal {
  const values: Record<string, unknown> = {};
  const violations: string[] = [];
  const asked = new Asked(parameters);
  let refusal: Refusal | undefined;
  for (const [name, field] of Object.entries(spec)) {
    const value = field.read(asked, name);
    if (value instanceof Violation) violations.push(value.text);
    else if (isRefusal(value)) refusal ??= value;
    else values[name] = value;
  }
  if (violations.length === 0 && refusal === undefined)
    violations.push(...unread(parameters, asked, new Set(Object.keys(spec))));
  if (violations.length === 0) return refusal ?? (values as Values<S>);
  const count = violations.length === 1 ? "1 validation error" : `${violations.length} validation errors`;
  return refuse("ValidationError", `${count} detected: ${violations.join("; ")}`);
}
