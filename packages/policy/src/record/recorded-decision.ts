/** A decision of the gateway's record: what was asked, and the policies as they were then. */
import { allowedAll, namedProgram, principalAlone, type PrincipalPolicies } from "../access/principal-policies.ts";
import type { Layers, NamedProgram } from "../engine/program.ts";
import type { PolicyKind, PrincipalEntry } from "../model/policy.ts";
import type { Principal } from "../model/request.ts";
import { originOfRecorded } from "./recorded-name.ts";
import { type Fields, fieldsOf } from "../parse/json-value.ts";
import { type AccessQuestion, recordedQuestion } from "./recorded-question.ts";

export interface RecordedDecision {
  readonly question: AccessQuestion;
  readonly caller: PrincipalPolicies;
  readonly layers: Layers;
}

/** A policy as an event has it. */
interface RecordedPolicy {
  readonly layer: PolicyKind;
  readonly level?: number;
  readonly name: string;
  readonly sha256?: string;
}

/**
 * `event`: a record of CloudTrail with the gateway's `additionalEventData.decision`. `documents`: the texts of the policies that it names,
 * by SHA-256, as GetDecision gives them. Undefined when no policy was asked.
 */
export function recordedDecision(event: Fields, documents: Fields): RecordedDecision | undefined {
  const decision = fieldsOf(fieldsOf(event["additionalEventData"])["decision"]);
  const identity = fieldsOf(event["userIdentity"]);
  const isToken = identity["type"] === "WebIdentityUser";
  const name = identity[isToken ? "principalId" : "arn"];
  const arn = typeof name === "string" ? name : "anonymous";
  const question = recordedQuestion(decision, arn);
  if (question === undefined) return undefined;
  const policies = (decision["policies"] ?? []) as readonly RecordedPolicy[];
  const layers = layersOf(policies, documents);
  if (isToken) return { question, caller: webIdentityCaller(identity), layers };
  const accountId = String(identity["accountId"]);
  if (arn !== "anonymous" || !/^\d{12}$/.test(accountId))
    return {
      question: withoutDecider(question),
      caller: callerOf(arn, accountId, identity),
      layers,
    };
  const caller = foreignCaller(accountId, String(identity["principalId"]), decidingEntry(layers, question));
  return { question: withoutDecider(question), caller, layers: { ...layers, ...caller.layers } };
}

/** The principal of the statement that allowed a caller of another account. */
function decidingEntry({ resource }: Layers, { reported }: AccessQuestion): PrincipalEntry | undefined {
  if (reported?.layer !== "resource" || resource === "none" || resource.policy.program === "unreadable") return;
  return resource.policy.program.source.statements[reported.statement?.index ?? -1]?.principal?.entries[0];
}

/**
 * The event of the resource's account has, of a caller from another account, that account and the unique id, by which stored policies name
 * the caller. The policies of the other account are in its own event.
 */
function foreignCaller(accountId: string, id: string, entry: PrincipalEntry | undefined): PrincipalPolicies {
  const canonicalId = entry?.kind === "canonical-user" ? { canonicalId: entry.id } : {};
  const [iam, sts] = ["iam", "sts"].map((service) => `arn:aws:${service}::${accountId}:`);
  const [first = "", name = ""] = id.split(":");
  const base = { accountId, ...canonicalId };
  const principal = (): Principal => {
    if (id === accountId) return { kind: "root", ...base, arn: `${iam}root` };
    if (name === "") return { kind: "user", ...base, arn: `${iam}user/${id}`, userId: id, userName: id };
    if (first === accountId)
      return { kind: "federated-user", ...base, arn: `${sts}federated-user/${name}`, userId: id };
    const role = { roleArn: `${iam}role/${first}`, roleId: first, roleName: first, sessionName: name };
    return { kind: "role-session", ...base, ...role, arn: `${sts}assumed-role/${first}/${name}` };
  };
  return {
    principal: principal(),
    layers: allowedAll(`policies of account ${accountId}, which are in its own record`),
    tags: new Map(),
  };
}

/** Whom a token named, as `PROVIDER:AUDIENCE:SUBJECT`. */
function webIdentityCaller(identity: Fields): PrincipalPolicies {
  const [provider, subject] = [String(identity["identityProvider"]), String(identity["userName"])];
  const audience = String(identity["principalId"]).slice(provider.length + 1, -subject.length - 1);
  const principal: Principal = { kind: "web-identity", provider, audience, subject };
  return { principal, layers: { identity: [], boundary: "none" }, tags: new Map() };
}

/** Of a denial between two accounts the event of neither names the policy, and only the policies of one account are in it. */
function withoutDecider(question: AccessQuestion): AccessQuestion {
  const { reported } = question;
  if (reported === undefined || reported.allowed || reported.layer !== undefined) return question;
  const hidden = "a policy of one of two accounts";
  return { ...question, reported: { ...reported, hidden, reason: "neither account sees which" } };
}

/** By the unique id, by which stored policies name the caller, and by what issued the session: policies name that too. */
function callerOf(arn: string, accountId: string, identity: Fields): PrincipalPolicies {
  const nothing = { layers: { identity: [], boundary: "none" }, tags: new Map<string, string>() } as const;
  if (arn.endsWith(":root")) return { principal: { kind: "root", accountId, arn }, ...nothing };
  const known = principalAlone(arn, "explain");
  return known === undefined
    ? { principal: { kind: "anonymous" }, ...nothing }
    : { ...known, principal: asRecorded(known.principal, identity) };
}

function asRecorded(principal: Principal, identity: Fields): Principal {
  const id = String(identity["principalId"]);
  const { sessionIssuer, webIdFederationData } = fieldsOf(identity["sessionContext"]);
  const issuer = fieldsOf(sessionIssuer);
  const [arn, provider] = [issuer["arn"], fieldsOf(webIdFederationData)["federatedProvider"]];
  if (principal.kind === "user") return { ...principal, userId: id };
  if (principal.kind === "role-session") {
    const roleArn = typeof arn === "string" ? arn : principal.roleArn;
    const through = typeof provider === "string" ? { provider } : {};
    return { ...principal, roleArn, roleId: id.split(":")[0] ?? "", ...through };
  }
  if (principal.kind !== "federated-user" || typeof arn !== "string") return principal;
  return { ...principal, issuer: { arn, userId: String(issuer["principalId"]) } };
}

function layersOf(policies: readonly RecordedPolicy[], documents: Fields): Layers {
  const of = (layer: PolicyKind): readonly RecordedPolicy[] => policies.filter((policy) => policy.layer === layer);
  const programs = (layer: PolicyKind) => of(layer).map((policy) => programOf(policy, layer, documents));
  // The event of the account that has the resource has no levels of the caller's account, which come first.
  const levels = (layer: PolicyKind) => {
    const found = new Map<number, NamedProgram[]>();
    for (const policy of of(layer)) {
      const { level = 0 } = policy;
      found.set(level, [...(found.get(level) ?? []), programOf(policy, layer, documents)]);
    }
    return [...found.values()];
  };
  const [boundary] = programs("boundary");
  const [resource] = programs("resource");
  const [trust] = programs("trust");
  const on = resource === undefined ? trust : resource;
  return {
    guardrails: levels("guardrail"),
    identity: programs("identity"),
    boundary: boundary ?? "none",
    sessions: levels("session"),
    resource: on === undefined ? "none" : { kind: resource === undefined ? "trust" : "resource", policy: on },
  };
}

/** A document that was unreadable, or is gone, makes its layer deny, as it did then. */
function programOf({ name, sha256 }: RecordedPolicy, kind: PolicyKind, documents: Fields): NamedProgram {
  const text = sha256 === undefined ? undefined : documents[sha256];
  // As `accountPrincipals` names it, so that the policies of then and of now are told by their names.
  return namedProgram(originOfRecorded(name, kind) ?? name, typeof text === "string" ? text : "", kind);
}
