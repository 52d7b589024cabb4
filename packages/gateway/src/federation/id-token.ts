/** Whether an ID token is the answer to what was asked. https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation */
import { createHash } from "node:crypto";
import { readToken } from "./verify-token.ts";

export interface ExpectedToken {
  readonly issuer: string;
  readonly clientId: string;
  readonly nonce: string;
  /** That came with it. */
  readonly accessToken: string | undefined;
}

/** `refused`: why it is not; a part of a sentence, without a part of the token. */
export type FoundToken = { readonly subject: string } | { readonly refused: string };

/**
 * INVARIANT: nothing here vouches for the token. Its signature, its times and that the provider's account knows the client are verified by
 * who uses it, over the same bytes.
 */
export function checkIdToken(token: string, { issuer, clientId, nonce, accessToken }: ExpectedToken): FoundToken {
  const { head, claims } = readToken(token) ?? {};
  if (head === undefined || claims === undefined) return { refused: "its ID token is no JWT" };
  const { iss, aud, azp, sub, nonce: given, at_hash: hash } = claims;
  if (iss !== issuer) return { refused: "its ID token is of another issuer" };
  const audiences: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  // With several and no `azp`, trust policies would be asked with whichever of them the account has registered.
  const isForUs = audiences.includes(clientId) && (azp === clientId || (azp === undefined && audiences.length === 1));
  if (!isForUs) return { refused: "its ID token is for another client" };
  // Else a token, or a code, that was given to somebody else would do.
  if (given !== nonce) return { refused: "its ID token is of another sign-in" };
  if (hash !== undefined && (accessToken === undefined || hash !== hashOf(accessToken, head["alg"])))
    return { refused: "its ID token does not belong to its access token" };
  return typeof sub === "string" && sub !== "" ? { subject: sub } : { refused: "its ID token names nobody" };
}

/** The left half, of the hash that the signature's algorithm has. */
function hashOf(accessToken: string, algorithm: unknown): string | undefined {
  const bits = /^(?:RS|ES|PS)(256|384|512)$/.exec(String(algorithm))?.[1];
  if (bits === undefined) return undefined;
  const whole = createHash(`sha${bits}`).update(accessToken, "latin1").digest();
  return whole.subarray(0, whole.length / 2).toString("base64url");
}
