import { type Refusal, refuse } from "../operation.ts";

/**
 * Typed reading of a Query-protocol form. Every violation of the request is told at once, in the words IAM and STS use.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
 */
export interface Field<T> {
  readonly read: (parameters: ReadonlyMap<string, string>, name: string) => T | Violation;
}

export class Violation {
  readonly text: string;
  constructor(name: string, value: string | undefined, constraint: string) {
    const at = name.charAt(0).toLowerCase() + name.slice(1);
    const shown = value === undefined ? "null" : `'${value.length > 128 ? `${value.slice(0, 128)}…` : value}'`;
    this.text = `Value ${shown} at '${at}' failed to satisfy constraint: ${constraint}`;
  }
}

interface TextRule {
  /** Anchored. */
  readonly pattern?: RegExp;
  /** The pattern as AWS prints it. */
  readonly shown?: string;
  readonly min?: number;
  readonly max: number;
}

export function checkText(name: string, value: string, rule: TextRule): string | Violation {
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
    read(parameters, name) {
      const value = parameters.get(name);
      return value === undefined
        ? new Violation(name, undefined, "Member must not be null")
        : checkText(name, value, rule);
    },
  };
}

export function optional<T>(field: Field<T>): Field<T | undefined> {
  return { read: (parameters, name) => (parameters.has(name) ? field.read(parameters, name) : undefined) };
}

export function withDefault<T>(field: Field<T>, fallback: T): Field<T> {
  return { read: (parameters, name) => (parameters.has(name) ? field.read(parameters, name) : fallback) };
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

/** `Tags.member.N.Key` and `.Value`; keys are unique without case and do not start with `aws:`. At most 50. */
export const tags: Field<ReadonlyMap<string, string>> = {
  read(parameters, name) {
    const found = new Map<string, string>();
    const seen = new Set<string>();
    for (let index = 1; ; index += 1) {
      const key = parameters.get(`${name}.member.${index}.Key`);
      if (key === undefined) return found;
      const value = parameters.get(`${name}.member.${index}.Value`) ?? "";
      const checked = [
        checkText(`${name}.${index}.member.key`, key, tagKey),
        checkText(`${name}.${index}.member.value`, value, tagValue),
      ];
      const violation = checked.find((one) => one instanceof Violation);
      if (violation !== undefined) return violation;
      if (/^aws:/i.test(key))
        return new Violation(`${name}.${index}.member.key`, key, "Member must not start with aws:");
      if (seen.has(key.toLowerCase())) return new Violation(name, key, "Member must not hold the same tag key twice");
      if (found.size === 50) return new Violation(name, key, "Member must have length less than or equal to 50");
      seen.add(key.toLowerCase());
      found.set(key, value);
    }
  },
};

export type Values<S extends Readonly<Record<string, Field<unknown>>>> = {
  readonly [K in keyof S]: S[K] extends Field<infer T> ? T : never;
};

/** All fields of a request, or one `ValidationError` that lists every violation. */
export function readFields<S extends Readonly<Record<string, Field<unknown>>>>(
  parameters: ReadonlyMap<string, string>,
  spec: S,
): Values<S> | Refusal {
  const values: Record<string, unknown> = {};
  const violations: string[] = [];
  for (const [name, field] of Object.entries(spec)) {
    const value = field.read(parameters, name);
    if (value instanceof Violation) violations.push(value.text);
    else values[name] = value;
  }
  if (violations.length === 0) return values as Values<S>;
  const count = violations.length === 1 ? "1 validation error" : `${violations.length} validation errors`;
  return refuse("ValidationError", `${count} detected: ${violations.join("; ")}`);
}
