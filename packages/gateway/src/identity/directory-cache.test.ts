import { expect, test } from "vitest";
import { openTestDatabase, testDirectory } from "../../test/test-directory.ts";
import { testGrant } from "../../test/test-grant.ts";
import type { Reader } from "../sqlite/connection.ts";
import { createDirectoryCache } from "./directory-cache.ts";

const grant = testGrant();

test("is read once, and again after a change, also of another process", async () => {
  const { store, database, folder, user } = await fixture();
  const cache = createDirectoryCache<number>(database.reader);
  let reads = 0;
  const read = (): number => cache.of("a", () => ++reads);
  expect([read(), read()]).toEqual([1, 1]);
  await store.putInlinePolicy(grant, user, "p", "{}", 100);
  expect([read(), read()]).toEqual([2, 2]);
  const other = await openTestDatabase(folder);
  await other.write("createAccount", { id: "000000000009", canonicalId: "c", createdAt: 1 });
  await other.close();
  expect([read(), read()]).toEqual([3, 3]);
});

test("what changed while it was read is read again: nothing of before meets anything of after", async () => {
  const { database } = await fixture();
  let version = 1;
  const moving = { ...database.reader, get: asVersion(() => version) };
  const cache = createDirectoryCache<string>(moving);
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
  const cache = createDirectoryCache<string>({ ...database.reader, get: asVersion(() => ++version) });
  expect(() => cache.of("a", () => "x")).toThrow("changes faster");
});

/** A reader whose directory changes when the test says so. */
function asVersion(version: () => number): Reader["get"] {
  return (_sql, _params, row) => row([version()]);
}

async function fixture() {
  const directory = await testDirectory();
  return { ...directory, user: await directory.user("ann") };
}
