/**
 * Single changes that would allow a denied request. Each is tried: a change is told only when deciding again with it, and
 * with nothing else changed, allows the request.
 */
import { evaluate } from "../evaluate/evaluate.ts";
import type { AccessRequest, LayerName, Layers, NamedPolicy, TraceEntry } from "../evaluate/request.ts";
import { parseActionPattern } from "../names/action.ts";
import { parsePattern } from "../names/pattern.ts";
import type { Condition, Policy, Statement } from "../syntax/policy.ts";

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
  const changes = trace.flatMap((entry) => changesAt(layers, request, entry));
  return changes.length > 0 ? changes : additions(layers, request);
}

function changesAt(layers: Layers, request: AccessRequest, entry: TraceEntry): readonly Change[] {
  const { layer, effect, matched, failedAt, statement } = entry;
  const place: Place = {
    layer,
    policy: statement.policyName,
    statement: statement.index,
    ...(statement.sid === undefined ? {} : { sid: statement.sid }),
  };
  const allows = (change: (statement: Statement) => Statement | undefined): boolean =>
    evaluate(withStatement(layers, place, change), request).allowed;
  if (effect === "Deny") {
    if (!matched) return [];
    const removed = allows(() => undefined) ? [{ kind: "remove-statement", ...place } as const] : [];
    return [...removed, ...keyChanges(layers, request, place)];
  }
  if (failedAt === "action") {
    const { action } = request;
    return allows((old) => withAction(old, action)) ? [{ kind: "add-action", action, ...place }] : [];
  }
  if (failedAt === "resource") {
    const { resource } = request;
    return allows((old) => withResource(old, resource)) ? [{ kind: "add-resource", resource, ...place }] : [];
  }
  return failedAt === "condition" ? keyChanges(layers, request, place) : [];
}

/** Values the policy itself names for the keys of the statement, one key at a time. */
function keyChanges(layers: Layers, request: AccessRequest, place: Place): readonly Change[] {
  const statement = statementAt(layers, place);
  const conditions = statement?.conditions ?? [];
  return conditions.flatMap((condition): readonly Change[] => {
    const { key } = condition;
    const found = candidates(condition).find((value) => {
      const context = (name: string) => (name.toLowerCase() === key.toLowerCase() ? value : request.context(name));
      return evaluate(layers, { ...request, context }).allowed;
    });
    return found === undefined ? [] : [{ kind: "set-key", key, value: found, ...place }];
  });
}

/** Literal values of the condition, and for booleans and negations something else than they name. */
function candidates({ values }: Condition): readonly string[] {
  const named = values.flatMap(({ text }) => (/[*?]|\$\{/.test(text) ? [text.replace(/[*?].*$|\$\{.*$/, "")] : [text]));
  return [...named, "true", "false"].filter((text) => text !== "");
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
  const pattern = parsePattern(resource, { wildcards: false, variables: false });
  if ("error" in pattern) return undefined;
  const changed = negated ? patterns.filter(({ text }) => text !== resource) : [...patterns, pattern];
  return { ...statement, resource: { ...statement.resource, single: false, patterns: changed } };
}

function statementAt(layers: Layers, place: Place): Statement | undefined {
  return policiesOf(layers, place.layer)
    .filter(({ name }) => name === place.policy)
    .flatMap(({ policy }) => (policy === "damaged" ? [] : [policy.statements[place.statement]]))[0];
}

function policiesOf(layers: Layers, layer: LayerName): readonly NamedPolicy[] {
  switch (layer) {
    case "guardrail":
      return layers.guardrails.flat();
    case "resource":
      return layers.resource === "none" ? [] : [layers.resource.policy];
    case "identity":
      return layers.identity;
    case "boundary":
      return layers.boundary === "none" ? [] : [layers.boundary];
    case "session":
      return layers.sessions.flat();
    case "root":
    case "none":
      return [];
  }
}

/** The layers with one statement changed, or taken out. */
function withStatement(layers: Layers, place: Place, change: (statement: Statement) => Statement | undefined): Layers {
  const inPolicy = (named: NamedPolicy): NamedPolicy => {
    if (named.name !== place.policy || named.policy === "damaged") return named;
    const statements = named.policy.statements.flatMap((statement, index) =>
      index === place.statement ? (change(statement) ?? []) : [statement],
    );
    return { ...named, policy: { ...named.policy, statements } };
  };
  const { layer } = place;
  return {
    guardrails: layer === "guardrail" ? layers.guardrails.map((level) => level.map(inPolicy)) : layers.guardrails,
    identity: layer === "identity" ? layers.identity.map(inPolicy) : layers.identity,
    boundary: layer === "boundary" && layers.boundary !== "none" ? inPolicy(layers.boundary) : layers.boundary,
    sessions: layer === "session" ? layers.sessions.map((policies) => policies.map(inPolicy)) : layers.sessions,
    resource:
      layer === "resource" && layers.resource !== "none"
        ? { ...layers.resource, policy: inPolicy(layers.resource.policy) }
        : layers.resource,
  };
}
