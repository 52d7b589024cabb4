import { createHmac, createPublicKey } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { OidcProviderRecord } from "../ports/oidc-provider-store.ts";
import type { TokenOutcome } from "../ports/web-identity.ts";
import { startIssuer, type TestIssuer, type TokenClaims } from "../../test/oidc-issuer.ts";
import { KeysOfIssuers } from "./issuer-keys.ts";
import { createWebIdentityTokens } from "./verify-token.ts";

let issuer: TestIssuer;
let other: TestIssuer;

beforeAll(async () => {
  [issuer, other] = await Promise.all([startIssuer("/tenant"), startIssuer()]);
  await issuer.addKey("ec-1", "ES256");
  await issuer.addKey("rsa-512", "RS512");
  await other.addKey("only-there", "ES256");
  tokens = tokensOf([issuer, other]);
});

afterAll(() => Promise.all([issuer.close(), other.close()]));

const account = "123456789012";

function providerOf({ issuer: url }: TestIssuer, changes: Partial<OidcProviderRecord> = {}): OidcProviderRecord {
  const plain = url.slice("https://".length);
  return {
    accountId: account,
    arn: `arn:aws:iam::${account}:oidc-provider/${plain}`,
    url: plain,
    clientIds: ["sts.amazonaws.com", "app-1"],
    thumbprints: [],
    tags: new Map(),
    createdAt: 0,
    ...changes,
  };
}

function tokensOf(issuers: readonly TestIssuer[] = [], time = () => 0) {
  const hosts = issuers.map((one) => new URL(one.issuer).host);
  const authorities = async () => issuers.map(({ ca }) => ca).join("\n");
  const options = { hosts, ranges: { contains: () => false }, authorities };
  return createWebIdentityTokens(new KeysOfIssuers(options, time));
}

let tokens = tokensOf();

const verify = (token: string, of = issuer): Promise<TokenOutcome> => tokens.verify(token, providerOf(of), Date.now());
const part = (value: unknown): string =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

test.each(["rsa-1", "ec-1"])("a token by the key %s", async (kid) => {
  const outcome = await verify(await issuer.token({ aud: ["other", "app-1"], amr: ["a", "b"], email: "e" }, { kid }));
  const { url, arn } = providerOf(issuer);
  expect(outcome).toEqual({
    kind: "verified",
    identity: {
      provider: arn,
      issuer: issuer.issuer,
      audience: "app-1",
      subject: "job-1",
      claims: new Map<string, unknown>([
        [`${url}:aud`, "app-1"],
        [`${url}:oaud`, ["other", "app-1"]],
        [`${url}:sub`, "job-1"],
        [`${url}:amr`, ["a", "b"]],
        [`${url}:email`, "e"],
      ]),
      sessionClaims: { [`${url}:aud`]: "app-1", [`${url}:sub`]: "job-1", [`${url}:amr`]: ["a", "b"] },
      tags: new Map(),
      transitiveTagKeys: [],
      sourceIdentity: undefined,
    },
  });
});

test("session tags in both forms, and a source identity", async () => {
  const nested = { principal_tags: { Team: ["a"] }, transitive_tag_keys: ["Team"] };
  const claims = {
    "https://aws.amazon.com/tags": nested,
    "https://aws.amazon.com/tags/principal_tags/Cost Center": "42",
    "https://aws.amazon.com/tags/transitive_tag_keys": ["Cost Center"],
    "https://aws.amazon.com/source_identity": "ann",
  };
  expect(await verify(await issuer.token(claims))).toMatchObject({
    identity: {
      tags: new Map([
        ["Cost Center", "42"],
        ["Team", "a"],
      ]),
      transitiveTagKeys: ["Team", "Cost Center"],
      sourceIdentity: "ann",
    },
  });
});

test("the issuer begins to sign with a new key, and takes the old one back", async () => {
  let time = 0;
  const rotated = tokensOf([issuer], () => time);
  const verifyNow = async (token: string) => (await rotated.verify(token, providerOf(issuer), Date.now())).kind;
  expect(await verifyNow(await issuer.token())).toBe("verified");
  const old = await issuer.token({}, { kid: "ec-1" });
  issuer.keys.delete("ec-1");
  await issuer.addKey("ec-2", "ES384");
  const token = await issuer.token({}, { kid: "ec-2" });
  expect(await verifyNow(token)).toBe("invalid"); // the keys were asked for just now
  time = 60_000;
  expect(await verifyNow(token)).toBe("verified");
  expect(await verifyNow(old)).toBe("invalid");
});

const now = Math.floor(Date.now() / 1000);

describe("refused claims", () => {
  test.each<[string, TokenClaims, Partial<TokenOutcome>]>([
    ["another issuer", { iss: "https://localhost/other" }, { kind: "invalid" }],
    ["the issuer with a slash more", { iss: "{issuer}/" }, { kind: "invalid" }],
    ["no audience", { aud: undefined }, { kind: "invalid", reason: "Missing a required claim: aud." }],
    ["an empty list of audiences", { aud: [] }, { kind: "invalid" }],
    ["another audience", { aud: "app-2" }, { kind: "invalid" }],
    ["an audience in other letters", { aud: "APP-1" }, { kind: "invalid" }],
    ["an audience that is an object", { aud: { 0: "app-1" } }, { kind: "invalid" }],
    ["a number among the audiences", { aud: ["app-1", 1] }, { kind: "invalid" }],
    ["another authorized party", { azp: "app-2" }, { kind: "invalid" }],
    ["an authorized party that is a list", { azp: ["app-1"] }, { kind: "invalid" }],
    ["no subject", { sub: undefined }, { kind: "invalid", reason: "Missing a required claim: sub." }],
    ["an empty subject", { sub: "" }, { kind: "invalid" }],
    ["a subject that is a number", { sub: 7 }, { kind: "invalid" }],
    ["a subject that is a list", { sub: ["job-1"] }, { kind: "invalid" }],
    ["a subject of two lines", { sub: "job-1\njob-2" }, { kind: "invalid" }],
    ["a long subject", { sub: "x".repeat(256) }, { kind: "invalid" }],
    ["no end", { exp: undefined }, { kind: "invalid", reason: "Missing a required claim: exp." }],
    ["an end that is a text", { exp: String(now + 600) }, { kind: "invalid" }],
    ["expired", { exp: now - 120 }, { kind: "expired" }],
    ["no time of issue", { iat: undefined }, { kind: "invalid" }],
    ["issued in the future", { iat: now + 600 }, { kind: "invalid", reason: "The token was issued in the future." }],
    ["issued at a text", { iat: "now" }, { kind: "invalid" }],
    ["not valid yet", { nbf: now + 600 }, { kind: "invalid", reason: "The token is not valid yet." }],
    [
      "two values of one tag",
      { "https://aws.amazon.com/tags": { principal_tags: { a: ["1", "2"] } } },
      { kind: "claim-refused" },
    ],
    ["a tag that is a number", { "https://aws.amazon.com/tags/principal_tags/a": 1 }, { kind: "claim-refused" }],
    [
      "transitive keys that are no list",
      { "https://aws.amazon.com/tags/transitive_tag_keys": {} },
      { kind: "claim-refused" },
    ],
    ["a source identity that is a number", { "https://aws.amazon.com/source_identity": 7 }, { kind: "claim-refused" }],
  ])("%s", async (_name, changes, outcome) => {
    const iss = changes["iss"] === "{issuer}/" ? { iss: `${issuer.issuer}/` } : {};
    expect(await verify(await issuer.token({ ...changes, ...iss }))).toMatchObject(outcome);
  });

  test("clocks may be half a minute apart", async () => {
    const token = await issuer.token({ iat: now + 30, nbf: now + 30, exp: now - 30 });
    expect(await verify(token)).toMatchObject({ kind: "verified" });
  });
});

describe("forged tokens", () => {
  const refusedWith = async (token: string, reason?: string): Promise<void> => {
    const outcome = await verify(token);
    expect(outcome).toMatchObject({ kind: "invalid", ...(reason === undefined ? {} : { reason }) });
    if (token.length > 100) expect(JSON.stringify(outcome)).not.toContain(token.slice(0, 40));
  };

  test.each(["none", "None", "NONE", ""])("without a signature: alg %o", async (alg) => {
    for (const signature of ["", "AAAA"])
      await refusedWith(`${part({ alg, kid: "rsa-1" })}.${part(issuer.claims())}.${signature}`);
  });

  test("HS256 with the public key as the secret", async () => {
    const jwk = issuer.keys.get("rsa-1")?.jwk;
    const spki = createPublicKey({ key: jwk as never, format: "jwk" }).export({ type: "spki", format: "pem" });
    const signed = `${part({ alg: "HS256", kid: "rsa-1" })}.${part(issuer.claims())}`;
    for (const secret of [spki, JSON.stringify(jwk), jwk?.n ?? ""])
      await refusedWith(
        `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`,
        "The identity provider does not sign with the algorithm of the token.",
      );
  });

  test("a key of another issuer, by its name and by its place", async () => {
    await refusedWith(await other.token({ iss: issuer.issuer }, { kid: "only-there" }));
    await refusedWith(await other.token({ iss: issuer.issuer })); // it is called rsa-1 too
  });

  test("a key that comes with the token is not looked at", async () => {
    const jwk = other.keys.get("rsa-1")?.jwk;
    const places = { jku: `${other.issuer}/keys`, x5u: `${other.issuer}/keys`, jwk, x5c: ["AAAA"] };
    const before = other.asked.length;
    for (const [name, value] of Object.entries(places))
      await refusedWith(await other.token({ iss: issuer.issuer }, { header: { [name]: value } }));
    expect(other.asked).toHaveLength(before);
  });

  test("an extension that must be understood", async () => {
    await refusedWith(
      `${part({ alg: "RS256", kid: "rsa-1", crit: ["b64"], b64: false })}.${part(issuer.claims())}.AAAA`,
    );
  });

  test("an algorithm that the issuer does not sign with, although the key could", async () => {
    const token = await issuer.token({}, { kid: "rsa-512" });
    await refusedWith(token, "The identity provider does not sign with the algorithm of the token.");
  });

  test("claims that were changed, and a signature that was", async () => {
    const [head = "", , signature = ""] = (await issuer.token()).split(".");
    await refusedWith(`${head}.${part(issuer.claims({ sub: "job-2" }))}.${signature}`);
    const [, claims = ""] = (await issuer.token()).split(".");
    await refusedWith(`${head}.${claims}.${signature.replace(/^./, (one) => (one === "A" ? "B" : "A"))}`);
  });

  test("a name that is there twice", async () => {
    const [head = "", , signature = ""] = (await issuer.token()).split(".");
    const twice = JSON.stringify(issuer.claims()).replace("{", '{"sub":"job-2",');
    await refusedWith(`${head}.${part(twice)}.${signature}`, "The ID token provided is not a valid JWT.");
    const alg = '{"alg":"RS256","alg":"none","kid":"rsa-1"}';
    await refusedWith(
      `${part(alg)}.${part(issuer.claims())}.${signature}`,
      "The ID token provided is not a valid JWT.",
    );
  });

  test.each(["", "a", "a.b", "a.b.c", "e30.e30.", ".e30.AAAA", "e30.e30.AAAA.AAAA.AAAA", "e30.W10.AAAA", "é.e30.A"])(
    "%o is no token",
    async (text) => {
      expect(tokens.issuerOf(text)).toBeUndefined();
      await refusedWith(text === "" ? "." : text);
    },
  );
});
