import type { OidcProviderRecord } from "./oidc-provider-store.ts";

/** Whom a token names, once it was verified. */
export interface WebIdentity {
  /** The provider's ARN. */
  readonly provider: string;
  /** `https://…`, as in the token. */
  readonly issuer: string;
  /** The client id of the provider that the token is for. */
  readonly audience: string;
  readonly subject: string;
  /** Condition keys that the token fills, `HOST:sub` and its kin. */
  readonly claims: ReadonlyMap<string, string | readonly string[]>;
  /** Those of them that the session keeps. */
  readonly sessionClaims: Readonly<Record<string, string | readonly string[]>>;
  readonly tags: ReadonlyMap<string, string>;
  readonly transitiveTagKeys: readonly string[];
  readonly sourceIdentity: string | undefined;
}

/** `reason`: one sentence for the client, without a part of the token. */
export type TokenOutcome =
  | { readonly kind: "verified"; readonly identity: WebIdentity }
  /** It is no token of this issuer for this provider, or its time has not come. */
  | { readonly kind: "invalid"; readonly reason: string }
  | { readonly kind: "expired" }
  /** It is genuine, but a claim in it cannot be used. */
  | { readonly kind: "claim-refused"; readonly reason: string }
  /** The issuer's keys cannot be had. */
  | { readonly kind: "away"; readonly reason: string };

/** Tokens of OIDC providers. https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation */
export interface WebIdentityTokens {
  /**
   * Who says to have issued the token, `https://…`; nothing of it was verified. Undefined: it is no token. Nobody is asked for it.
   */
  issuerOf(token: string): string | undefined;
  /** INVARIANT: the provider is one that its account registered; no other issuer is ever asked for its keys. `now`: ms. */
  verify(token: string, provider: OidcProviderRecord, now: number): Promise<TokenOutcome>;
}
