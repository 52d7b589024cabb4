/**
 * Changes that would allow a denied request. Each is tried: a change is reported only when deciding again with it, and with
 * nothing else changed, allows the request.
 */
import { compilePolicy } from "../engine/compile-policy.ts";
import { decide } from "../engine/decide.ts";
import type { Layers, NamedProgram, Program } from "../engine/program.ts";
import { isAllowed, type Ruling } from "../engine/ruling.ts";
import { type DecisionTrace, type StatementTrace, trace } from "../engine/trace.ts";
import { parseActionPattern } from "../match/action.ts";
import { parsePattern, patternOfResource } from "../match/pattern.ts";
import { mapLayers } from "../model/layers.ts";
import { isPrincipalKey } from "../model/principal-context.ts";
import { isAwsManaged, type PolicyOrigin } from "../model/policy-origin.ts";
import type { AccessRequest, LayerName } from "../model/request.ts";
import type { Condition, PolicyKind, Statement } from "../model/policy.ts";
import { parsePolicy } from "../parse/parse.ts";

interface Place {
  readonly layer: LayerName;
  /** Its name in the layers. */
  readonly policy: string;
  readonly origin?: PolicyOrigin | undefined;
  /** Index of the statement. */
  readonly statement: number;
  readonly sid: string | undefined;
}

export type Change =
  | ({ readonly kind: "remove-statement" } & Place)
  | ({ readonly kind: "add-action"; readonly action: string } & Place)
  /** `resource`: as a policy has it, here and below: `*` is a wildcard, and `${*}` the character. */
  | ({ readonly kind: "add-resource"; readonly resource: string } & Place)
  /** The request says this about itself. */
  | ({ readonly kind: "set-key"; readonly key: string; readonly value: string } & Place)
  /** The request is made by somebody else: the statement asks for this `aws:PrincipalArn`. */
  | ({ readonly kind: "act-as"; readonly arn: string } & Place)
  /** A new Allow in this layer, which has no statement that nearly fits. `principal`: whom a resource's policy has to name. */
  | {
      readonly kind: "add-statement";
      readonly layer: LayerName;
      readonly action: string;
      readonly resource: string;
      readonly principal: string | undefined;
    };

export interface Changes {
  readonly changes: readonly Change[];
  readonly pairs: readonly (readonly [Change, Change])[];
}

/** A change, with what is decided once it is made. */
interface Candidate {
  readonly change: Change;
  readonly layers: Layers;
  readonly request: AccessRequest;
}

/** Two changes are looked for among at most this many first ones, and no more pairs than `maxPairs` are reported. */
const maxFirstChanges = 40;
const maxPairs = 8;

export function changesThatAllow(layers: Layers, request: AccessRequest, traced: DecisionTrace): Changes {
  const near = nearCandidates(layers, request, traced);
  const additions = additionCandidates(layers, request);
  const single = near.filter(allows);
  const changes = single.length > 0 ? single : additions.filter(allows);
  if (changes.length > 0) return { changes: changes.map(({ change }) => change), pairs: [] };
  const before = decide(layers, request);
  const pairs = pairsThatAllow(before, near);
  return { changes: [], pairs: pairs.length > 0 ? pairs : pairsThatAllow(before, additions) };
}

function allows({ layers, request }: Candidate): boolean {
  return isAllowed(decide(layers, request));
}

/** A first change counts when it moves the decision on to something else; the second one must then allow. */
function pairsThatAllow(before: Ruling, firsts: readonly Candidate[]): readonly (readonly [Change, Change])[] {
  const pairs = new Map<string, readonly [Change, Change]>();
  const moving = firsts.filter(({ layers, request }) => decide(layers, request) !== before).slice(0, maxFirstChanges);
  for (const first of moving) {
    const traced = trace(first.layers, first.request);
    const near = nearCandidates(first.layers, first.request, traced).filter(allows);
    const seconds = near.length > 0 ? near : additionCandidates(first.layers, first.request).filter(allows);
    for (const second of seconds) {
      const pair = [first.change, second.change] as const;
      const key = pair
        .map((change) => JSON.stringify(change))
        .sort()
        .join();
      if (!pairs.has(key)) pairs.set(key, pair);
      if (pairs.size >= maxPairs) return [...pairs.values()];
    }
  }
  return [...pairs.values()];
}

/** Changes of the statements that are there, and of the request's own keys. */
function nearCandidates(layers: Layers, request: AccessRequest, { levels }: DecisionTrace): readonly Candidate[] {
  return levels.flatMap(({ layer, policies }) =>
    policies.flatMap(({ name, origin, statements = [] }) =>
      statements.flatMap((statement) => {
        const { index, sid } = statement;
        return candidatesAt(layers, request, statement, { layer, policy: name, origin, statement: index, sid });
      }),
    ),
  );
}

function candidatesAt(
  layers: Layers,
  request: AccessRequest,
  { source, effect, applies, failedAt }: StatementTrace,
  place: Place,
): readonly Candidate[] {
  const changed = (change: Change, to: Statement | undefined): Candidate => ({
    change,
    layers: withStatement(layers, place.policy, source, to),
    request,
  });
  if (effect === "Deny") {
    if (!applies) return [];
    return [
      changed({ kind: "remove-statement", ...place }, undefined),
      ...keyCandidates(layers, request, place, source),
    ];
  }
  const { action } = request;
  const resource = patternOfResource(request.resource);
  // Nobody of the account can change it.
  if (isAwsManaged(place.origin) && failedAt !== "condition") return [];
  if (failedAt === "action") {
    const to = withAction(source, action);
    return to === undefined ? [] : [changed({ kind: "add-action", action, ...place }, to)];
  }
  if (failedAt === "resource") {
    const to =
      hasVariables(layers, place.policy, source) || resource === request.resource
        ? withResource(source, resource)
        : undefined;
    return to === undefined ? [] : [changed({ kind: "add-resource", resource, ...place }, to)];
  }
  return failedAt === "condition" ? keyCandidates(layers, request, place, source) : [];
}

/** For one key at a time, the values that the policy itself names; the first value that allows the request, or none. */
function keyCandidates(
  layers: Layers,
  request: AccessRequest,
  place: Place,
  { conditions }: Statement,
): readonly Candidate[] {
  return conditions.flatMap((condition): readonly Candidate[] => {
    const { key } = condition;
    const tried = namedValues(condition).flatMap((value): readonly Candidate[] => {
      const change = keyChange(key, value, place);
      const context = (name: string) => (name.toLowerCase() === key.toLowerCase() ? value : request.context(name));
      return change === undefined ? [] : [{ change, layers, request: { ...request, context } }];
    });
    const best = tried.find(allows) ?? tried[0];
    return best === undefined ? [] : [best];
  });
}

/** A caller cannot choose its identity. Of the keys that describe it, only the ARN names somebody to act as. */
function keyChange(key: string, value: string, place: Place): Change | undefined {
  if (!isPrincipalKey(key)) return { kind: "set-key", key, value, ...place };
  if (key.toLowerCase() !== "aws:principalarn" || !/:(?:user|role)\/[^/]/.test(value)) return undefined;
  return { kind: "act-as", arn: value, ...place };
}

/** Literal values of the condition; of a boolean both, of an address range its first. `Null` names none. */
function namedValues({ operator, values }: Condition): readonly string[] {
  if (operator === "Bool") return ["true", "false"];
  if (operator === "Null") return [];
  if (operator === "IpAddress") return values.map(({ text }) => text.replace(/\/\d+$/, ""));
  const named = values.flatMap(({ text }) => (/[*?]|\$\{/.test(text) ? [text.replace(/[*?].*$|\$\{.*$/, "")] : [text]));
  return named.filter((text) => text !== "");
}

/** Where no statement nearly fits, the layer that is without an Allow needs one of its own. */
function additionCandidates(layers: Layers, request: AccessRequest): readonly Candidate[] {
  const { action } = request;
  const resource = patternOfResource(request.resource);
  return (["identity", "boundary", "session", "resource"] as const).flatMap((layer): readonly Candidate[] => {
    if (layer === "resource" && !needsResourceGrant(layers, request)) return [];
    const principal = layer === "resource" ? namableArn(request) : undefined;
    const widened = withAddition(layers, layer, { action, resource }, principal);
    if (widened === undefined) return [];
    return [{ change: { kind: "add-statement", layer, action, resource, principal }, layers: widened, request }];
  });
}

/** Inside one account the caller's own policies are the place for a grant, but for a role's trust policy. */
function needsResourceGrant({ resource }: Layers, { principal, resourceAccount }: AccessRequest): boolean {
  if (resource !== "none" && resource.kind === "trust") return true;
  return "accountId" in principal && resourceAccount !== undefined && resourceAccount !== principal.accountId;
}

function namableArn({ principal }: AccessRequest): string | undefined {
  if (principal.kind === "role-session") return principal.roleArn;
  return "arn" in principal ? principal.arn : undefined;
}

interface Asked {
  readonly action: string;
  /** Undefined in a trust policy. */
  readonly resource: string | undefined;
  /** Whom a resource's policy names. */
  readonly principal: string | undefined;
}

function withAddition(
  layers: Layers,
  layer: "identity" | "boundary" | "session" | "resource",
  { action, resource }: Pick<AccessRequest, "action" | "resource">,
  principal: string | undefined,
): Layers | undefined {
  if (layer === "resource") {
    if (principal === undefined) return undefined;
    const kind = layers.resource === "none" ? "resource" : layers.resource.kind;
    const old = layers.resource === "none" ? undefined : layers.resource.policy;
    const policy = withAllow(old, kind, { action, resource: kind === "trust" ? undefined : resource, principal });
    return policy === undefined ? undefined : { ...layers, resource: { kind, policy } };
  }
  const withAllowIn = (old: NamedProgram | undefined): NamedProgram | undefined =>
    withAllow(old, "identity", { action, resource, principal: undefined });
  if (layer === "identity") {
    const made = withAllowIn(undefined);
    return made === undefined ? undefined : { ...layers, identity: [...layers.identity, made] };
  }
  if (layer === "boundary") {
    const boundary = layers.boundary === "none" ? undefined : withAllowIn(layers.boundary);
    return boundary === undefined ? undefined : { ...layers, boundary };
  }
  if (layers.sessions.length !== 1) return undefined;
  const [[first, ...rest] = []] = layers.sessions;
  const session = first === undefined ? undefined : withAllowIn(first);
  return session === undefined ? undefined : { ...layers, sessions: [[session, ...rest]] };
}

/**
 * The policy with one Allow more, or a new one. The Allow is read by the version of the policy, because `${*}` is the character in new ones
 * only. Undefined where action or resource cannot be in a policy of the kind.
 */
function withAllow(old: NamedProgram | undefined, kind: PolicyKind, asked: Asked): NamedProgram | undefined {
  if (old?.program === "unreadable") return old;
  const source = old?.program.source;
  const statement = {
    Effect: "Allow",
    Action: asked.action,
    ...(asked.resource === undefined ? {} : { Resource: asked.resource }),
    ...(asked.principal === undefined ? {} : { Principal: { AWS: asked.principal } }),
  };
  const document = { Version: source?.version ?? "2012-10-17", Statement: [statement] };
  const { policy } = parsePolicy(JSON.stringify(document), kind);
  if (policy === undefined) return undefined;
  const statements = [...(source?.statements ?? []), ...policy.statements];
  return { ...old, name: old?.name ?? "", program: compilePolicy({ ...(source ?? policy), statements }) };
}

function recompiled({ source }: Program, statements: readonly Statement[]): Program {
  return compilePolicy({ ...source, statements });
}

function withAction(statement: Statement, action: string): Statement | undefined {
  const { negated, patterns } = statement.action;
  const pattern = parseActionPattern(action);
  if (pattern === undefined) return undefined;
  // A statement with NotAction gets the action by no longer leaving it out.
  const changed = negated
    ? patterns.filter(({ text }) => text.toLowerCase() !== action.toLowerCase())
    : [...patterns, pattern];
  // No document can be written with a list that leaves nothing out.
  if (changed.length === 0) return undefined;
  return { ...statement, action: { ...statement.action, single: false, patterns: changed } };
}

function withResource(statement: Statement, resource: string): Statement | undefined {
  if (statement.resource === undefined) return undefined;
  const { negated, patterns } = statement.resource;
  const pattern = parsePattern(resource, { wildcards: true, variables: true });
  if ("error" in pattern) return undefined;
  const changed = negated ? patterns.filter(({ text }) => text !== resource) : [...patterns, pattern];
  if (changed.length === 0) return undefined;
  return { ...statement, resource: { ...statement.resource, single: false, patterns: changed } };
}

/** Whether the policy of the statement is of the version that has `${*}`: in older ones no text means the character alone. */
function hasVariables(layers: Layers, policy: string, statement: Statement): boolean {
  let found = false;
  mapLayers(layers, ({ name, program }) => {
    if (name !== policy || program === "unreadable") return;
    found ||= program.source.version === "2012-10-17" && program.source.statements.includes(statement);
  });
  return found;
}

/**
 * The layers with one statement changed, or taken out, wherever the policy of this name is attached. The name counts, because policies
 * with the same text may share their statements.
 */
function withStatement(layers: Layers, policy: string, at: Statement, to: Statement | undefined): Layers {
  return mapLayers(layers, (named) => {
    const { name, program } = named;
    if (name !== policy || program === "unreadable" || !program.source.statements.includes(at)) return named;
    const statements = program.source.statements.flatMap((one) => (one === at ? (to ?? []) : [one]));
    return { ...named, program: recompiled(program, statements) };
  });
}
