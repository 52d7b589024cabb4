import { chmodSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readNotificationTargets } from "./notification-targets.ts";
import { parseConfig } from "./parse-config.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "gateway-test-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function read(document: unknown, mode = 0o600) {
  const file = join(folder, "targets.json");
  writeFileSync(file, typeof document === "string" ? document : JSON.stringify(document));
  chmodSync(file, mode);
  return readNotificationTargets(file);
}

const one = { name: "events", accounts: ["111122223333"], file: "events.jsonl" };

test("--notification-targets is a file", () => {
  const parsed = (...argv: string[]) => {
    const config = parseConfig(argv, { HOME: "/home/a" });
    return config.kind === "config" ? config.config.notificationTargets : config;
  };
  expect(parsed()).toBeUndefined();
  expect(parsed("--notification-targets", "/etc/targets.json")).toBe("/etc/targets.json");
  expect(parsed("--notification-targets", "")).toEqual({
    kind: "usage-error",
    message: "--notification-targets is empty; give a file in JSON",
  });
});

test("a file is found from the folder of the targets, and needs no secrecy", () => {
  expect(read({ targets: [one, { ...one, name: "all", accounts: "all", maxSize: "2MiB" }] }, 0o644)).toEqual([
    {
      name: "events",
      accounts: ["111122223333"],
      to: { kind: "file", path: join(folder, "events.jsonl"), maxBytes: 64 * 1024 * 1024 },
    },
    {
      name: "all",
      accounts: "all",
      to: { kind: "file", path: join(folder, "events.jsonl"), maxBytes: 2 * 1024 * 1024 },
    },
  ]);
  expect(readNotificationTargets(undefined)).toBeUndefined();
});

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const hook = { name: "hook", accounts: ["111122223333"], url: "https://hooks.example.com/s3?a=b" };

test("a webhook, and what it needs", () => {
  const to = {
    kind: "webhook",
    url: hook.url,
    headers: {},
    secret: undefined,
    authorities: undefined,
    allowsPrivate: false,
  };
  expect(read({ targets: [hook] })).toEqual([{ name: "hook", accounts: hook.accounts, to }]);
  writeFileSync(join(folder, "ca.pem"), "-----BEGIN CERTIFICATE-----");
  const more = { headers: { Authorization: "Bearer a" }, secret, ca: "ca.pem", allowPrivate: true };
  expect(read({ targets: [{ ...hook, ...more, url: "http://hooks:8080" }] })?.[0]?.to).toEqual({
    kind: "webhook",
    url: "http://hooks:8080/",
    headers: { authorization: "Bearer a" },
    secret: Buffer.from(secret.slice(6), "base64"),
    authorities: "-----BEGIN CERTIFICATE-----",
    allowsPrivate: true,
  });
});

test.each([{ secret }, { headers: { authorization: "Bearer a" } }])(
  "a file with secrets is its owner's alone",
  (more) => {
    expect(() => read({ targets: [{ ...hook, ...more }] }, 0o640)).toThrow(
      /: it has secrets, and others than its owner may read or write it; run: chmod 600 /,
    );
    expect(read({ targets: [{ ...hook, ...more }] }, 0o600)).toHaveLength(1);
  },
);

test.each<readonly [string, unknown, string]>([
  ["a file and a URL", { targets: [{ ...hook, file: "a" }] }, "targets[0].url: a target is a webhook or a file"],
  ["no URL", { targets: [{ ...hook, url: "hooks" }] }, "targets[0].url: it is not a URL"],
  ["another scheme", { targets: [{ ...hook, url: "file:///etc/passwd" }] }, "targets[0].url: it is not a URL"],
  ["no encryption", { targets: [{ ...hook, url: "http://hooks" }] }, "targets[0].url: http: is not encrypted"],
  ["a password", { targets: [{ ...hook, url: "https://a:b@hooks" }] }, "targets[0].url: it has a name or a password"],
  ["a fragment", { targets: [{ ...hook, url: "https://hooks#a" }] }, "targets[0].url: it has a fragment"],
  ["a header of HTTP's", { targets: [{ ...hook, headers: { Host: "a" } }] }, "targets[0].headers: one of its names"],
  ["a header of the gateway's", { targets: [{ ...hook, headers: { "webhook-id": "a" } }] }, "targets[0].headers: one"],
  [
    "a line in a header",
    { targets: [{ ...hook, headers: { a: "b\r\nc: d" } }] },
    "targets[0].headers: one of its values",
  ],
  ["a short secret", { targets: [{ ...hook, secret: "whsec_aGk=" }] }, "targets[0].secret: it is not whsec_"],
  ["no base64", { targets: [{ ...hook, secret: "no secret at all, but a sentence" }] }, "targets[0].secret: it is not"],
  ["no file of authorities", { targets: [{ ...hook, ca: "no.pem" }] }, "targets[0].ca: there is no such file"],
  ["no permission in words", { targets: [{ ...hook, allowPrivate: "yes" }] }, "targets[0].allowPrivate: it is neither"],
  ["no JSON", "{", "it is not JSON"],
  ["a list", [], "it is not a JSON object"],
  ["another member", { targets: [one], more: 1 }, 'it has "more", and knows targets'],
  ["no targets", { targets: [] }, "targets is not a list of at least one"],
  ["a member of a target", { targets: [{ ...one, extra: 1 }] }, "targets[0].extra: unknown"],
  ["no name", { targets: [{ ...one, name: "a:b" }] }, "targets[0].name: give up to 80"],
  ["nobody's", { targets: [{ name: "a", file: "f" }] }, "targets[0].accounts: give the ids"],
  ["an empty list of accounts", { targets: [{ ...one, accounts: [] }] }, "targets[0].accounts: give the ids"],
  ["a number as an account", { targets: [{ ...one, accounts: [111122223333] }] }, "targets[0].accounts: give the ids"],
  ["one name twice", { targets: [one, one] }, "two targets have the name events"],
  ["a small size", { targets: [{ ...one, maxSize: "1" }] }, "targets[0].maxSize: it is not a size"],
])("refused: %s", (_what, document, why) => {
  expect(() => read(document)).toThrow(`cannot use --notification-targets ${join(folder, "targets.json")}: ${why}`);
});
