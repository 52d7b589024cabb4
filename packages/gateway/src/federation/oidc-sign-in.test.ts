import { afterAll, beforeAll, expect, test } from "vitest";
import { startIssuer, type TestIssuer } from "../../test/oidc-issuer.ts";
import { type SignInPages, serveSignIn } from "../../test/oidc-people.ts";
import type { OidcSignIn } from "../ports/oidc-sign-in.ts";
import { KeysOfIssuers } from "./issuer-keys.ts";
import { createOidcSignIn } from "./oidc-sign-in.ts";

// What a provider's discovery document says changes what it is sent; acceptance of its answers is tested with the console.

const client = { id: "console", secret: "se:cret" } as const;
let issuer: TestIssuer;
let pages: SignInPages;
beforeAll(async () => {
  issuer = await startIssuer("/people");
  pages = serveSignIn(issuer, client);
});
afterAll(() => issuer.close());

/** With a discovery document that has these members too; undefined takes one away. */
function signInWith(changes: Readonly<Record<string, unknown>>): OidcSignIn {
  const provider = { name: "p", title: "P", accountId: "1", issuer: issuer.issuer, clientId: client.id, scopes: [] };
  for (const [name, value] of Object.entries(changes))
    if (value === undefined) delete issuer.discovery[name];
    else issuer.discovery[name] = value;
  const options = {
    hosts: [new URL(issuer.issuer).host],
    ranges: { contains: () => false },
    authorities: async () => issuer.ca,
  };
  const keysOfIssuers = new KeysOfIssuers(options, () => 0);
  return createOidcSignIn({ providers: [provider], keysOfIssuers, options, secretOf: async () => client.secret });
}

const asked = {
  redirectUri: "https://console.example/signin/callback/p",
  nonce: "nonce",
  verifier: "verifier-of-".repeat(4).slice(0, 43),
};

async function exchanged(signIn: OidcSignIn): Promise<string> {
  const [provider] = signIn.providers;
  if (provider === undefined) throw new Error("there is one");
  const started = await signIn.authorizationUrl(provider, { ...asked, state: "state" });
  if (started.kind !== "url") return "reason" in started ? started.reason : started.kind;
  const code = pages.agree(started.url, { claims: { sub: "ann" } }).searchParams.get("code") ?? "";
  const found = await signIn.exchange(provider, { ...asked, code, issuer: issuer.issuer });
  return found.kind === "token" ? found.subject : "reason" in found ? found.reason : found.kind;
}

test("a client's secret is sent as the provider takes it, and in no other way", async () => {
  const methods = "token_endpoint_auth_methods_supported";
  for (const [ways, isBasic] of [
    [undefined, true],
    [["client_secret_post", "client_secret_basic"], true],
    [["client_secret_post"], false],
  ] as const) {
    expect(await exchanged(signInWith({ [methods]: ways }))).toBe("ann");
    const { form, authorization } = pages.exchanges.at(-1) ?? {};
    expect([authorization, form?.get("client_secret")]).toEqual(
      isBasic ? [expect.stringMatching(/^Basic /), null] : [undefined, client.secret],
    );
  }
  const before = pages.exchanges.length;
  expect(await exchanged(signInWith({ [methods]: ["private_key_jwt"] }))).toMatch(
    /^it takes a client's secret by neither/,
  );
  expect(pages.exchanges).toHaveLength(before);
});

test("what the address of the provider's page has already stays, and a provider of workloads alone has none", async () => {
  const page = `${issuer.issuer}/authorize?tenant=1&state=old#part`;
  const signIn = signInWith({ authorization_endpoint: page });
  const [provider] = signIn.providers;
  if (provider === undefined) throw new Error("there is one");
  const started = await signIn.authorizationUrl(provider, { ...asked, state: "new" });
  const url = new URL(started.kind === "url" ? started.url : "");
  expect([url.searchParams.get("tenant"), url.searchParams.getAll("state"), url.hash]).toEqual(["1", ["new"], ""]);
  for (const place of [undefined, "http://localhost/authorize", "no address"])
    expect(await exchanged(signInWith({ authorization_endpoint: place }))).toMatch(/names no authorization_endpoint/);
});
