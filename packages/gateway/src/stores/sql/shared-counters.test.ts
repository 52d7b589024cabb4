import { expect, test } from "vitest";
import { sharedCountersContract } from "../../../test/contract/shared-counters-contract.ts";
import { testDirectory } from "../../../test/test-directory.ts";
import { asyncWriter } from "../sqlite/asynchronous.ts";
import { openConnection } from "../sqlite/connection.ts";
import { integer } from "../sql/sql-value.ts";
import { counterMigration, countEvent } from "./counter-procedures.ts";
import { sharedCounters } from "./shared-counters.ts";

sharedCountersContract(async () => {
  const here = await testDirectory();
  const there = await testDirectory(here.folder);
  return {
    here: sharedCounters(here.database, here.clock),
    there: sharedCounters(there.database, here.clock),
    clock: here.clock,
  };
});

test("keys are forgotten when they expire, and no more are kept than the limit", async () => {
  const writer = openConnection(":memory:");
  writer.exec(counterMigration("test").sql);
  const keys = () => writer.get("SELECT count(*) FROM counters", [], ([n]) => integer(n));
  writer.exec(
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) INSERT INTO counters SELECT CAST(i AS BLOB), 1, 50 FROM n",
  );
  expect(
    await countEvent(asyncWriter(writer), { key: "one more", now: 10, max: 5, expiresAt: 100, anybody: false }),
  ).toBe(false);
  expect(keys()).toBe(100_000);
  expect(
    await countEvent(asyncWriter(writer), { key: "one more", now: 50, max: 5, expiresAt: 100, anybody: false }),
  ).toBe(true);
  expect(keys()).toBe(1);
  writer.close();
});

test("keys that anybody can make leave half of the room to others", async () => {
  const writer = openConnection(":memory:");
  writer.exec(counterMigration("test").sql);
  writer.exec(
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000) INSERT INTO counters SELECT CAST(i AS BLOB), 1, 50 FROM n",
  );
  const event = { now: 10, max: 5, expiresAt: 100 };
  expect(await countEvent(asyncWriter(writer), { ...event, key: "sign-in", anybody: true })).toBe(false);
  expect(await countEvent(asyncWriter(writer), { ...event, key: "code", anybody: false })).toBe(true);
  expect(await countEvent(asyncWriter(writer), { ...event, key: "sign-in", now: 50, anybody: true })).toBe(true);
  writer.close();
});
