import type { PolicyOrigin } from "./policy-origin.ts";

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
      /** From GetSessionToken: it has no session policy, and a resource's policy that names the user grants as to the user. */
      readonly token?: true;
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
  /** Whoever a token of an identity provider names, while it asks for a role: it has no account and no policies of its own. */
  | {
      readonly kind: "web-identity";
      /** The provider's ARN. */
      readonly provider: string;
      readonly audience: string;
      readonly subject: string;
    }
  | { readonly kind: "service"; readonly service: string };

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
  /** The caller has a permissions boundary. Set by `decide` from the layers, never by its callers. */
  readonly bounded?: true;
}

export type LayerName = "guardrail" | "resource" | "identity" | "boundary" | "session" | "root" | "none";

export interface Decision {
  readonly allowed: boolean;
  /** Why: an explicit Deny; no Allow where one is needed; an Allow. */
  readonly reason: "explicit-deny" | "implicit-deny" | "allow";
  /** The layer that decided: the one with the Deny, the first one without an Allow, or the one that granted. */
  readonly layer: LayerName;
  /** The deciding statement: for an allow the granting one, for an explicit Deny the denying one. */
  readonly statement: StatementRef | undefined;
  /** The name of the unreadable policy that made its layer deny; there is no `statement` then. */
  readonly unreadable: string | undefined;
}

export interface StatementRef {
  readonly policyName: string;
  /** Where the policy is kept, as far as it is known. */
  readonly origin?: PolicyOrigin | undefined;
  /** Position in the document, from 0. */
  readonly index: number;
  readonly sid: string | undefined;
}

/** The elements of a statement that can keep it from applying, in the order in which they are asked. */
export type StatementElement = "principal" | "action" | "resource" | "condition";

/** Where a statement's policy is. `attached`: to an identity, a session, a boundary or an account, so it names no principal. */
export type StatementPlace = "attached" | "resource" | "trust";
