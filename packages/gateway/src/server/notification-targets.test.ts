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

test.each<readonly [string, unknown, string]>([
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
