import { createHash, randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { TestIssuer, TokenClaims } from "./oidc-issuer.ts";

/** The console, as the issuer knows it. */
export interface KnownClient {
  readonly id: string;
  /** Undefined: it has none. */
  readonly secret: string | undefined;
}

/** What somebody did at the issuer's page. */
export interface Agreed {
  readonly claims?: TokenClaims;
  /** Changes of what the browser brings back; undefined takes one away. */
  readonly answer?: Readonly<Record<string, string | undefined>>;
}

interface Given {
  readonly redirectUri: string;
  readonly challenge: string;
  readonly claims: TokenClaims;
}

/** The sign-in of people at an issuer: its page, and the exchange of codes. */
export interface SignInPages {
  /** What was sent to exchange codes, in order. */
  readonly exchanges: { readonly form: URLSearchParams; readonly authorization: string | undefined }[];
  /** Claims of who signs in at the page. */
  claims: TokenClaims;
  /** What the answer of an exchange has, changed. */
  change: (answer: Readonly<Record<string, unknown>>) => object;
  /** As if a person had agreed at this address: where the browser is sent back to. */
  agree(address: string, agreed?: Agreed): URL;
}

/** Serves both, strictly: each code once, to the client that asked for it, with its verifier. */
export function serveSignIn(issuer: TestIssuer, client: KnownClient): SignInPages {
  const path = new URL(issuer.issuer).pathname;
  const codes = new Map<string, Given>();
  Object.assign(issuer.discovery, {
    authorization_endpoint: `${issuer.issuer}/authorize`,
    token_endpoint: `${issuer.issuer}/token`,
    authorization_response_iss_parameter_supported: true,
  });
  const pages: SignInPages = {
    exchanges: [],
    claims: {},
    change: (answer) => answer,
    agree(address, { claims = pages.claims, answer = {} } = {}) {
      const asked = new URL(address).searchParams;
      const of = (name: string): string => asked.get(name) ?? "";
      const isFit = of("response_type") === "code" && of("client_id") === client.id && of("scope").includes("openid");
      if (!isFit || of("code_challenge_method") !== "S256")
        throw new Error(`the issuer does not know what ${address} asks`);
      const code = randomBytes(24).toString("base64url");
      codes.set(code, {
        redirectUri: of("redirect_uri"),
        challenge: of("code_challenge"),
        claims: { aud: client.id, nonce: of("nonce"), ...claims },
      });
      const back = new URL(of("redirect_uri"));
      for (const [name, value] of Object.entries({ code, state: of("state"), iss: issuer.issuer, ...answer }))
        if (value !== undefined) back.searchParams.set(name, value);
      return back;
    },
  };
  issuer.answers.set(`${path}/authorize`, (request, response) => {
    const back = pages.agree(new URL(request.url ?? "", issuer.issuer).href);
    response.setHeader("content-type", "text/html");
    response.end(`<!doctype html><title>Issuer</title><a href="${back.href.replaceAll("&", "&amp;")}">I agree</a>`);
  });
  const exchange = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const form = new URLSearchParams(await bodyOf(request));
    const { authorization } = request.headers;
    pages.exchanges.push({ form, authorization });
    const given = codes.get(form.get("code") ?? "");
    codes.delete(form.get("code") ?? "");
    const verifier = form.get("code_verifier") ?? "";
    const isFit =
      isClient(client, form, authorization) &&
      given?.redirectUri === form.get("redirect_uri") &&
      given.challenge === createHash("sha256").update(verifier).digest("base64url");
    response.setHeader("content-type", "application/json");
    if (!isFit) {
      response.statusCode = 400;
      response.end(JSON.stringify({ error: "invalid_grant" }));
      return;
    }
    const access = randomBytes(24).toString("base64url");
    const hash = createHash("sha256").update(access).digest().subarray(0, 16).toString("base64url");
    const token = await issuer.token({ at_hash: hash, ...given.claims });
    response.end(JSON.stringify(pages.change({ id_token: token, access_token: access, token_type: "Bearer" })));
  };
  issuer.answers.set(`${path}/token`, (request, response) => void exchange(request, response));
  return pages;
}

function isClient({ id, secret }: KnownClient, form: URLSearchParams, authorization: string | undefined): boolean {
  if (secret === undefined) return form.get("client_id") === id && authorization === undefined;
  const pair = Buffer.from((authorization ?? "").replace(/^Basic /, ""), "base64").toString();
  const [name, given] = pair.split(":").map((one) => decodeURIComponent(one.replaceAll("+", " ")));
  const isBasic = name === id && given === secret;
  return isBasic || (form.get("client_id") === id && form.get("client_secret") === secret);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = "";
  for await (const chunk of request) body += String(chunk);
  return body;
}
