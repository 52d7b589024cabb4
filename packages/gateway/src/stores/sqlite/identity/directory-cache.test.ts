import { expect, test } from "vitest";
import { issueSession, openTestDatabase, testDirectory, referenceTo } from "../../../../test/test-directory.ts";
import { testGrant } from "../../../../test/test-grant.ts";
import type { Reader } from "../connection.ts";
import { createDirectoryCache } from "./directory-cache.ts";

const grant = testGrant();

test("is read once, and again after a change, also of another process", async () => {
  const { store, database, folder, user } = await fixture();
  const cache = createDirectoryCache<number>(database.reader, alike);
  let reads = 0;
  const read = (): number => cache.of("a", () => ++reads);
  expect([read(), read()]).toEqual([1, 1]);
  await store.putInlinePolicy(grant, referenceTo(user), "p", "{}", 100);
  expect([read(), read()]).toEqual([2, 2]);
  const other = await openTestDatabase(folder);
  await other.write("createAccount", { id: "000000000009", canonicalId: "c", createdAt: 1 });
  await other.close();
  expect([read(), read()]).toEqual([3, 3]);
});

test("stays as it is while sessions are issued and forgotten, because they decide nothing", async () => {
  const directory = await testDirectory();
  const cache = createDirectoryCache<number>(directory.database.reader, alike);
  let reads = 0;
  const read = (): number => cache.of("a", () => ++reads);
  read();
  await issueSession(directory, {});
  directory.clock.time += 3_600_000;
  await directory.sessions.forgetExpired();
  expect(read()).toBe(1);
  await directory.sessions.revoke("principal", "AIDAX", 1);
  expect(read()).toBe(2);
});

test("what changed while it was read is read again: nothing of before meets anything of after", async () => {
  const { database } = await fixture();
  let version = 1;
  const moving = { ...database.reader, get: asVersion(() => version) };
  const cache = createDirectoryCache<string>(moving, alike);
  const reads: number[] = [];
  const value = cache.of("a", () => {
    reads.push(version);
    if (version === 1) version = 2;
    return `at ${version}`;
  });
  expect([value, reads]).toEqual(["at 2", [1, 2]]);
  expect(cache.of("a", () => "not read")).toBe("at 2");
});

test("a directory that never rests is no answer", async () => {
  let version = 0;
  const { database } = await fixture();
  const cache = createDirectoryCache<string>({ ...database.reader, get: asVersion(() => ++version) }, alike);
  expect(() => cache.of("a", () => "x")).toThrow("changes faster");
});

/** Every value weighs the same. */
const alike = () => ({ own: 1 });

test("what is kept has a limit of weight, and the least used goes first", async () => {
  const { database } = await fixture();
  const cache = createDirectoryCache<string>(database.reader, (value) => ({ own: value.length }), 10);
  const read = (key: string, text: string): string => cache.of(key, () => text);
  read("a", "12345");
  read("b", "12345");
  expect(read("a", "not read")).toBe("12345");
  read("c", "12345");
  expect([read("a", "not read"), read("b", "read")]).toEqual(["12345", "read"]);
});

/** A reader whose directory changes when the test says so. */
function asVersion(version: () => number): Reader["get"] {
  return (_sql, _params, row) => row([version()]);
}

async function fixture() {
  const directory = await testDirectory();
  return { ...directory, user: await directory.user("ann") };
}
