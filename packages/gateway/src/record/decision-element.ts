import { createHash } from "node:crypto";
import type { NamedProgram, Program } from "@s3-credentials/policy";
import { textOf } from "../authz/policy-programs.ts";
import type { PolicyDocument } from "../ports/event-store.ts";
import type { LoggedDecision } from "../ports/request-log.ts";
import { escaped } from "./escaped.ts";
import { loggedQuestion, loggedStatement, questionOf } from "./logged-question.ts";

/** Whose policies an event may name: those of the caller, those of the resource, or both. */
export interface Side {
  readonly caller: boolean;
  readonly resource: boolean;
}

/** Policies as an event names them. */
interface Named {
  /** The elements of a JSON array. */
  readonly text: string;
  readonly documents: readonly PolicyDocument[];
}

const hashes = new WeakMap<Program, string>();

/** SHA-256 of a document as it is stored. */
function hashOf(program: Program, text: string): string {
  let hash = hashes.get(program);
  if (hash === undefined) {
    hash = createHash("sha256").update(text).digest("hex");
    hashes.set(program, hash);
  }
  return hash;
}

interface Place {
  readonly layer: string;
  readonly level?: number;
}

function named(policies: readonly (readonly [Place, NamedProgram])[]): Named {
  const documents: PolicyDocument[] = [];
  const elements = policies.map(([place, { name, program }]) => {
    const text = program === "unreadable" ? undefined : textOf(program);
    if (program === "unreadable" || text === undefined) return { ...place, name, unreadable: true };
    const hash = hashOf(program, text);
    documents.push({ hash, text });
    return { ...place, name, sha256: hash };
  });
  return { text: JSON.stringify(elements).slice(1, -1), documents };
}

/** Of callers by their layers, which are one object in all requests of a user; of resources by the decision. */
const knownNames = new WeakMap<object, Named>();

function callersPolicies({ layers }: LoggedDecision): Named {
  let found = knownNames.get(layers);
  if (found === undefined) {
    const { guardrails, identity, boundary, sessions } = layers;
    const all = (layer: string, levels: readonly (readonly NamedProgram[])[]) =>
      levels.flatMap((policies, level) => policies.map((policy) => [{ layer, level }, policy] as const));
    found = named([
      ...all("guardrail", guardrails),
      ...identity.map((policy) => [{ layer: "identity" }, policy] as const),
      ...(boundary === "none" ? [] : [[{ layer: "boundary" }, boundary] as const]),
      ...all("session", sessions),
    ]);
    knownNames.set(layers, found);
  }
  return found;
}

const nothingNamed: Named = { text: "", documents: [] };

/** Its levels of guardrails come after those of the caller, as they do in the decision. */
function resourcesPolicies(decision: LoggedDecision): Named {
  const { resourceLayer, resourceControls, layers } = decision;
  if (resourceLayer === "none" && resourceControls.length === 0) return nothingNamed;
  let found = knownNames.get(decision);
  if (found === undefined) {
    const before = layers.guardrails.length;
    found = named([
      ...resourceControls.flatMap((policies, at) =>
        policies.map((policy) => [{ layer: "guardrail", level: before + at }, policy] as const),
      ),
      ...(resourceLayer === "none" ? [] : [[{ layer: resourceLayer.kind }, resourceLayer.policy] as const]),
    ]);
    knownNames.set(decision, found);
  }
  return found;
}

/** The caller, the object and its bucket are not all of one account. */
function isBetweenAccounts({ asked: { principal, resourceAccount }, policyAccount }: LoggedDecision): boolean {
  return (
    "accountId" in principal &&
    [resourceAccount, policyAccount].some((one) => one !== undefined && one !== principal.accountId)
  );
}

/** The documents of all policies that an event names. */
export function decidingDocuments(decision: LoggedDecision): readonly PolicyDocument[] {
  const [{ documents: own }, { documents: ofResource }] = [callersPolicies(decision), resourcesPolicies(decision)];
  return ofResource.length === 0 ? own : [...own, ...ofResource];
}

/**
 * What was asked and decided, and the content hashes of the policies that decided: enough to make the decision again. As JSON.
 * INVARIANT: each account sees its own policies alone, and which statement decided only if it is in one of them. Of a denial between two
 * accounts neither sees which one denied, nor whether a Deny or a missing Allow did: it could tell from that what the other's policies have.
 */
export function decisionElement(decision: LoggedDecision, side: Side): string {
  const { allowed, reason, layer, asked } = decision;
  const { resourceAccount } = asked;
  const hasReason = allowed || ((side.caller || side.resource) && !isBetweenAccounts(decision));
  const isVisible = hasReason && (layer === "resource" ? side.resource : side.caller);
  let members = `"allowed":${String(allowed)}`;
  if (hasReason) members += `,"reason":"${reason}"`;
  if (isVisible) members += visibleMembers(decision);
  if (side.resource && resourceAccount !== undefined) members += `,"resourceAccount":"${escaped(resourceAccount)}"`;
  const question = side.caller ? questionOf(decision) : loggedQuestion(asked, []);
  const { text: own } = side.caller ? callersPolicies(decision) : nothingNamed;
  const { text: ofResource } = side.resource ? resourcesPolicies(decision) : nothingNamed;
  const policies = own === "" || ofResource === "" ? own + ofResource : `${own},${ofResource}`;
  const also = decision.also === undefined || !side.caller ? "" : `,"also":${JSON.stringify(decision.also)}`;
  return `{${members},${question}${also},"policies":[${policies}]}`;
}

/** As JSON, with a comma before each: what decided. */
function visibleMembers({ layer, statement, unreadable }: LoggedDecision): string {
  let members = layer === undefined ? "" : `,"layer":"${layer}"`;
  if (statement !== undefined) members += `,"statement":${JSON.stringify(loggedStatement(statement))}`;
  return unreadable === undefined ? members : `${members},"unreadable":${JSON.stringify(unreadable)}`;
}
