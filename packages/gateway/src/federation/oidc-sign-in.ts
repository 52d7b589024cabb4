import { fieldsOf } from "@s3-credentials/policy/parse";
import { createHash } from "node:crypto";
import type { NotSignedIn, OidcSignIn, SignInAnswer, SignInProvider } from "../ports/oidc-sign-in.ts";
import { type FetchOptions, fetchDocument, NotFetched, type SentForm } from "./fetch-document.ts";
import { checkIdToken } from "./id-token.ts";
import type { KeysOfIssuers, SignInEndpoints } from "./issuer-keys.ts";

/** The client's secret as it is now; undefined: the provider gave it none. Throws `NotFetched` when it cannot be read. */
export type SecretOf = (provider: SignInProvider) => Promise<string | undefined>;

const maxTokenAnswer = 128 * 1024;
/** As AssumeRoleWithWebIdentity takes it at most. */
const maxToken = 20_000;
/** Exchanges with one provider at a time: one that answers slowly holds up its own people alone. */
const maxExchanges = 16;

export function createOidcSignIn({
  providers,
  keysOfIssuers,
  options,
  secretOf,
}: {
  readonly providers: readonly SignInProvider[];
  readonly keysOfIssuers: KeysOfIssuers;
  readonly options: FetchOptions;
  readonly secretOf: SecretOf;
}): OidcSignIn {
  const exchanging = new Map<string, number>();

  async function endpointsOf({ accountId, issuer }: SignInProvider): Promise<SignInEndpoints | NotSignedIn> {
    const found = await keysOfIssuers.of(accountId, issuer, false);
    if (found.kind === "away") return found;
    const reason = "its discovery document names no authorization_endpoint and token_endpoint with https";
    return found.keys.signIn ?? { kind: "away", reason };
  }

  async function exchange(provider: SignInProvider, answer: SignInAnswer): ReturnType<OidcSignIn["exchange"]> {
    const { issuer, clientId } = provider;
    const endpoints = await endpointsOf(provider);
    if ("kind" in endpoints) return endpoints;
    // A code of one provider would otherwise be taken to another (https://www.rfc-editor.org/rfc/rfc9207#section-2.4).
    if (answer.issuer === undefined ? endpoints.namesIssuer : answer.issuer !== issuer)
      return { kind: "invalid", reason: "the answer does not come from it" };
    const sent = tokenRequest(provider, endpoints, answer, await secretOf(provider));
    if ("kind" in sent) return sent;
    const { id_token: token, access_token: access } = fieldsOf(
      await fetchDocument(endpoints.token, maxTokenAnswer, options, sent),
    );
    if (typeof token !== "string" || token.length > maxToken)
      return { kind: "invalid", reason: "it gave no ID token, or a very long one" };
    const accessToken = typeof access === "string" ? access : undefined;
    const found = checkIdToken(token, { issuer, clientId, nonce: answer.nonce, accessToken });
    if ("refused" in found) return { kind: "invalid", reason: found.refused };
    return { kind: "token", token, subject: found.subject };
  }

  return {
    providers,
    async authorizationUrl(provider, { state, nonce, redirectUri, verifier }) {
      const endpoints = await endpointsOf(provider);
      if ("kind" in endpoints) return endpoints;
      const url = new URL(endpoints.authorization);
      const asked = {
        response_type: "code",
        client_id: provider.clientId,
        redirect_uri: redirectUri,
        scope: ["openid", ...provider.scopes].join(" "),
        state,
        nonce,
        code_challenge: createHash("sha256").update(verifier).digest("base64url"),
        code_challenge_method: "S256",
      };
      for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value);
      url.hash = "";
      return { kind: "url", url: url.href };
    },
    async exchange(provider, answer) {
      const { name } = provider;
      const running = exchanging.get(name) ?? 0;
      if (running >= maxExchanges) return { kind: "busy" };
      exchanging.set(name, running + 1);
      try {
        return await exchange(provider, answer);
      } catch (error) {
        if (!(error instanceof NotFetched)) throw error;
        return { kind: "away", reason: error.message };
      } finally {
        exchanging.set(name, (exchanging.get(name) ?? 1) - 1);
      }
    },
  };
}

/** https://www.rfc-editor.org/rfc/rfc6749#section-4.1.3; the client's secret as section 2.3.1 has it. */
function tokenRequest(
  { clientId }: SignInProvider,
  { clientAuthentication: ways }: SignInEndpoints,
  { code, redirectUri, verifier }: SignInAnswer,
  secret: string | undefined,
): SentForm | NotSignedIn {
  const form = new URLSearchParams({
    grant_type: "authorization_code",
    code,
    redirect_uri: redirectUri,
    code_verifier: verifier,
  });
  if (secret === undefined) {
    form.set("client_id", clientId);
    return { form: form.toString(), authorization: undefined };
  }
  if (ways.includes("client_secret_basic")) {
    const pair = [clientId, secret].map((one) => new URLSearchParams({ one }).toString().slice("one=".length));
    return { form: form.toString(), authorization: `Basic ${Buffer.from(pair.join(":")).toString("base64")}` };
  }
  if (!ways.includes("client_secret_post"))
    return { kind: "away", reason: "it takes a client's secret by neither client_secret_basic nor client_secret_post" };
  form.set("client_id", clientId);
  form.set("client_secret", secret);
  return { form: form.toString(), authorization: undefined };
}
