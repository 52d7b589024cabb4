/** An explanation as text for people. */
import type { ConditionTrace, LevelTrace, PolicyTrace, StatementTrace } from "../engine/trace.ts";
import type { LayerName } from "../model/request.ts";
import type { Change } from "./changes.ts";
import type { Explanation } from "./explain.ts";

const layerNames: Readonly<Record<LayerName, string>> = {
  guardrail: "Guardrails",
  resource: "Policy of the resource",
  identity: "Policies of the caller",
  boundary: "Permissions boundary",
  session: "Session policies",
  root: "Account root",
  none: "No policy",
};

/** The parts of an explanation, each ready to print. Lines have no line breaks at their ends. */
export interface ExplanationText {
  readonly verdict: string;
  /** The message of a denial; undefined for an allow. */
  readonly message: string | undefined;
  /** Every layer with its policies and statements. */
  readonly layers: readonly string[];
  readonly changes: readonly string[];
}

export function explanationText(explanation: Explanation): ExplanationText {
  const { message, levels } = explanation;
  return {
    verdict: verdictText(explanation),
    message,
    layers: levels.flatMap(levelLines),
    changes: changeLines(explanation),
  };
}

/** All parts in their order. */
export function explanationLines(explanation: Explanation): readonly string[] {
  const { verdict, message, layers, changes } = explanationText(explanation);
  return [verdict, ...(message === undefined ? [] : [message]), ...layers, ...changes];
}

function verdictText({ decision: { allowed, reason, layer } }: Explanation): string {
  const name = layerNames[layer].toLowerCase();
  if (allowed) return layer === "none" ? "ALLOWED: this action needs no permission" : `ALLOWED by ${name}`;
  return reason === "explicit-deny" ? `DENIED explicitly by ${name}` : `DENIED: nothing in ${name} allows it`;
}

function levelLines(level: LevelTrace): readonly string[] {
  const head = `${layerNames[level.layer]}${level.decided ? "  <- decided" : ""}`;
  if (level.policies.length === 0) return ["", head, "  (none)"];
  return ["", head, ...level.policies.flatMap(policyLines)];
}

function policyLines({ name, statements }: PolicyTrace): readonly string[] {
  if (statements === undefined) return [`  ${name}`, "    cannot be read, so it denies"];
  return [`  ${name}`, ...statements.flatMap((statement) => statementLines(statement).map((line) => `    ${line}`))];
}

/** Conditions are shown where they matter: the one that failed, and those by which a statement with conditions applies. */
function statementLines(statement: StatementTrace): readonly string[] {
  const { index, sid, effect, applies, failedAt, conditions, decided } = statement;
  const name = `${index + 1}${sid === undefined ? "" : ` (${sid})`} ${effect}`;
  const mark = decided ? "  <- decided" : "";
  if (applies) return [`${name}: applies${mark}`, ...conditions.map((one) => `  condition ${conditionText(one)}`)];
  const failed = failedAt === "condition" ? conditions.find(({ holds }) => !holds) : undefined;
  const why = failed === undefined ? (failedAt ?? "") : `condition ${conditionText(failed)}`;
  return [`${name}: does not apply: ${why}${mark}`];
}

/** What was asked for, and in parentheses what the request has. */
export function conditionText({ operator, key, expected, actual, missing, indeterminate }: ConditionTrace): string {
  const asked = `${operator} ${key} ${valuesText(expected)}`;
  const notes = [
    actual === undefined ? "not in the request" : `the request has ${valuesText(actual)}`,
    ...missing.map((name) => `no value for \${${name}}`),
    ...(indeterminate ? ["cannot be compared"] : []),
  ];
  return `${asked} (${notes.join("; ")})`;
}

const maxShownValues = 5;

function valuesText(values: readonly string[]): string {
  const shown = values.slice(0, maxShownValues).map((value) => JSON.stringify(value));
  const more = values.length - shown.length;
  if (more > 0) shown.push(`… ${more} more`);
  return values.length === 1 ? shown.join("") : `[${shown.join(", ")}]`;
}

function changeLines({ changes, pairs }: Explanation): readonly string[] {
  if (changes.length > 0)
    return ["", "Any one of these would allow it:", ...changes.map((change) => `  - ${changeText(change)}`)];
  if (pairs.length === 0) return [];
  return [
    "",
    `No single change would allow it. ${pairs.length === 1 ? "These two together would" : "Any of these pairs would"}:`,
    ...pairs.flatMap(([first, second]) => [`  - ${changeText(first)}`, `    and ${changeText(second)}`]),
  ];
}

/** Keys that no request can set: their values are the tags of something. */
const tagKeys: readonly (readonly [prefix: string, what: string])[] = [
  ["s3:existingobjecttag/", "the object"],
  ["s3:buckettag/", "the bucket"],
  ["aws:resourcetag/", "the resource"],
  ["iam:resourcetag/", "the resource"],
  ["aws:principaltag/", "the caller"],
];

function keyText(key: string, value: string): string {
  const tag = tagKeys.find(([prefix]) => key.toLowerCase().startsWith(prefix));
  if (tag === undefined) return `make the request with ${key} = ${value}`;
  const [prefix, what] = tag;
  return `give ${what} the tag ${key.slice(prefix.length)} = ${value} (${key})`;
}

/** A change as what to do: `add the action s3:GetObject to statement 1 of reader`. */
export function changeText(change: Change): string {
  if (change.kind === "add-statement") {
    const to = change.principal === undefined ? "" : ` to ${change.principal}`;
    return `in ${layerNames[change.layer].toLowerCase()}, add a statement that allows ${change.action} on ${change.resource}${to}`;
  }
  const place = `statement ${change.statement + 1}${change.sid === undefined ? "" : ` (${change.sid})`} of ${change.policy}`;
  switch (change.kind) {
    case "remove-statement":
      return `remove ${place}, which denies it`;
    case "add-action":
      return `add the action ${change.action} to ${place}`;
    case "add-resource":
      return `add the resource ${change.resource} to ${place}`;
    case "set-key":
      return `${keyText(change.key, change.value)}, which ${place} asks for`;
    case "act-as":
      return `make the request as ${change.arn}, which ${place} asks for`;
  }
}
