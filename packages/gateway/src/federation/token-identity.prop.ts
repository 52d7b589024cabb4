import fc from "fast-check";
import { expect, test } from "vitest";
import type { OidcProviderRecord } from "../ports/oidc-provider-store.ts";
import { type Claims, identityOf } from "./token-identity.ts";

const runs = Number(process.env["TEST_RUNS"] ?? 300);

function providerOf(url: string): OidcProviderRecord {
  const arn = `arn:aws:iam::123456789012:oidc-provider/${url}`;
  const lists = { clientIds: ["app"], thumbprints: [], tags: new Map<string, string>() };
  return { accountId: "123456789012", arn, url, ...lists, createdAt: 0 };
}

const tags = "https://aws.amazon.com/tags";
const names = ["sub", "aud", "azp", "amr", "email", "environment", tags, `${tags}/transitive_tag_keys`, "x"];
const value = fc.oneof(
  fc.constantFrom("app", ["app"], "job", "\ud800", "a\0b", "__proto__", ""),
  fc.jsonValue({ maxDepth: 3 }),
  fc.record({ principal_tags: fc.jsonValue(), transitive_tag_keys: fc.jsonValue() }),
);
const claims = fc.dictionary(fc.constantFrom(...names, `${tags}/principal_tags/a`), value) as fc.Arbitrary<Claims>;
const urls = fc.constantFrom("token.actions.githubusercontent.com", "constructor", "__proto__", "a.test:1/b");

test("whatever a token claims, it is refused, or names somebody by texts alone", () => {
  fc.assert(
    fc.property(claims, urls, fc.boolean(), (made, url, fits) => {
      const outcome = identityOf(fits ? { ...made, sub: "job", aud: "app", azp: undefined } : made, providerOf(url));
      if (outcome.kind !== "verified") {
        expect(["invalid", "claim-refused"]).toContain(outcome.kind);
        return;
      }
      const { identity } = outcome;
      expect(identity.audience).toBe("app");
      expect(identity.subject).not.toMatch(/[\p{Cc}\p{Cs}]/u);
      for (const [key, claim] of identity.claims) {
        expect(key.startsWith(`${url}:`)).toBe(true);
        for (const text of [claim].flat()) expect(typeof text).toBe("string");
      }
      for (const [key, tag] of identity.tags) expect([typeof key, typeof tag]).toEqual(["string", "string"]);
    }),
    { numRuns: runs },
  );
});

test("the claims of a GitHub workflow that AWS has keys for", () => {
  const url = "token.actions.githubusercontent.com";
  const job = { environment: "production", repository_id: "74", actor: "octocat", ref: "refs/heads/main" };
  const others = { run_id: "1", sha: "abc", repository_owner: "octo-org" };
  const outcome = identityOf({ ...job, ...others, sub: "repo:o/r:ref:x", aud: "app" }, providerOf(url));
  if (outcome.kind !== "verified") throw new Error(outcome.kind);
  const own = Object.entries(job).map(([name, text]) => [`${url}:${name}`, text] as const);
  expect(outcome.identity.claims).toEqual(
    new Map([[`${url}:aud`, "app"], [`${url}:oaud`, "app"], [`${url}:sub`, "repo:o/r:ref:x"], ...own] as const),
  );
  expect(outcome.identity.sessionClaims).toEqual({ [`${url}:aud`]: "app", [`${url}:sub`]: "repo:o/r:ref:x" });
});
