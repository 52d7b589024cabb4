import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readConsoleProviders } from "./console-providers.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "console-providers-"));
  writeFileSync(join(folder, "secret"), "first line\nsecond\n", { mode: 0o600 });
  writeFileSync(join(folder, "open"), "secret", { mode: 0o644 });
  writeFileSync(join(folder, "empty"), "\n", { mode: 0o600 });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the file of --console-oidc", () => {
  const fits = { name: "p", account: "123456789012", issuer: "https://p.example", clientId: "c" };
  test.each([
    ["[]", "it is not a JSON object"],
    [JSON.stringify({ providers: [] }), "providers is not a list of at least one"],
    [JSON.stringify({ providers: [fits], more: 1 }), 'it has "more", and knows providers'],
    [JSON.stringify({ providers: [fits, fits] }), "two providers have the name p"],
    [JSON.stringify({ providers: [{ ...fits, name: "A" }] }), "providers[0].name: give up to 32 of a-z, 0-9 and -"],
    [
      JSON.stringify({ providers: [{ ...fits, account: "1" }] }),
      "providers[0].account: it is not the id of an account",
    ],
    [
      JSON.stringify({ providers: [{ ...fits, issuer: "http://p" }] }),
      "providers[0].issuer: it is not a URL with https",
    ],
    [JSON.stringify({ providers: [{ ...fits, clientId: undefined }] }), "providers[0].clientId: it is missing"],
    [
      JSON.stringify({ providers: [{ ...fits, clientSecret: "x" }] }),
      "providers[0].clientSecret: unknown; there are name",
    ],
    [JSON.stringify({ providers: [{ ...fits, scopes: ["a b"] }] }), "providers[0].scopes: it is not a list of scopes"],
    [
      JSON.stringify({ providers: [{ ...fits, clientSecretFile: "none" }] }),
      /clientSecretFile: cannot use .*none: there is no such file/,
    ],
    [
      JSON.stringify({ providers: [{ ...fits, clientSecretFile: "open" }] }),
      /others than its owner may read or write it/,
    ],
    [JSON.stringify({ providers: [{ ...fits, clientSecretFile: "empty" }] }), /its first line is no client secret/],
  ])("%s: the gateway does not start", (text, why) => {
    const file = join(folder, "bad.json");
    writeFileSync(file, text);
    expect(() => readConsoleProviders(file)).toThrow(why);
    expect(() => readConsoleProviders(file)).toThrow(/^cannot use --console-oidc .*; see docs\/guide\/federation\.md$/);
  });

  test("names providers, and where their secrets are", async () => {
    const file = join(folder, "good.json");
    const title = "Acme staff";
    const full = { ...fits, title, clientSecretFile: "secret", scopes: ["openid", "email"] };
    writeFileSync(file, JSON.stringify({ providers: [full, { ...fits, name: "q" }] }));
    const { providers, secretOf } = readConsoleProviders(file);
    const { issuer, clientId, account: accountId } = fits;
    expect(providers).toEqual([
      { name: "p", title, accountId, issuer, clientId, scopes: ["email"] },
      { name: "q", title: "q", accountId, issuer, clientId, scopes: [] },
    ]);
    expect(await Promise.all(providers.map(secretOf))).toEqual(["first line", undefined]);
    expect(readConsoleProviders(undefined).providers).toEqual([]);
  });
});
