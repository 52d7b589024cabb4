import { decided } from "../compare/answer.ts";
import { type Caller, knownCaller, tellsCaller } from "../compare/callers.ts";
import { accessOverUnknowns, type AccessOverUnknowns, type AccessScope } from "../compare/decide-unknowns.ts";
import { accountCallers, entryCallers, sessionCallers } from "../compare/group-callers.ts";
import { type Witness, witnessData } from "../compare/witness.ts";
import { decide } from "../engine/decide.ts";
import type { Layers } from "../engine/program.ts";
import { readRuling } from "../engine/ruling.ts";
import { principalContext } from "../model/principal-context.ts";
import type { AccessRequest, StatementRef } from "../model/request.ts";
import type { PrincipalPolicies } from "./principal-policies.ts";

/**
 * How somebody signs in is not known beforehand, nor which organization the account is in, so a policy that asks for it makes the answer
 * depend on it.
 */
const openKeys = [
  "aws:MultiFactorAuthPresent",
  "aws:MultiFactorAuthAge",
  "aws:TokenIssueTime",
  "aws:SourceIdentity",
  "aws:PrincipalOrgID",
  "aws:PrincipalOrgPaths",
];

export interface AccessPlace {
  /** Control policies that limit the request; absent: none, or none that can be read. */
  readonly guardrails?: Layers["guardrails"];
  /** The policy of the resource, as it is for this caller. */
  readonly resource: Layers["resource"];
  /** The account that has the resource; undefined: the caller's. */
  readonly account: string | undefined;
  /** What is known of the request; times are part of it. */
  readonly context: Readonly<Record<string, string | readonly string[]>>;
}

/** What may be done, and where it may, by which statement: `(policy, statement 1 (Sid))`, or the layer that needs none. */
export type Access = AccessOverUnknowns & {
  readonly through: string | undefined;
  /** That statement. */
  readonly statement: StatementRef | undefined;
};

/** What a caller may do when it is not known how it signs in and what else is in the request. For many questions about one caller. */
export function accessOf(caller: PrincipalPolicies, place: AccessPlace): (scope: AccessScope) => Access {
  const { principal } = caller;
  const layers = layersOf(caller, place.resource, place.guardrails);
  const callers = decided(() => callersFor(caller, place.resource));
  if ("answer" in callers) return () => ({ ...callers, through: undefined, statement: undefined });
  const ask = accessOverUnknowns({
    layers,
    principal,
    callers,
    resourceAccount: place.account ?? ("accountId" in principal ? principal.accountId : undefined),
    context: "accountId" in principal ? place.context : withoutCaller(place.context),
  });
  return (scope) => {
    const found = ask(scope);
    if (!("allowed" in found)) return { ...found, through: undefined, statement: undefined };
    return { ...found, ...throughOf(layers, found.allowed) };
  };
}

/** As whom the caller can ask. @throws {CannotDecide} */
function callersFor(
  { principal, tags, standsFor }: PrincipalPolicies,
  resource: Layers["resource"],
): readonly Caller[] {
  const policy = resource === "none" || resource.policy.program === "unreadable" ? undefined : resource.policy.program;
  const open = "accountId" in principal ? openKeys : [];
  if (standsFor?.kind === "entry") return entryCallers(standsFor.entry, policy?.source);
  if (standsFor?.kind === "account" && "accountId" in principal && policy !== undefined)
    return [...accountCallers(principal.accountId, policy.source, standsFor.canonicalId)];
  if (standsFor?.kind !== "sessions" || principal.kind !== "role-session")
    return [knownCaller(principal, { tags }, open)];
  return sessionCallers({ ...standsFor, principal, facts: { tags }, openKeys: open }, policy?.source);
}

/** What is known of callers who have an account: an anonymous caller and a service are in no organization and have no tags. */
function withoutCaller(context: AccessPlace["context"]): AccessPlace["context"] {
  return Object.fromEntries(Object.entries(context).filter(([key]) => !tellsCaller(key.toLowerCase())));
}

/** Everything that decides about a caller. `guardrails`: control policies, which only the management account of an organization may read. */
export function layersOf(
  caller: PrincipalPolicies,
  resource: Layers["resource"],
  guardrails: Layers["guardrails"] = [],
): Layers {
  return { guardrails, sessions: [], ...caller.layers, resource };
}

/** The request of somebody about whom nothing is known but who it is, and what `place` says of the request. */
export function plainRequest(
  { principal, tags }: PrincipalPolicies,
  { action, resource }: AccessScope,
  { account, context }: Pick<AccessPlace, "account" | "context">,
): AccessRequest {
  const own = principalContext(principal, { tags });
  const given = new Map(Object.entries(context).map(([key, value]) => [key.toLowerCase(), value]));
  return {
    principal,
    action,
    resource,
    resourceAccount: account ?? ("accountId" in principal ? principal.accountId : undefined),
    context: (key) => given.get(key.toLowerCase()) ?? own.get(key.toLowerCase()),
  };
}

function throughOf(layers: Layers, witness: Witness): Pick<Access, "through" | "statement"> {
  const request = { ...witness, context: (key: string) => witness.context[key.toLowerCase()] };
  const { layer, statement } = readRuling(layers, decide(layers, request));
  if (statement === undefined) return { through: layer, statement };
  const { policyName, index, sid } = statement;
  return { through: `${policyName}, statement ${index + 1}${sid === undefined ? "" : ` (${sid})`}`, statement };
}

/** The keys of a time, for `AccessPlace.context`. */
export function timeContext(now: Date): Readonly<Record<string, string>> {
  return { "aws:currenttime": now.toISOString(), "aws:epochtime": String(Math.floor(now.getTime() / 1000)) };
}

/** An answer as data: what the command and the page give to programs. */
export function accessData(access: Access): Readonly<Record<string, unknown>> {
  const { answer, through } = access;
  if (answer === "never") return { Access: answer };
  if (answer === "unknown") return { Access: answer, Because: access.construct };
  if (answer === "always") return { Access: answer, Through: through };
  const { on, allowed, refused } = access;
  return { Access: answer, Through: through, On: on, Allowed: witnessData(allowed), Refused: witnessData(refused) };
}
