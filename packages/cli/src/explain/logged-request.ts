import type { LayerName, StatementRef } from "@s3-credentials/policy";
import type { AccessQuestion } from "../input/access-question.ts";
import { CommandError } from "../command-line/failures.ts";

type Fields = Readonly<Record<string, unknown>>;

const layers: readonly string[] = [
  "guardrail",
  "resource",
  "identity",
  "boundary",
  "session",
  "root",
  "none",
] satisfies readonly LayerName[];

/** What was asked and decided in a request, from the gateway's log: JSON lines, of which others are passed over. */
export function readLoggedRequest(log: string, requestId: string): AccessQuestion {
  const line = log
    .split("\n")
    .filter((text) => text.includes(requestId))
    .map(parseLine)
    .find((fields) => fields["requestId"] === requestId && fields["msg"] === "request");
  if (line === undefined) throw new CommandError(`the log has no request ${requestId}; is it the log of that gateway?`);
  const question = questionOf(fieldsOf(line["decision"]), textOf(line["principal"]) ?? "anonymous");
  if (question === undefined) throw new CommandError(undecided(line, requestId));
  return question;
}

/** What was asked and decided, as the log and the record have it; undefined when no policy was asked. */
export function questionOf(decision: Fields, principal: string): AccessQuestion | undefined {
  const [action, resource] = [textOf(decision["action"]), textOf(decision["resource"])];
  if (action === undefined || resource === undefined) return undefined;
  const layer = layers.find((name): name is LayerName => name === decision["layer"]);
  const allowed = decision["allowed"] === true;
  const statement = statementOf(fieldsOf(decision["statement"]));
  const account = textOf(decision["resourceAccount"]);
  return {
    principal,
    action,
    resource,
    ...(account === undefined ? {} : { resourceAccount: account }),
    context: contextOf(decision["context"]),
    reported: {
      allowed,
      layer,
      ...(statement === undefined ? {} : { statement }),
      reason: reasonOf(decision, allowed, layer, statement),
    },
  };
}

function statementOf(fields: Fields): StatementRef | undefined {
  const { policyName, index, sid } = fields;
  if (typeof policyName !== "string" || typeof index !== "number") return undefined;
  return { policyName, index, sid: textOf(sid) };
}

/** `denied by boundary: no Allow`, `denied by identity: inline, statement 2 (NoSecrets)`. */
function reasonOf(
  decision: Fields,
  allowed: boolean,
  layer: LayerName | undefined,
  statement: StatementRef | undefined,
): string {
  const by = `${allowed ? "allowed" : "denied"} by ${layer ?? "a policy"}`;
  const unreadable = textOf(decision["unreadable"]);
  if (unreadable !== undefined) return `${by}: ${unreadable} could not be read`;
  if (statement === undefined) return decision["reason"] === "implicit-deny" ? `${by}: no Allow` : by;
  const { policyName, index, sid } = statement;
  return `${by}: ${policyName}, statement ${index + 1}${sid === undefined ? "" : ` (${sid})`}`;
}

function undecided(line: Fields, requestId: string): string {
  const code = textOf(line["code"]);
  if (line["decision"] !== undefined) return `the log of request ${requestId} does not say what was asked`;
  return `no policy was asked in request ${requestId}: it ${code === undefined ? "needs none" : `was refused before (${code})`}`;
}

function contextOf(value: unknown): ReadonlyMap<string, string | readonly string[]> {
  const found = new Map<string, string | readonly string[]>();
  for (const [key, item] of Object.entries(fieldsOf(value))) {
    if (typeof item === "string") found.set(key.toLowerCase(), item);
    if (Array.isArray(item)) found.set(key.toLowerCase(), item.map(String));
  }
  return found;
}

function parseLine(text: string): Fields {
  try {
    // A log that passed through a service manager may have its prefix before the JSON.
    return fieldsOf(JSON.parse(text.slice(Math.max(0, text.indexOf("{")))));
  } catch {
    return {};
  }
}

function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null ? (value as Fields) : {};
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
