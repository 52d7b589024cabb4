import type { Layers, NamedProgram, Policy, Statement, TextPattern } from "@s3-credentials/policy";

function variablesOf(patterns: readonly TextPattern[]): readonly string[] {
  return patterns.flatMap(({ parts }) => parts.flatMap((part) => (part.kind === "variable" ? [part.key] : [])));
}

function keysOf({ conditions, resource }: Statement): readonly string[] {
  return [
    ...conditions.flatMap(({ key, values }) => [key, ...variablesOf(values)]),
    ...variablesOf(resource?.patterns ?? []),
  ];
}

/** The condition keys of policies by their names in lower case, as they were written first: keys are compared without case. */
export function writtenKeys(policies: readonly NamedProgram[]): ReadonlyMap<string, string> {
  const sources = policies.flatMap(({ program }): readonly Policy[] =>
    program === "unreadable" ? [] : [program.source],
  );
  const found = new Map<string, string>();
  for (const key of sources.flatMap(({ statements }) => statements).flatMap(keysOf))
    if (!found.has(key.toLowerCase())) found.set(key.toLowerCase(), key);
  return found;
}

export function policiesIn({ guardrails, identity, boundary, sessions, resource }: Layers): readonly NamedProgram[] {
  return [
    ...identity,
    ...(boundary === "none" ? [] : [boundary]),
    ...(resource === "none" ? [] : [resource.policy]),
    ...sessions.flat(),
    ...guardrails.flat(),
  ];
}
