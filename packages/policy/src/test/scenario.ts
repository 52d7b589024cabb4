/** What the tests of conditions and decisions are written with. */
import { parsePolicy } from "../parse/parse.ts";
import type { Condition, Policy, PolicyKind } from "../model/policy.ts";
import type { NamedPolicy } from "../engine/program.ts";
import { decideBoth } from "./compare-evaluators.ts";
import type { DocumentLayers } from "./oracle/evaluate.ts";
import type { AccessRequest, ContextLookup, Principal } from "../model/request.ts";

export type Written = Readonly<Record<string, unknown>>;

/** A document of these statements, parsed as the product parses it. */
export function policyOf(statements: Written | readonly Written[], kind: PolicyKind, version = "2012-10-17"): Policy {
  const { policy, diagnostics } = parsePolicy(JSON.stringify({ Version: version, Statement: statements }), kind);
  if (policy === undefined) throw new Error(JSON.stringify(diagnostics));
  return policy;
}

export function named(statements: Written | readonly Written[], kind: PolicyKind, name: string = kind): NamedPolicy {
  return { name, policy: policyOf(statements, kind) };
}

export function conditionOf(operator: string, key: string, values: unknown, version?: string): Condition {
  const statement = {
    Effect: "Allow",
    Action: "s3:GetObject",
    Resource: "*",
    Condition: { [operator]: { [key]: values } },
  };
  const condition = policyOf(statement, "identity", version).statements[0]?.conditions[0];
  if (condition === undefined) throw new Error("the parser lost the condition");
  return condition;
}

/** Keys compare without case, as the gateway's contexts do. */
export function contextOf(values: Readonly<Record<string, string | readonly string[]>>): ContextLookup {
  const lowerCase = new Map(Object.entries(values).map(([key, value]) => [key.toLowerCase(), value]));
  return (key) => lowerCase.get(key.toLowerCase());
}

export const HOME = "111122223333";
export const ABROAD = "444455556666";
export const CANONICAL = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be";

export const principals = {
  anonymous: { kind: "anonymous" },
  root: { kind: "root", accountId: HOME, canonicalId: CANONICAL, arn: `arn:aws:iam::${HOME}:root` },
  user: {
    kind: "user",
    accountId: HOME,
    canonicalId: CANONICAL,
    arn: `arn:aws:iam::${HOME}:user/ann`,
    userId: "AIDAANNANNANNANNANNAN",
    userName: "ann",
  },
  userSession: {
    kind: "user-session",
    accountId: HOME,
    canonicalId: CANONICAL,
    arn: `arn:aws:iam::${HOME}:user/ann`,
    userId: "AIDAANNANNANNANNANNAN",
    userName: "ann",
  },
  sessionToken: {
    kind: "user-session",
    accountId: HOME,
    canonicalId: CANONICAL,
    arn: `arn:aws:iam::${HOME}:user/ann`,
    userId: "AIDAANNANNANNANNANNAN",
    userName: "ann",
    token: true,
  },
  federatedUser: {
    kind: "federated-user",
    accountId: HOME,
    canonicalId: CANONICAL,
    arn: `arn:aws:sts::${HOME}:federated-user/fay`,
    userId: `${HOME}:fay`,
    issuer: { arn: `arn:aws:iam::${HOME}:user/ann`, userId: "AIDAANNANNANNANNANNAN" },
  },
  roleSession: {
    kind: "role-session",
    accountId: HOME,
    canonicalId: CANONICAL,
    arn: `arn:aws:sts::${HOME}:assumed-role/reader/monday`,
    roleArn: `arn:aws:iam::${HOME}:role/teams/reader`,
    roleId: "AROAREADERREADERREADE",
    roleName: "reader",
    sessionName: "monday",
  },
  service: { kind: "service", service: "logging.s3.amazonaws.com" },
} as const satisfies Record<string, Principal>;

export const GET: Written = { Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::b/*" };
export const DENY_GET: Written = { ...GET, Effect: "Deny" };
/** An Allow for something else: present, and silent on the request. */
export const PUT: Written = { ...GET, Action: "s3:PutObject" };

export const noLayers: DocumentLayers = {
  guardrails: [],
  identity: [],
  boundary: "none",
  sessions: [],
  resource: "none",
};

export function getObject(principal: Principal, owner: string = HOME): AccessRequest {
  return {
    principal,
    action: "s3:GetObject",
    resource: "arn:aws:s3:::b/k",
    resourceAccount: owner,
    context: contextOf({ "aws:SecureTransport": "true" }),
  };
}

/** Each layer as one statement (or several); `sessions` holds one entry for each session of the stack. */
export interface Given {
  readonly guardrails?: readonly Written[];
  readonly identity?: Written;
  readonly boundary?: Written;
  readonly sessions?: readonly Written[];
  readonly resource?: Written | readonly Written[];
  readonly trust?: Written;
}

export function layersOf(given: Given): DocumentLayers {
  const { guardrails = [], identity, boundary, sessions = [], resource, trust } = given;
  return {
    guardrails: guardrails.map((statement) => [named(statement, "guardrail")]),
    identity: identity === undefined ? [] : [named(identity, "identity")],
    boundary: boundary === undefined ? "none" : named(boundary, "boundary"),
    sessions: sessions.map((statement) => [named(statement, "session")]),
    resource: resourceOf(resource, trust),
  };
}

function resourceOf(resource: Given["resource"], trust: Given["trust"]): DocumentLayers["resource"] {
  if (resource !== undefined) return { kind: "resource", policy: named(resource, "resource") };
  return trust === undefined ? "none" : { kind: "trust", policy: named(trust, "trust") };
}

/** `allow identity`, `implicit-deny session`, `explicit-deny resource`. */
export function outcomeOf(given: Given, who: Principal, owner?: string): string {
  const { reason, layer, allowed } = decideBoth(layersOf(given), getObject(who, owner));
  if (allowed !== (reason === "allow")) throw new Error("the decision contradicts itself");
  return `${reason} ${layer}`;
}

/** A statement of a resource policy. */
export const to = (principal: unknown, statement: Written = GET): Written => ({ ...statement, Principal: principal });
export const aws = (...ids: string[]): Written => ({ AWS: ids });
export const toUser = to(aws(principals.user.arn));
export const toUserId = to(aws(principals.user.userId));
export const toRole = to(aws(principals.roleSession.roleArn));
export const toRoleId = to(aws(principals.roleSession.roleId));
export const toSession = to(aws(principals.roleSession.arn));
export const toFederated = to(aws(principals.federatedUser.arn));
export const toAccount = to(aws(HOME));
export const toAccountRoot = to(aws(principals.root.arn));
export const toCanonical = to({ CanonicalUser: CANONICAL });
export const toEveryone = to("*");
