import { errors, type JWTPayload, jwtVerify } from "jose";
import { isRecord, readJson } from "@s3-credentials/policy/parse";
import type { OidcProviderRecord } from "../ports/oidc-provider-store.ts";
import type { TokenOutcome, WebIdentityTokens } from "../ports/web-identity.ts";
import type { IssuerKeys, KeysOfIssuers } from "./issuer-keys.ts";
import { type Claims, identityOf } from "./token-identity.ts";

/** How far the clocks of an issuer and of the gateway may be apart, seconds. */
const clockSkew = 60;

const notAToken: TokenOutcome = { kind: "invalid", reason: "The ID token provided is not a valid JWT." };

/** Tokens in the form that OpenID Connect has for ID tokens, signed. https://www.rfc-editor.org/rfc/rfc8725 */
export function createWebIdentityTokens(keysOfIssuers: KeysOfIssuers): WebIdentityTokens {
  return {
    issuerOf(token) {
      const issuer = readToken(token)?.claims["iss"];
      return typeof issuer === "string" ? issuer : undefined;
    },
    async verify(token, provider, now) {
      if (readToken(token) === undefined) return notAToken;
      const issuer = `https://${provider.url}`;
      const found = await keysOfIssuers.of(provider.accountId, issuer, false);
      if (found.kind === "away") return found;
      const outcome = await verifyWith(token, found.keys, provider, now);
      if (outcome !== "unknown-key") return outcome;
      // The issuer may have begun to sign with a new key.
      const anew = await keysOfIssuers.of(provider.accountId, issuer, true);
      if (anew.kind === "away") return anew;
      const again = await verifyWith(token, anew.keys, provider, now);
      return again === "unknown-key"
        ? { kind: "invalid", reason: "No key of the identity provider fits the token." }
        : again;
    },
  };
}

/**
 * Of a token in the compact form whose head and claims are strict JSON, undefined otherwise. A name that is there twice would mean one
 * thing to the issuer and another here. Nothing of it was verified.
 */
export function readToken(token: string): { readonly head: Claims; readonly claims: Claims } | undefined {
  const [first = "", second = "", signature, ...more] = token.split(".");
  if (signature === undefined || more.length > 0) return undefined;
  const [head, claims] = [readPart(first), readPart(second)];
  return head === undefined || claims === undefined ? undefined : { head, claims };
}

function readPart(part: string): Claims | undefined {
  if (!/^[\w-]+$/.test(part)) return undefined;
  const text = Buffer.from(part, "base64url").toString("utf8");
  const value: unknown = "fault" in readJson(text) ? undefined : JSON.parse(text);
  return isRecord(value) ? value : undefined;
}

async function verifyWith(
  token: string,
  { algorithms, find }: IssuerKeys,
  provider: OidcProviderRecord,
  now: number,
): Promise<TokenOutcome | "unknown-key"> {
  let claims: JWTPayload;
  try {
    const { payload } = await jwtVerify(token, find, {
      algorithms: [...algorithms],
      issuer: `https://${provider.url}`,
      requiredClaims: ["iss", "sub", "aud", "exp", "iat"],
      clockTolerance: clockSkew,
      currentDate: new Date(now),
    });
    claims = payload;
  } catch (error) {
    if (error instanceof errors.JWKSNoMatchingKey) return "unknown-key";
    if (error instanceof errors.JOSEError) return outcomeOf(error);
    // What jose throws otherwise is of a key that cannot be used, such as a point that is not on its curve.
    return { kind: "invalid", reason: "The key of the identity provider that fits the token cannot be used." };
  }
  if (typeof claims.iat !== "number" || claims.iat > now / 1000 + clockSkew)
    return { kind: "invalid", reason: "The token was issued in the future." };
  return identityOf(claims, provider);
}

/** The messages of the library say no value of the token. */
function outcomeOf(error: errors.JOSEError): TokenOutcome {
  if (error instanceof errors.JWTExpired) return { kind: "expired" };
  if (error instanceof errors.JWTClaimValidationFailed) {
    const { claim, reason } = error;
    if (reason === "missing") return { kind: "invalid", reason: `Missing a required claim: ${claim}.` };
    if (claim === "nbf") return { kind: "invalid", reason: "The token is not valid yet." };
    return { kind: "invalid", reason: `The claim ${claim} of the token is not as it must be.` };
  }
  if (error instanceof errors.JOSEAlgNotAllowed)
    return { kind: "invalid", reason: "The identity provider does not sign with the algorithm of the token." };
  if (error instanceof errors.JWKSMultipleMatchingKeys)
    return { kind: "invalid", reason: "The token does not say which key of the identity provider it was signed with." };
  if (error instanceof errors.JWSSignatureVerificationFailed)
    return { kind: "invalid", reason: "The signature of the token does not verify with the identity provider's key." };
  return notAToken;
}
