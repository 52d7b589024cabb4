/** An identity provider by which people sign in to the console of one account. It has no secret. */
export interface SignInProvider {
  /** In addresses, and unique: `acme`. */
  readonly name: string;
  /** As people know it. */
  readonly title: string;
  readonly accountId: string;
  /** `https://…`, as in its tokens. */
  readonly issuer: string;
  /** The console, as the provider knows it. */
  readonly clientId: string;
  /** Beside `openid`. */
  readonly scopes: readonly string[];
}

/** What one sign-in asks with, and is answered to. */
export interface SignInAsked {
  /** Of the console, to the letter as it is registered there. */
  readonly redirectUri: string;
  readonly nonce: string;
  /** Of PKCE: 43 to 128 characters, which nobody sees until the code is exchanged. */
  readonly verifier: string;
}

/** What the browser brings back. */
export interface SignInAnswer extends SignInAsked {
  readonly code: string;
  /** Who says to have answered; undefined: the answer does not say. */
  readonly issuer: string | undefined;
}

/** `reason`: a part of a sentence for the person, without a part of a token, a code or a secret. */
export type NotSignedIn =
  /** The provider, or what it answers, cannot be had. */
  | { readonly kind: "away"; readonly reason: string }
  /** As many people sign in by this provider as may at a time. */
  | { readonly kind: "busy" }
  /** The answer is not one to what was asked. */
  | { readonly kind: "invalid"; readonly reason: string };

/**
 * Sign-in of people by the authorization code flow, with PKCE. https://openid.net/specs/openid-connect-core-1_0.html#CodeFlowAuth
 * INVARIANT: called for a provider that its account has registered, so nobody asks an issuer that no account trusts.
 */
export interface OidcSignIn {
  readonly providers: readonly SignInProvider[];
  /** Where the browser goes. */
  authorizationUrl(
    provider: SignInProvider,
    asked: SignInAsked & { readonly state: string },
  ): Promise<{ readonly kind: "url"; readonly url: string } | NotSignedIn>;
  /**
   * The ID token for a code. INVARIANT: it fits what was asked, but nothing vouches for it yet: AssumeRoleWithWebIdentity verifies
   * signature, times and audience.
   */
  exchange(
    provider: SignInProvider,
    answer: SignInAnswer,
  ): Promise<{ readonly kind: "token"; readonly token: string; readonly subject: string } | NotSignedIn>;
}
