import { expect, test } from "vitest";
import { sharedCountersContract } from "../../../test/contract/shared-counters-contract.ts";
import { testDirectory } from "../../../test/test-directory.ts";
import { openConnection } from "./connection.ts";
import { integer } from "../sql/sql-value.ts";
import { counterMigration, countEvent } from "./counter-procedures.ts";
import { sqliteCounters } from "./shared-counters.ts";

sharedCountersContract(async () => {
  const here = await testDirectory();
  const there = await testDirectory(here.folder);
  return {
    here: sqliteCounters(here.database, here.clock),
    there: sqliteCounters(there.database, here.clock),
    clock: here.clock,
  };
});

test("keys are forgotten when they expire, and no more are kept than the limit", () => {
  const writer = openConnection(":memory:");
  writer.exec(counterMigration("test").sql);
  const keys = () => writer.get("SELECT count(*) FROM counters", [], ([n]) => integer(n));
  writer.exec(
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) INSERT INTO counters SELECT CAST(i AS BLOB), 1, 50 FROM n",
  );
  expect(countEvent(writer, { key: "one more", now: 10, max: 5, expiresAt: 100, anybody: false })).toBe(false);
  expect(keys()).toBe(100_000);
  expect(countEvent(writer, { key: "one more", now: 50, max: 5, expiresAt: 100, anybody: false })).toBe(true);
  expect(keys()).toBe(1);
  writer.close();
});

test("keys that anybody can make leave half of the room to others", () => {
  const writer = openConnection(":memory:");
  writer.exec(counterMigration("test").sql);
  writer.exec(
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000) INSERT INTO counters SELECT CAST(i AS BLOB), 1, 50 FROM n",
  );
  const event = { now: 10, max: 5, expiresAt: 100 };
  expect(countEvent(writer, { ...event, key: "sign-in", anybody: true })).toBe(false);
  expect(countEvent(writer, { ...event, key: "code", anybody: false })).toBe(true);
  expect(countEvent(writer, { ...event, key: "sign-in", now: 50, anybody: true })).toBe(true);
  writer.close();
});
