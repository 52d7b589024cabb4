/** An explanation as a tree of lines. */
import type { Change } from "./changes.ts";
import type { ExplainedLayer, ExplainedPolicy, ExplainedStatement, Explanation } from "./explain.ts";

const layerNames: Readonly<Record<ExplainedLayer["layer"], string>> = {
  guardrail: "Guardrails",
  resource: "Policy of the resource",
  identity: "Policies of the caller",
  boundary: "Permissions boundary",
  session: "Session policies",
  root: "Account root",
  none: "No policy",
};

/** Lines without line breaks at their ends. */
export function explanationLines({ decision, message, layers, changes }: Explanation): readonly string[] {
  const verdict = decision.allowed ? "ALLOWED" : decision.reason === "explicit-deny" ? "DENIED explicitly" : "DENIED";
  const where = decision.layer === "none" ? "" : ` by ${layerNames[decision.layer].toLowerCase()}`;
  return [
    `${verdict}${decision.allowed || decision.reason === "explicit-deny" ? where : `: nothing in ${layerNames[decision.layer].toLowerCase()} allows it`}`,
    ...(message === undefined ? [] : [message]),
    ...layers.flatMap(layerLines),
    ...(changes.length === 0
      ? []
      : ["", "Any one of these would allow it:", ...changes.map((change) => `  - ${changeText(change)}`)]),
  ];
}

function layerLines(layer: ExplainedLayer): readonly string[] {
  const head = `${layerNames[layer.layer]}${layer.decided ? "  <- decided" : ""}`;
  if (layer.policies.length === 0) return ["", head, "  (none)"];
  return ["", head, ...layer.policies.flatMap(policyLines)];
}

function policyLines({ name, statements }: ExplainedPolicy): readonly string[] {
  if (statements === undefined) return [`  ${name}`, "    cannot be read, so it denies"];
  return [`  ${name}`, ...statements.map((statement) => `    ${statementText(statement)}`)];
}

function statementText(statement: ExplainedStatement): string {
  const { index, sid, effect, matched, failedAt, detail, keyAbsent, decided } = statement;
  const name = `${index + 1}${sid === undefined ? "" : ` (${sid})`} ${effect}`;
  const why = `${failedAt ?? ""}${detail === undefined ? "" : ` ${detail}`}${keyAbsent === true ? " (not in the request)" : ""}`;
  return `${name}: ${matched ? "applies" : `does not apply: ${why}`}${decided ? "  <- decided" : ""}`;
}

function changeText(change: Change): string {
  if (change.kind === "add-statement")
    return `in ${layerNames[change.layer].toLowerCase()}, add a statement that allows ${change.action} on ${change.resource}`;
  const place = `statement ${change.statement + 1}${change.sid === undefined ? "" : ` (${change.sid})`} of ${change.policy}`;
  switch (change.kind) {
    case "remove-statement":
      return `remove ${place}, which denies it`;
    case "add-action":
      return `add the action ${change.action} to ${place}`;
    case "add-resource":
      return `add the resource ${change.resource} to ${place}`;
    case "set-key":
      return `make the request with ${change.key} = ${change.value}, which ${place} asks for`;
  }
}
