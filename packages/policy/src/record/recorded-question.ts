import type { LayerName, StatementRef } from "../model/request.ts";
import { type Fields, fieldsOf } from "../parse/json-value.ts";
import { originOfRecorded } from "./recorded-name.ts";

/** A decision made elsewhere: a service's message says it, or a record has it. */
export interface ReportedDecision {
  readonly allowed: boolean;
  /** Undefined when it is not said, or is of a kind that is never readable: `hidden` then names it. */
  readonly layer: LayerName | undefined;
  readonly hidden?: string;
  /** The statement that decided, where the record has it. */
  readonly statement?: StatementRef;
  /** As it was worded. */
  readonly reason: string;
}

/** Who asks for what on what. */
export interface AccessQuestion {
  /** An ARN, or `anonymous`. */
  readonly principal?: string;
  readonly action: string;
  readonly resource: string;
  readonly resourceAccount?: string;
  readonly reported?: ReportedDecision;
  /** What the request came with, by key in small letters. */
  readonly context?: ReadonlyMap<string, string | readonly string[]>;
}

const layers: readonly string[] = [
  "guardrail",
  "resource",
  "identity",
  "boundary",
  "session",
  "root",
  "none",
] satisfies readonly LayerName[];

/** What was asked and decided, as the gateway's log and its events have it (`decision`); undefined when no policy was asked. */
export function recordedQuestion(decision: Fields, principal: string): AccessQuestion | undefined {
  const [action, resource] = [textOf(decision["action"]), textOf(decision["resource"])];
  if (action === undefined || resource === undefined) return undefined;
  const layer = layers.find((name): name is LayerName => name === decision["layer"]);
  const allowed = decision["allowed"] === true;
  const statement = statementOf(fieldsOf(decision["statement"]), layer);
  const account = textOf(decision["resourceAccount"]);
  return {
    principal,
    action,
    resource,
    ...(account === undefined ? {} : { resourceAccount: account }),
    context: contextOf(decision["context"], account),
    reported: {
      allowed,
      layer,
      ...(statement === undefined ? {} : { statement }),
      reason: reasonOf(decision, allowed, layer, statement),
    },
  };
}

function statementOf(fields: Fields, layer: LayerName | undefined): StatementRef | undefined {
  const { policyName, index, sid } = fields;
  if (typeof policyName !== "string" || typeof index !== "number") return undefined;
  return { policyName, origin: originOfRecorded(policyName, layer), index, sid: textOf(sid) };
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

/** With the keys of what the record has beside the context, and of what is the same in every request to the gateway. */
function contextOf(value: unknown, account: string | undefined): ReadonlyMap<string, string | readonly string[]> {
  const found = new Map<string, string | readonly string[]>([["aws:viaawsservice", "false"]]);
  if (account !== undefined) for (const service of ["aws", "s3"]) found.set(`${service}:resourceaccount`, account);
  for (const [key, item] of Object.entries(fieldsOf(value))) {
    if (typeof item === "string") found.set(key.toLowerCase(), item);
    if (Array.isArray(item)) found.set(key.toLowerCase(), item.map(String));
  }
  return found;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
