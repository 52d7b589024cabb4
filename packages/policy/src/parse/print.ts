import type { Condition, PatternElement, Policy, PrincipalElement, Statement } from "../model/policy.ts";

/** A policy as plain JSON values, in the order the grammar gives. */
export type PolicyDocument = Readonly<Record<string, unknown>>;

/** Canonical JSON, minified; parsing it again gives the same policy but for spans. */
export function printPolicy(policy: Policy): string {
  return JSON.stringify(policyDocument(policy));
}

export function policyDocument(policy: Policy): PolicyDocument {
  const statements = policy.statements.map(statementDocument);
  return {
    ...(policy.explicitVersion ? { Version: policy.version } : {}),
    ...(policy.id === undefined ? {} : { Id: policy.id }),
    Statement: policy.statementList ? statements : statements[0],
  };
}

function statementDocument(statement: Statement): PolicyDocument {
  const { sid, effect, principal, action, resource, conditions } = statement;
  return {
    ...(sid === undefined ? {} : { Sid: sid }),
    Effect: effect,
    ...(principal === undefined ? {} : principalDocument(principal)),
    ...patternsDocument("Action", action),
    ...(resource === undefined ? {} : patternsDocument("Resource", resource)),
    ...(conditions.length === 0 ? {} : { Condition: conditionsDocument(conditions) }),
  };
}

function principalDocument({ negated, written }: PrincipalElement): PolicyDocument {
  return { [negated ? "NotPrincipal" : "Principal"]: written };
}

function patternsDocument(
  name: "Action" | "Resource",
  element: PatternElement<{ readonly text: string }>,
): PolicyDocument {
  const texts = element.patterns.map(({ text }) => text);
  return { [element.negated ? `Not${name}` : name]: element.single ? texts[0] : texts };
}

function conditionsDocument(conditions: readonly Condition[]): PolicyDocument {
  const operators = new Map<string, [string, unknown][]>();
  for (const { written, key, writtenValues } of conditions) {
    const keys = operators.get(written) ?? [];
    keys.push([key, writtenValues]);
    operators.set(written, keys);
  }
  // `fromEntries` defines properties, so a key named like `__proto__` stays a key.
  return Object.fromEntries([...operators].map(([written, keys]) => [written, Object.fromEntries(keys)]));
}

/** Characters without JSON white space, as AWS counts against its size limits. */
export function policySize(text: string): number {
  let size = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (quoted && character === "\\") {
      size += 2;
      at += 1;
      continue;
    }
    if (character === '"') quoted = !quoted;
    if (quoted || !" \t\n\r".includes(character)) size += 1;
  }
  return size;
}
