import type { RequestListener } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";
import { selfSigned } from "./self-signed.ts";

type PrivateKey = Awaited<ReturnType<typeof generateKeyPair>>["privateKey"];

interface SigningKey {
  readonly alg: string;
  readonly kid: string;
  readonly privateKey: PrivateKey;
  readonly jwk: JWK;
}

export type TokenClaims = Readonly<Record<string, unknown>>;

/** An identity provider of OpenID Connect: a server with a certificate of its own, its discovery document, its keys and their tokens. */
export interface TestIssuer {
  /** `https://localhost:PORT` and a path. */
  readonly issuer: string;
  /** Its certificate, PEM. */
  readonly ca: string;
  /** What was asked, in order. */
  readonly asked: string[];
  /** What it answers with beside its documents, or instead of them; by path, with or without the query. */
  readonly answers: Map<string, RequestListener>;
  /** The discovery document, which a test may change. */
  discovery: Record<string, unknown>;
  readonly keys: Map<string, SigningKey>;
  addKey(kid: string, alg?: string): Promise<SigningKey>;
  /** Claims of a fitting token for `sts.amazonaws.com`, with changes; undefined takes one away. */
  claims(changes?: TokenClaims): TokenClaims;
  /** By the first key, or the named one. */
  token(changes?: TokenClaims, options?: { readonly kid?: string; readonly header?: object }): Promise<string>;
  close(): Promise<void>;
}

/** `certificate`: of issuers of which each is to be trusted. */
export async function startIssuer(path = "", certificate = selfSigned()): Promise<TestIssuer> {
  const { cert, key } = certificate;
  const asked: string[] = [];
  const answers = new Map<string, RequestListener>();
  const keys = new Map<string, SigningKey>();
  const server = createServer({ cert, key }, (request, response) => {
    const url = request.url ?? "";
    asked.push(url);
    const answer = answers.get(url) ?? answers.get(url.replace(/\?.*/, ""));
    if (answer !== undefined) {
      answer(request, response);
      return;
    }
    response.setHeader("content-type", "application/json");
    if (url === `${path}/.well-known/openid-configuration`) return void response.end(JSON.stringify(made.discovery));
    if (url === `${path}/keys`)
      return void response.end(JSON.stringify({ keys: [...keys.values()].map(({ jwk }) => jwk) }));
    response.statusCode = 404;
    response.end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const issuer = `https://localhost:${(server.address() as AddressInfo).port}${path}`;
  const made: TestIssuer = {
    issuer,
    ca: cert,
    asked,
    answers,
    keys,
    discovery: {
      issuer,
      jwks_uri: `${issuer}/keys`,
      id_token_signing_alg_values_supported: ["RS256", "ES256", "ES384"],
    },
    async addKey(kid, alg = "RS256") {
      const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
      const added = { alg, kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: "sig" } };
      keys.set(kid, added);
      return added;
    },
    claims(changes = {}) {
      const now = Math.floor(Date.now() / 1000);
      const fitting = { iss: issuer, aud: "sts.amazonaws.com", sub: "job-1", iat: now, exp: now + 600 };
      return JSON.parse(JSON.stringify({ ...fitting, ...changes })) as TokenClaims;
    },
    async token(changes = {}, { kid, header = {} } = {}) {
      const signing = kid === undefined ? [...keys.values()][0] : keys.get(kid);
      if (signing === undefined) throw new Error(`the issuer has no key ${kid ?? ""}`);
      const head = { alg: signing.alg, kid: signing.kid, typ: "JWT", ...header };
      return new SignJWT({ ...made.claims(changes) }).setProtectedHeader(head).sign(signing.privateKey);
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  await made.addKey("rsa-1");
  return made;
}
