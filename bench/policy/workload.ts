import type {
  AccessRequest,
  ContextLookup,
  LayersOf,
  NamedPolicy,
  Policy,
  PolicyKind,
  Principal,
} from "@s3-credentials/policy";
import { parsePolicy } from "@s3-credentials/policy";

/** Layers and the requests asked of them in turn. */
export interface Workload {
  readonly name: string;
  readonly layers: LayersOf<NamedPolicy>;
  readonly requests: readonly AccessRequest[];
}

export type Written = Readonly<Record<string, unknown>>;

export const ACCOUNT = "111122223333";

export const ann = {
  kind: "user",
  accountId: ACCOUNT,
  arn: `arn:aws:iam::${ACCOUNT}:user/ann`,
  userId: "AIDAANNANNANNANNANNAN",
  userName: "ann",
} as const satisfies Principal;

/** Condition keys of every request. */
export const facts = {
  "aws:username": "ann",
  "aws:SecureTransport": "true",
  "aws:SourceIp": "203.0.113.77",
  "aws:CurrentTime": "2026-06-01T12:00:00Z",
  "aws:PrincipalArn": ann.arn,
  "aws:PrincipalTag/team": "blue",
};

export function policyOf(statements: readonly Written[], kind: PolicyKind): Policy {
  return policyFrom({ Version: "2012-10-17", Statement: statements }, kind);
}

export function policyFrom(document: Written, kind: PolicyKind): Policy {
  const { policy, diagnostics } = parsePolicy(JSON.stringify(document), kind);
  if (policy === undefined) throw new Error(JSON.stringify(diagnostics));
  return policy;
}

/** Keys compare without case. */
export function contextOf(values: Readonly<Record<string, string | readonly string[]>>): ContextLookup {
  const lowerCased = new Map(Object.entries(values).map(([key, value]) => [key.toLowerCase(), value]));
  return (key) => lowerCased.get(key.toLowerCase());
}

export const noLayers: LayersOf<NamedPolicy> = {
  guardrails: [],
  identity: [],
  boundary: "none",
  sessions: [],
  resource: "none",
};
