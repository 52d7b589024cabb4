/** The keys of issuers: found by discovery, kept for a while, asked for anew when a token names one that is not known. */
import { createLocalJWKSet, type JWK } from "jose";
import { boundedCache } from "../cache/bounded-cache.ts";
import { type FetchOptions, fetchDocument, NotFetched } from "./fetch-document.ts";

export interface IssuerKeys {
  /** Of those that the gateway accepts, the ones that the issuer says it signs with. */
  readonly algorithms: readonly string[];
  readonly find: ReturnType<typeof createLocalJWKSet>;
  /** Where people sign in; undefined: the issuer names no such places with https, as one of workloads alone. */
  readonly signIn: SignInEndpoints | undefined;
}

/** https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderMetadata */
export interface SignInEndpoints {
  readonly authorization: string;
  readonly token: string;
  /** `client_secret_basic` and its kin. */
  readonly clientAuthentication: readonly string[];
  /** Its answers say whose they are. https://www.rfc-editor.org/rfc/rfc9207#section-3 */
  readonly namesIssuer: boolean;
}

export type KeysOutcome =
  | { readonly kind: "keys"; readonly keys: IssuerKeys }
  | { readonly kind: "away"; readonly reason: string };

/** Asymmetric ones alone: with a shared secret, everybody who can verify a token could make one. */
const acceptedAlgorithms: readonly string[] = ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512"];

const maxDiscovery = 64 * 1024;
const maxKeySet = 256 * 1024;
/** Of each kind, as at AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html */
const maxKeysOfKind = 100;
/** Characters of a modulus: 8192 bits. A longer one would only take long. */
const maxModulus = 1366;
/** Characters of an exponent: 64 bits. */
const maxExponent = 11;

/** Keys are asked for again after this time, so that one which the issuer took back does not live on; ms. */
const freshFor = 60 * 60_000;
/** An unknown key, or an issuer that was away, is not asked for again before; ms. */
const askedAgainAfter = 30_000;
/** Issuers of one account that are asked at a time. */
const maxAsked = 4;
/** Bytes of keys that are kept, in all. */
const maxKept = 32 * 1024 * 1024;
/** Of one account: it may register so many issuers, with so many keys, that no other account's had a place. */
const maxKeptOfAccount = 4 * 1024 * 1024;

interface Known {
  readonly outcome: KeysOutcome;
  /** When the issuer was asked for it: ms, of the monotonic clock. */
  readonly gotAt: number;
  /** Of the last time that it was asked. */
  readonly last: { readonly outcome: KeysOutcome; readonly askedAt: number };
  readonly size: number;
}

/**
 * Each account has its own keys of an issuer and asks for them by itself, so that no account waits for what another one asked. `now`:
 * milliseconds of a clock that never goes back.
 */
export class KeysOfIssuers {
  readonly #options: FetchOptions;
  readonly #now: () => number;
  /** By account, then by issuer, the one asked longest ago first. */
  readonly #kept = boundedCache<string, ReadonlyMap<string, Known>>(
    maxKept,
    (_accountId, issuers) => ({ own: weightOf(issuers) }),
    "issuers",
  );
  /** By account, then by issuer. */
  readonly #asked = new Map<string, Map<string, Promise<KeysOutcome>>>();

  constructor(options: FetchOptions, now: () => number) {
    this.#options = options;
    this.#now = now;
  }

  /** `unknown`: a key that was not among those that were given last; they are asked for anew, unless that was done a short time ago. */
  async of(accountId: string, issuer: string, unknown: boolean): Promise<KeysOutcome> {
    const kept = this.#kept.get(accountId)?.get(issuer);
    if (kept !== undefined) {
      const { outcome, gotAt, last } = kept;
      const isRecent = this.#now() - last.askedAt < askedAgainAfter;
      if (unknown ? isRecent : isRecent && outcome.kind === "away") return last.outcome;
      if (!unknown && outcome.kind === "keys" && this.#now() - gotAt < freshFor) return outcome;
    }
    const asked = this.#asked.get(accountId) ?? new Map<string, Promise<KeysOutcome>>();
    const running = asked.get(issuer);
    if (running !== undefined) return running;
    if (asked.size >= maxAsked) return { kind: "away", reason: "too many identity providers of the account are asked" };
    this.#asked.set(accountId, asked);
    const asking = this.#ask(accountId, issuer).finally(() => {
      asked.delete(issuer);
      if (asked.size === 0) this.#asked.delete(accountId);
    });
    asked.set(issuer, asking);
    return asking;
  }

  async #ask(accountId: string, issuer: string): Promise<KeysOutcome> {
    const askedAt = this.#now();
    const { outcome, size } = await discover(issuer, this.#options);
    const issuers = new Map(this.#kept.get(accountId));
    const before = issuers.get(issuer);
    const last = { outcome, askedAt };
    // Anybody can name an unknown key, in a token that nobody signed. When the issuer is away just then, the keys that are known go on.
    const goesOn = outcome.kind === "away" && before?.outcome.kind === "keys" && askedAt - before.gotAt < freshFor;
    issuers.delete(issuer);
    issuers.set(issuer, goesOn ? { ...before, last } : { outcome, gotAt: askedAt, last, size });
    for (const oldest of issuers.keys()) {
      if (weightOf(issuers) <= maxKeptOfAccount) break;
      issuers.delete(oldest);
    }
    this.#kept.set(accountId, issuers);
    return outcome;
  }
}

function weightOf(issuers: ReadonlyMap<string, Known>): number {
  let sum = 0;
  for (const [issuer, { size }] of issuers) sum += 1000 + issuer.length + size;
  return sum;
}

async function discover(
  issuer: string,
  options: FetchOptions,
): Promise<{ readonly outcome: KeysOutcome; readonly size: number }> {
  try {
    // https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfigurationRequest
    const place = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
    const { jwksUri, ...said } = readDiscovery(await fetchDocument(place, maxDiscovery, options), issuer);
    const jwks = { keys: readKeys(await fetchDocument(jwksUri, maxKeySet, options)) };
    const keys = { ...said, find: createLocalJWKSet(jwks) };
    return { outcome: { kind: "keys", keys }, size: 4 * JSON.stringify({ ...said, ...jwks }).length };
  } catch (error) {
    if (!(error instanceof NotFetched)) throw error;
    return { outcome: { kind: "away", reason: error.message }, size: 0 };
  }
}

function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}

function readDiscovery(document: unknown, issuer: string): Omit<IssuerKeys, "find"> & { readonly jwksUri: string } {
  // "The issuer value returned MUST be identical to the Issuer URL": else one issuer could vouch for the keys of another.
  if (member(document, "issuer") !== issuer) throw new NotFetched("its discovery document is of another issuer");
  const jwksUri = placeIn(document, "jwks_uri");
  if (jwksUri === undefined) throw new NotFetched("its discovery document names no jwks_uri with https");
  const signedWith = member(document, "id_token_signing_alg_values_supported");
  const named = Array.isArray(signedWith) ? signedWith : ["RS256"]; // the default of OpenID Connect
  const algorithms = acceptedAlgorithms.filter((one) => named.includes(one));
  return { jwksUri, algorithms, signIn: readEndpoints(document) };
}

function placeIn(document: unknown, name: string): string | undefined {
  const text = member(document, name);
  return typeof text === "string" && URL.canParse(text) && new URL(text).protocol === "https:" ? text : undefined;
}

function readEndpoints(document: unknown): SignInEndpoints | undefined {
  const authorization = placeIn(document, "authorization_endpoint");
  const token = placeIn(document, "token_endpoint");
  if (authorization === undefined || token === undefined) return undefined;
  const methods = member(document, "token_endpoint_auth_methods_supported");
  return {
    authorization,
    token,
    clientAuthentication: Array.isArray(methods) ? methods.map(String) : ["client_secret_basic"], // the default
    namesIssuer: member(document, "authorization_response_iss_parameter_supported") === true,
  };
}

/** Only public members are kept, of keys that a signature may be of. */
function readKeys(document: unknown): JWK[] {
  const listed = member(document, "keys");
  if (!Array.isArray(listed)) throw new NotFetched("its key set has no keys");
  const keys = listed.flatMap(readKey);
  for (const kty of ["RSA", "EC"])
    if (keys.filter((key) => key.kty === kty).length > maxKeysOfKind)
      throw new NotFetched(`its key set has more than ${maxKeysOfKind} keys of one kind`);
  return keys;
}

const keyMembers = ["kty", "kid", "use", "alg", "n", "e", "crv", "x", "y"] as const;

function readKey(value: unknown): JWK[] {
  const texts = keyMembers.flatMap((name) => {
    const one = member(value, name);
    return typeof one === "string" ? [[name, one] as const] : [];
  });
  const key = Object.fromEntries(texts) as JWK;
  const uses = member(value, "key_ops");
  if (Array.isArray(uses) && !uses.includes("verify")) return [];
  if (key.kty === "RSA") {
    const { n = "", e = "" } = key;
    return n === "" || n.length > maxModulus || e === "" || e.length > maxExponent ? [] : [key];
  }
  return key.kty === "EC" ? [key] : [];
}
