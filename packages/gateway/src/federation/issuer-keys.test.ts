import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startIssuer, type TestIssuer } from "../../test/oidc-issuer.ts";
import { fetchDocument } from "./fetch-document.ts";
import { KeysOfIssuers } from "./issuer-keys.ts";
import { safePlace, UnsafeHost } from "../outbound/safe-addresses.ts";

let issuer: TestIssuer;
let discovery: Record<string, unknown> = {};
const nothing = { hosts: [], ranges: { contains: () => false } };

beforeAll(async () => {
  issuer = await startIssuer();
  discovery = issuer.discovery;
});
afterAll(() => issuer.close());
beforeEach(() => {
  issuer.answers.clear();
  issuer.asked.length = 0;
  issuer.discovery = discovery;
});

/** ms. */
let time = 0;

function keys(options: { readonly timeout?: number; readonly authorities?: () => Promise<string> } = {}) {
  time = 0;
  const hosts = [new URL(issuer.issuer).host];
  return new KeysOfIssuers({ ...nothing, hosts, authorities: async () => issuer.ca, ...options }, () => time);
}

const discovered = "/.well-known/openid-configuration";
const minute = 60_000;

describe("kept keys", () => {
  test("are asked for once, by all who wait for them", async () => {
    const kept = keys();
    const [first, ...others] = await Promise.all([1, 2, 3].map(() => kept.of("1", issuer.issuer, false)));
    expect(first).toMatchObject({ kind: "keys", keys: { algorithms: ["RS256", "ES256", "ES384"] } });
    expect(others).toEqual([first, first]);
    time = 59 * minute;
    expect(await kept.of("1", issuer.issuer, false)).toBe(first);
    expect(issuer.asked).toEqual([discovered, "/keys"]);
  });

  test("are asked for again after an hour, and an issuer that is away then has none", async () => {
    const kept = keys();
    await kept.of("1", issuer.issuer, false);
    time = 61 * minute;
    issuer.answers.set("/keys", (_request, response) => void response.writeHead(503).end());
    expect(await kept.of("1", issuer.issuer, false)).toEqual({ kind: "away", reason: "the answer has status 503" });
    issuer.answers.clear();
    expect(await kept.of("1", issuer.issuer, false)).toMatchObject({ kind: "away" });
    time += minute;
    expect(await kept.of("1", issuer.issuer, false)).toMatchObject({ kind: "keys" });
  });

  test("are asked for again for an unknown one, but not for each", async () => {
    const kept = keys();
    const first = await kept.of("1", issuer.issuer, false);
    expect(await kept.of("1", issuer.issuer, true)).toBe(first);
    time = minute;
    const second = await kept.of("1", issuer.issuer, true);
    expect(second).not.toBe(first);
    expect(await kept.of("1", issuer.issuer, true)).toBe(second);
    expect(issuer.asked).toHaveLength(4);
  });

  // Anybody can send a token that nobody signed and that names any key.
  test("that are known go on when the issuer is away at the time an unknown one is asked for", async () => {
    const kept = keys();
    const first = await kept.of("1", issuer.issuer, false);
    time = 50 * minute;
    issuer.answers.set("/keys", (_request, response) => void response.writeHead(503).end());
    const away = { kind: "away", reason: "the answer has status 503" };
    expect(await kept.of("1", issuer.issuer, true)).toEqual(away);
    expect(await kept.of("1", issuer.issuer, false)).toBe(first);
    // Who asks for the unknown one is told the same, without a question more, and the hour of the others is no longer.
    expect(await kept.of("1", issuer.issuer, true)).toEqual(away);
    expect(issuer.asked).toHaveLength(4);
    time = 61 * minute;
    expect(await kept.of("1", issuer.issuer, false)).toEqual(away);
  });

  test("are an account's own: what one asks for keeps no other waiting", async () => {
    const kept = keys();
    let release = (): void => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    issuer.answers.set(discovered, (_request, response) => {
      void held.then(() => response.end(JSON.stringify(discovery)));
      issuer.answers.clear();
    });
    const slow = kept.of("1", issuer.issuer, false);
    await expect.poll(() => issuer.asked.length).toBe(1);
    expect(await kept.of("2", issuer.issuer, false)).toMatchObject({ kind: "keys" });
    release();
    expect(await slow).toMatchObject({ kind: "keys" });
  });

  test("of an account with many issuers take no other account's place", async () => {
    const kept = keys();
    const first = await kept.of("2", issuer.issuer, false);
    const key = { kty: "RSA", n: "n", e: "AQAB", kid: "k".repeat(250_000) };
    for (let at = 0; at < 40; at += 1) {
      const one = `${issuer.issuer}/${at}`;
      const answers = { [`/${at}${discovered}`]: { ...discovery, issuer: one, jwks_uri: `${one}/keys` } };
      for (const [path, answer] of Object.entries({ ...answers, [`/${at}/keys`]: { keys: [key] } }))
        issuer.answers.set(path, (_request, response) => void response.end(JSON.stringify(answer)));
      expect(await kept.of("1", one, false)).toMatchObject({ kind: "keys" });
    }
    const asked = issuer.asked.length;
    expect(await kept.of("2", issuer.issuer, false)).toBe(first);
    // The newest of its own are kept.
    await kept.of("1", `${issuer.issuer}/39`, false);
    expect(issuer.asked).toHaveLength(asked);
    await kept.of("1", `${issuer.issuer}/0`, false);
    expect(issuer.asked).toHaveLength(asked + 2);
  });

  test("at most four issuers of one account are asked at a time", async () => {
    const kept = keys();
    const others = [1, 2, 3, 4].map((at) => kept.of("1", `${issuer.issuer}/${at}`, false));
    expect(await kept.of("1", issuer.issuer, false)).toMatchObject({ kind: "away" });
    await Promise.all(others);
    expect(await kept.of("1", issuer.issuer, false)).toMatchObject({ kind: "keys" });
  });
});

describe("an issuer without usable documents is away", () => {
  const json = (value: unknown) => (_request: unknown, response: { end(text: string): unknown }) =>
    void response.end(JSON.stringify(value));

  test.each<[string, Record<string, unknown>, string]>([
    ["another issuer", { issuer: "https://localhost/other" }, "its discovery document is of another issuer"],
    ["no issuer", { issuer: undefined }, "its discovery document is of another issuer"],
    ["keys over http", { jwks_uri: "http://localhost/keys" }, "its discovery document names no jwks_uri with https"],
    ["keys that are a file", { jwks_uri: "file:///etc/passwd" }, "its discovery document names no jwks_uri with https"],
    ["no keys", { jwks_uri: 7 }, "its discovery document names no jwks_uri with https"],
    [
      "keys at the addresses of a cloud's metadata",
      { jwks_uri: "https://169.254.169.254/latest" },
      "169.254.169.254 has no public address, or one that the operator does not allow",
    ],
    [
      "keys at another port of an allowed host",
      { jwks_uri: "https://127.0.0.1:1/keys" },
      "127.0.0.1 has no public address, or one that the operator does not allow",
    ],
  ])("%s", async (_name, changes, reason) => {
    issuer.discovery = { ...discovery, ...changes };
    expect(await keys().of("1", issuer.issuer, false)).toEqual({ kind: "away", reason });
    expect(issuer.asked).toEqual([discovered]);
  });

  test("a redirect is not followed", async () => {
    const location = `${issuer.issuer}/elsewhere`;
    issuer.answers.set(discovered, (_request, response) => void response.writeHead(302, { location }).end());
    expect(await keys().of("1", issuer.issuer, false)).toEqual({ kind: "away", reason: "the answer has status 302" });
    expect(issuer.asked).toEqual([discovered]);
  });

  test("an endless answer", async () => {
    issuer.answers.set("/keys", (_request, response) => {
      const more = (): void => {
        while (response.writable && response.write("x".repeat(65_536)));
      };
      response.on("drain", more);
      more();
    });
    expect(await keys().of("1", issuer.issuer, false)).toEqual({
      kind: "away",
      reason: "the answer has more than 262144 bytes",
    });
  });

  test("a silent one, and one that says a byte now and then", async () => {
    issuer.answers.set(discovered, () => {});
    expect(await keys({ timeout: 200 }).of("1", issuer.issuer, false)).toEqual({
      kind: "away",
      reason: "no answer came",
    });
    issuer.answers.set(discovered, (_request, response) => {
      const timer = setInterval(() => response.write(" "), 20);
      response.on("close", () => clearInterval(timer));
    });
    expect(await keys({ timeout: 200 }).of("1", issuer.issuer, false)).toEqual({
      kind: "away",
      reason: "no answer came",
    });
  });

  test.each(["<html>", "{", ""])("%o is no document", async (text) => {
    issuer.answers.set(discovered, (_request, response) => void response.end(text));
    expect(await keys().of("1", issuer.issuer, false)).toEqual({ kind: "away", reason: "the answer is not JSON" });
  });

  test.each([null, [], {}, { keys: {} }])("%o is no key set", async (value) => {
    issuer.answers.set("/keys", json(value));
    expect(await keys().of("1", issuer.issuer, false)).toEqual({ kind: "away", reason: "its key set has no keys" });
  });

  test("too many keys", async () => {
    const key = { kty: "RSA", n: "AQAB", e: "AQAB" };
    issuer.answers.set("/keys", json({ keys: Array.from({ length: 101 }, () => key) }));
    expect(await keys().of("1", issuer.issuer, false)).toMatchObject({ kind: "away" });
  });

  test("of an algorithm that is not accepted, none is left", async () => {
    issuer.discovery = { ...discovery, id_token_signing_alg_values_supported: ["none", "HS256", "PS256", "EdDSA"] };
    expect(await keys().of("1", issuer.issuer, false)).toMatchObject({ kind: "keys", keys: { algorithms: [] } });
  });

  test("a certificate that nobody vouches for", async () => {
    const another = await startIssuer();
    await another.close();
    const trusting = keys({ authorities: async () => another.ca });
    expect(await trusting.of("1", issuer.issuer, false)).toEqual({ kind: "away", reason: "no answer came" });
    expect(issuer.asked).toEqual([]);
  });
});

test("the operator's certificates vouch for what the operator allows", async () => {
  const url = `${issuer.issuer.replace("localhost", "127.0.0.1")}${discovered}`;
  const options = { ...nothing, authorities: async () => issuer.ca };
  await expect(fetchDocument(url, 65_536, options)).rejects.toThrow("127.0.0.1 has no public address");
  for (const allowed of [
    { hosts: [new URL(url).host] },
    { ranges: { contains: (one: string) => one === "127.0.0.1" } },
  ])
    expect(await fetchDocument(url, 65_536, { ...options, ...allowed })).toMatchObject({ issuer: issuer.issuer });
});

describe("addresses", () => {
  test.each([
    "127.0.0.1",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.0.192",
    "198.18.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "2130706433",
    "0x7f.1",
    "017700000001",
    "[::1]",
    "[::]",
    "[::127.0.0.1]",
    "[::ffff:10.0.0.1]",
    "[::ffff:a00:1]",
    "[fd00:ec2::254]",
    "[fe80::1]",
    "[64:ff9b::a00:1]",
    "[64:ff9b:1::1]",
    "[2002:a00:1::]",
    "[2001:db8::1]",
    "[4000::1]",
  ])("%s is not public", async (host) => {
    await expect(safePlace(new URL(`https://${host}/`), nothing)).rejects.toThrow(UnsafeHost);
  });

  test.each(["8.8.8.8", "[2606:4700::1111]"])("%s is", async (host) => {
    const { addresses, isOwn } = await safePlace(new URL(`https://${host}/`), nothing);
    expect([addresses[0]?.address, isOwn]).toEqual([host.replace(/[[\]]/g, ""), false]);
  });

  test.each([
    "169.254.169.254",
    "[::ffff:169.254.169.254]",
    "[64:ff9b::169.254.169.254]",
    "[2002:a9fe:a9fe::1]",
    "[fe80::1]",
    "[fd00:ec2::254]",
    "[fd00:ec2::23]",
    "[fd20:ce::254]",
    "100.100.100.200",
    "168.63.129.16",
  ])("%s is never connected to, whatever is allowed", async (host) => {
    const everything = { hosts: [host.replace(/[[\]]/g, "")], ranges: { contains: () => true } };
    await expect(safePlace(new URL(`https://${host}/`), everything)).rejects.toThrow(UnsafeHost);
  });

  test("an operator's range", async () => {
    const allowed = { hosts: [], ranges: { contains: (address: string) => address.startsWith("10.") } };
    expect(await safePlace(new URL("https://10.0.0.1/"), allowed)).toMatchObject({ isOwn: true });
    await expect(safePlace(new URL("https://192.168.1.1/"), allowed)).rejects.toThrow(UnsafeHost);
  });

  test.each([
    ["https://127.0.0.1/", true],
    ["https://127.0.0.1:8443/", true],
    ["https://127.0.0.2:8443/", true],
    ["https://127.0.0.2/", false],
  ])("an allowed host or one of its ports: %s %o", async (url, allowed) => {
    const place = safePlace(new URL(url), { ...nothing, hosts: ["127.0.0.1", "127.0.0.2:8443"] });
    if (allowed) expect(await place).toMatchObject({ isOwn: true });
    else await expect(place).rejects.toThrow(UnsafeHost);
  });

  test("a name that the operator did not give is asked of name servers alone", async () => {
    await expect(safePlace(new URL("https://localhost/"), nothing)).rejects.toThrow(UnsafeHost);
    expect(await safePlace(new URL("https://localhost/"), { ...nothing, hosts: ["localhost"] })).toMatchObject({
      isOwn: true,
    });
  });
});
