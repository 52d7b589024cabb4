import { isList, isObject, type Json, jsonObject, type JsonObject } from "../formats/json.ts";
import { dumps } from "../formats/python-json.ts";
import { statementsOf } from "./documents.ts";

/** The trust policy of the role: this ARN (the root of the account) may assume it, with the further actions that a session needs. */
export function accountTrust(trusted: string, more: readonly string[], ...others: readonly Json[]): JsonObject {
  const principal = jsonObject({ AWS: trusted });
  const allow = (action: Json): Json => jsonObject({ Effect: "Allow", Principal: principal, Action: action });
  const own = others.length === 0 ? [allow("sts:AssumeRole")] : [];
  const added = more.length === 0 ? [] : [allow(more.length === 1 ? (more[0] ?? "") : more)];
  return jsonObject({ Version: "2012-10-17", Statement: [...others, ...own, ...added] });
}

/** Those of the actions no statement allows by name. */
export function missingActions(trust: Json, actions: readonly string[]): readonly string[] {
  const allowed = new Set(statementsOf(trust).flatMap(allowedActions));
  return actions.filter((action) => !["*", "sts:*", action.toLowerCase()].some((name) => allowed.has(name)));
}

function allowedActions(statement: Json): readonly string[] {
  if (!isObject(statement) || statement.get("Effect") !== "Allow") return [];
  const given = statement.get("Action") ?? [];
  return (isList(given) ? given : [given]).map((action) => (typeof action === "string" ? action.toLowerCase() : ""));
}

export type TrustFinding = { readonly kind: "sound" } | { readonly kind: "refused"; readonly why: string };

/**
 * Whether an existing role may be used: nobody outside the account may assume it, and the account's callers can. A trust
 * policy that is narrower within the account is left alone: AssumeRole itself then decides.
 */
export function checkTrust(trust: Json, account: string): TrustFinding {
  const allows = statementsOf(trust).filter(
    (item): item is JsonObject => isObject(item) && item.get("Effect") === "Allow",
  );
  const principals = allows.flatMap(principalsOf);
  const foreign = principals.filter((principal) => !isOfAccount(principal, account));
  if (foreign.length > 0)
    return { kind: "refused", why: `others than this account may assume it (${foreign.join(", ")})` };
  if (principals.length === 0) return { kind: "refused", why: "its trust policy lets nobody assume it" };
  return { kind: "sound" };
}

function principalsOf(statement: JsonObject): readonly string[] {
  if (statement.has("NotPrincipal")) return ["NotPrincipal"];
  const principal = statement.get("Principal");
  if (!isObject(principal)) return [typeof principal === "string" ? principal : "nobody named"];
  return [...principal].flatMap(([kind, value]) => {
    const values = isList(value) ? value : [value];
    return values.map((item) => (kind === "AWS" && typeof item === "string" ? item : `${kind} ${dumps(item)}`));
  });
}

/** Unique ids are how a stored trust policy names users and roles that were deleted; they match nobody. */
function isOfAccount(principal: string, account: string): boolean {
  return (
    principal === account ||
    new RegExp(`^arn:[a-z-]+:(iam|sts)::${account}:`).test(principal) ||
    /^A(ID|RO)A\w+$/.test(principal)
  );
}
