/**
 * Single changes that would allow a denied request. Each is tried: a change is told only when deciding again with it, and
 * with nothing else changed, allows the request.
 */
import { evaluate } from "../evaluate/evaluate.ts";
import type { AccessRequest, LayerName, Layers, NamedPolicy, TraceEntry } from "../evaluate/request.ts";
import { parseActionPattern } from "../names/action.ts";
import { parsePattern } from "../names/pattern.ts";
import type { Condition, Policy, Statement } from "../syntax/policy.ts";
import { levelsOf } from "./levels.ts";

interface Place {
  readonly layer: LayerName;
  readonly policy: string;
  /** Index of the statement. */
  readonly statement: number;
  readonly sid?: string;
}

export type Change =
  | ({ readonly kind: "remove-statement" } & Place)
  | ({ readonly kind: "add-action"; readonly action: string } & Place)
  | ({ readonly kind: "add-resource"; readonly resource: string } & Place)
  /** The request says this about itself. */
  | ({ readonly kind: "set-key"; readonly key: string; readonly value: string } & Place)
  /** A new Allow in this layer, which has no statement that nearly fits. */
  | { readonly kind: "add-statement"; readonly layer: LayerName; readonly action: string; readonly resource: string };

export function changesThatAllow(
  layers: Layers,
  request: AccessRequest,
  trace: readonly TraceEntry[],
): readonly Change[] {
  const places = levelsOf(layers, request.principal)
    .flatMap(({ policies }) => policies)
    .flatMap(({ policy }) => (policy === "damaged" ? [] : policy.statements));
  const changes = trace.flatMap((entry, index) => {
    const statement = places[index];
    return statement === undefined ? [] : changesAt(layers, request, entry, statement);
  });
  return changes.length > 0 ? changes : additions(layers, request);
}

function changesAt(layers: Layers, request: AccessRequest, entry: TraceEntry, at: Statement): readonly Change[] {
  const { layer, effect, matched, failedAt, statement } = entry;
  const place: Place = {
    layer,
    policy: statement.policyName,
    statement: statement.index,
    ...(statement.sid === undefined ? {} : { sid: statement.sid }),
  };
  const allows = (change: (statement: Statement) => Statement | undefined): boolean =>
    evaluate(withStatement(layers, at, change), request).allowed;
  if (effect === "Deny") {
    if (!matched) return [];
    const removed = allows(() => undefined) ? [{ kind: "remove-statement", ...place } as const] : [];
    return [...removed, ...keyChanges(layers, request, place, at)];
  }
  if (failedAt === "action") {
    const { action } = request;
    return allows((old) => withAction(old, action)) ? [{ kind: "add-action", action, ...place }] : [];
  }
  if (failedAt === "resource") {
    const { resource } = request;
    return allows((old) => withResource(old, resource)) ? [{ kind: "add-resource", resource, ...place }] : [];
  }
  return failedAt === "condition" ? keyChanges(layers, request, place, at) : [];
}

/** Values the policy itself names for the keys of the statement, one key at a time. */
function keyChanges(
  layers: Layers,
  request: AccessRequest,
  place: Place,
  { conditions }: Statement,
): readonly Change[] {
  return conditions.flatMap((condition): readonly Change[] => {
    const { key } = condition;
    const found = candidates(condition).find((value) => {
      const context = (name: string) => (name.toLowerCase() === key.toLowerCase() ? value : request.context(name));
      return evaluate(layers, { ...request, context }).allowed;
    });
    return found === undefined ? [] : [{ kind: "set-key", key, value: found, ...place }];
  });
}

/** Literal values of the condition; of a boolean both, of an address range its first. `Null` names none. */
function candidates({ operator, values }: Condition): readonly string[] {
  if (operator === "Bool") return ["true", "false"];
  if (operator === "Null") return [];
  if (operator === "IpAddress") return values.map(({ text }) => text.replace(/\/\d+$/, ""));
  const named = values.flatMap(({ text }) => (/[*?]|\$\{/.test(text) ? [text.replace(/[*?].*$|\$\{.*$/, "")] : [text]));
  return named.filter((text) => text !== "");
}

/** Where no statement nearly fits, the layer that is without an Allow needs one of its own. */
function additions(layers: Layers, request: AccessRequest): readonly Change[] {
  const { action, resource } = request;
  return (["identity", "boundary", "session"] as const).flatMap((layer): readonly Change[] => {
    const widened = withAddition(layers, layer, request);
    return widened !== undefined && evaluate(widened, request).allowed
      ? [{ kind: "add-statement", layer, action, resource }]
      : [];
  });
}

function withAddition(
  layers: Layers,
  layer: "identity" | "boundary" | "session",
  { action, resource }: AccessRequest,
): Layers | undefined {
  const made = allowStatement(action, resource);
  if (made === undefined) return undefined;
  const add = ({ name, policy }: NamedPolicy): NamedPolicy => ({
    name,
    policy: policy === "damaged" ? policy : { ...policy, statements: [...policy.statements, made] },
  });
  if (layer === "identity") {
    const own: Policy = { version: "2012-10-17", explicitVersion: true, statementList: true, statements: [made] };
    return { ...layers, identity: [...layers.identity, { name: "", policy: own }] };
  }
  if (layer === "boundary")
    return layers.boundary === "none" ? undefined : { ...layers, boundary: add(layers.boundary) };
  if (layers.sessions.length !== 1) return undefined;
  const [[first, ...rest] = []] = layers.sessions;
  return first === undefined ? undefined : { ...layers, sessions: [[add(first), ...rest]] };
}

function allowStatement(action: string, resource: string): Statement | undefined {
  const base: Statement = {
    effect: "Allow",
    action: { negated: false, single: true, patterns: [] },
    resource: { negated: false, single: true, patterns: [] },
    conditions: [],
    span: { start: 0, end: 0 },
  };
  const withOne = withAction(base, action);
  return withOne === undefined ? undefined : withResource(withOne, resource);
}

function withAction(statement: Statement, action: string): Statement | undefined {
  const { negated, patterns } = statement.action;
  const pattern = parseActionPattern(action);
  if (pattern === undefined) return undefined;
  // A statement with NotAction gets the action by no longer leaving it out.
  const changed = negated
    ? patterns.filter(({ text }) => text.toLowerCase() !== action.toLowerCase())
    : [...patterns, pattern];
  return { ...statement, action: { ...statement.action, single: false, patterns: changed } };
}

function withResource(statement: Statement, resource: string): Statement | undefined {
  if (statement.resource === undefined) return undefined;
  const { negated, patterns } = statement.resource;
  // A request without a resource is one about `*`, and only a policy's `*` is about it.
  const pattern = parsePattern(resource, { wildcards: resource === "*", variables: false });
  if ("error" in pattern) return undefined;
  const changed = negated ? patterns.filter(({ text }) => text !== resource) : [...patterns, pattern];
  return { ...statement, resource: { ...statement.resource, single: false, patterns: changed } };
}

/** The layers with one statement changed, or taken out. */
function withStatement(layers: Layers, at: Statement, change: (statement: Statement) => Statement | undefined): Layers {
  const inPolicy = (named: NamedPolicy): NamedPolicy => {
    if (named.policy === "damaged" || !named.policy.statements.includes(at)) return named;
    const statements = named.policy.statements.flatMap((statement) =>
      statement === at ? (change(statement) ?? []) : [statement],
    );
    return { name: named.name, policy: { ...named.policy, statements } };
  };
  const { guardrails, identity, boundary, sessions, resource } = layers;
  return {
    guardrails: guardrails.map((level) => level.map(inPolicy)),
    identity: identity.map(inPolicy),
    boundary: boundary === "none" ? boundary : inPolicy(boundary),
    sessions: sessions.map((policies) => policies.map(inPolicy)),
    resource: resource === "none" ? resource : { ...resource, policy: inPolicy(resource.policy) },
  };
}
