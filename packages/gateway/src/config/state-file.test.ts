import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { type GatewayState, removeStateFile, writeStateFile } from "./state-file.ts";

const folder = mkdtempSync(join(tmpdir(), "state-file-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const state: GatewayState = {
  endpoint: "http://127.0.0.1:1",
  region: "us-east-1",
  dataDir: "/d",
  adminCredentialsFile: "/d/admin",
  rootCredentialsFile: "/d/root",
  pid: 42,
  accountId: "123456789012",
};

test("written for the owner alone, replaced whole, removed", () => {
  const file = join(folder, "a/b/gateway.json");
  writeStateFile(file, { ...state, pid: 1 });
  writeStateFile(file, state);
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(state);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(dirname(file))).toEqual(["gateway.json"]);
  removeStateFile(file, state);
  expect(readdirSync(dirname(file))).toEqual([]);
  removeStateFile(file, state);
});

test("another gateway's file stays", () => {
  const file = join(folder, "other.json");
  writeStateFile(file, { ...state, pid: 43 });
  removeStateFile(file, state);
  expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ pid: 43 });
  writeFileSync(file, "not JSON");
  removeStateFile(file, state);
  expect(readFileSync(file, "utf8")).toBe("not JSON");
});
