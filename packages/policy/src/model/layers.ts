/**
 * All policies that apply to one request, by layer. `P` is a policy with its name: compiled (`NamedProgram`) to decide with, or
 * a parsed document. Every field is required, so nothing is absent by omission.
 */
export interface LayersOf<P> {
  /**
   * Each inner list is one level (organization root, unit, account), and every level must allow: service control policies of the
   * caller's account, and resource control policies of the account that has the resource, which limit callers without an account too.
   */
  readonly guardrails: readonly (readonly P[])[];
  readonly identity: readonly P[];
  readonly boundary: P | "none";
  /** The stack of session policies; each inner list is one session's (inline and managed together), every one must allow. */
  readonly sessions: readonly (readonly P[])[];
  /** The policy on the resource. `trust`: a role's; its Allow is required, an identity policy alone never suffices. */
  readonly resource: { readonly kind: "resource" | "trust"; readonly policy: P } | "none";
}

/** The same layers with every policy replaced. */
export function mapLayers<A, B>(
  { guardrails, identity, boundary, sessions, resource }: LayersOf<A>,
  change: (policy: A) => B,
): LayersOf<B> {
  return {
    guardrails: guardrails.map((level) => level.map(change)),
    identity: identity.map(change),
    boundary: boundary === "none" ? "none" : change(boundary),
    sessions: sessions.map((policies) => policies.map(change)),
    resource: resource === "none" ? "none" : { kind: resource.kind, policy: change(resource.policy) },
  };
}
