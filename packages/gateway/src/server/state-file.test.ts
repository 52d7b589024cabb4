import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { type GatewayState, removeStateFile, writeStateFile } from "./state-file.ts";

const top = mkdtempSync(join(tmpdir(), "state-file-"));
afterAll(() => rmSync(top, { recursive: true, force: true }));

const state: GatewayState = {
  endpoint: "http://127.0.0.1:1",
  region: "us-east-1",
  dataDir: "/d",
  adminCredentialsFile: "/d/admin",
  rootCredentialsFile: "/d/root",
  pid: process.pid,
  accountId: "123456789012",
};
const dead = 2 ** 22 + 1;

test("written for the owner alone, replaced whole, removed", () => {
  const folder = join(top, "a/b");
  const file = join(folder, `${process.pid}.json`);
  writeStateFile(folder, { ...state, endpoint: "http://127.0.0.1:2" });
  writeStateFile(folder, state);
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(state);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder)).toEqual([`${process.pid}.json`]);
  removeStateFile(folder, state);
  expect(readdirSync(folder)).toEqual([]);
  removeStateFile(folder, state);
});

test("another gateway's file stays while it runs, and is swept when it died", () => {
  const folder = join(top, "other");
  writeStateFile(folder, { ...state, pid: dead });
  writeStateFile(folder, { ...state, pid: process.ppid });
  expect(readdirSync(folder)).toEqual([`${process.ppid}.json`]);
  writeFileSync(join(folder, "note"), "not a gateway's");
  writeStateFile(folder, state);
  removeStateFile(folder, state);
  expect(readdirSync(folder).toSorted()).toEqual([`${process.ppid}.json`, "note"].toSorted());
});
