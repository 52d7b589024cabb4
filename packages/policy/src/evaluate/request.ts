import type { Policy } from "../syntax/policy.ts";

/**
 * Who makes a request. A closed union: each kind states which policies apply to it and which resource-policy principals
 * match it. Identity is the immutable unique id; an ARN is how it is printed.
 */
export type Principal =
  | { readonly kind: "anonymous" }
  | { readonly kind: "root"; readonly accountId: string; readonly canonicalId?: string; readonly arn: string }
  | {
      readonly kind: "user";
      readonly accountId: string;
      /** The account's canonical user id, the same for everyone in it: what `CanonicalUser` principals name. */
      readonly canonicalId?: string;
      readonly arn: string;
      readonly userId: string;
      readonly userName: string;
    }
  /** A user's own session (AssumeRole without a role, GetSessionToken): the user, capped by its session policies always. */
  | {
      readonly kind: "user-session";
      readonly accountId: string;
      readonly canonicalId?: string;
      readonly arn: string;
      readonly userId: string;
      readonly userName: string;
      readonly sessionName?: string;
    }
  | {
      readonly kind: "federated-user";
      readonly accountId: string;
      readonly canonicalId?: string;
      readonly arn: string;
      /** `ACCOUNT:NAME`. */
      readonly userId: string;
      /** The user who called GetFederationToken; absent for a federated root. */
      readonly issuer?: { readonly arn: string; readonly userId: string };
    }
  /** Also web-identity sessions: `provider` then names the identity provider. */
  | {
      readonly kind: "role-session";
      readonly accountId: string;
      readonly canonicalId?: string;
      /** `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`. */
      readonly arn: string;
      readonly roleArn: string;
      readonly roleId: string;
      readonly roleName: string;
      readonly sessionName: string;
      readonly provider?: string;
    }
  | { readonly kind: "service"; readonly service: string };

/** A parsed policy with the name it is known by in traces and messages, or `damaged`: its whole layer then denies. */
export interface NamedPolicy {
  /** e.g. `s3.read-write.b (inline)`, `arn:aws:iam::aws:policy/AmazonS3FullAccess`, `bucket policy of b`. */
  readonly name: string;
  readonly policy: Policy | "damaged";
}

/** All layers that apply. Every field is required: nothing is absent by omission. */
export interface Layers {
  /** Each inner list is one level (organization root, unit, account); every level must allow. */
  readonly guardrails: readonly (readonly NamedPolicy[])[];
  readonly identity: readonly NamedPolicy[];
  readonly boundary: NamedPolicy | "none";
  /** The stack of session policies; each inner list is one session's (inline and managed together), every one must allow. */
  readonly sessions: readonly (readonly NamedPolicy[])[];
  /** The policy on the resource. `trust`: a role's; its Allow is required, an identity policy alone never suffices. */
  readonly resource: { readonly kind: "resource" | "trust"; readonly policy: NamedPolicy } | "none";
}

/**
 * The request's context: values of a condition key (any case) or undefined when the key is absent. A string is
 * single-valued; a list is multi-valued, and may be empty.
 */
export type ContextLookup = (key: string) => string | readonly string[] | undefined;

export interface AccessRequest {
  readonly principal: Principal;
  /** `s3:GetObject`. */
  readonly action: string;
  /** Full ARN; `*` for actions without a resource. */
  readonly resource: string;
  /** Account that owns the resource; undefined where there is none (`ListAllMyBuckets` then counts as the caller's own). */
  readonly resourceAccount: string | undefined;
  readonly context: ContextLookup;
  /** The caller has a permissions boundary. Set by the evaluators from the layers, never by their callers. */
  readonly bounded?: true;
}

export type LayerName = "guardrail" | "resource" | "identity" | "boundary" | "session" | "root" | "none";

export interface Decision {
  readonly allowed: boolean;
  /** Why: an explicit Deny; no Allow where one is needed; an Allow. */
  readonly reason: "explicit-deny" | "implicit-deny" | "allow";
  /** The layer that decided: where the Deny stands, the first layer without an Allow, or the one that granted. */
  readonly layer: LayerName;
  /** The deciding statement: for an allow the granting one, for an explicit Deny the denying one. */
  readonly statement?: StatementRef;
  /** The name of the unreadable policy that made its layer deny; there is no `statement` then. */
  readonly damaged?: string;
  readonly trace: () => readonly TraceEntry[];
}

export interface StatementRef {
  readonly policyName: string;
  readonly index: number;
  readonly sid?: string;
}

/** One statement's outcome in the order evaluated; for a miss, the first element that did not match. */
export interface TraceEntry {
  readonly layer: LayerName;
  readonly statement: StatementRef;
  readonly effect: "Allow" | "Deny";
  readonly matched: boolean;
  readonly failedAt?: "principal" | "action" | "resource" | "condition";
  /** For a condition: operator and key. */
  readonly detail?: string;
}
