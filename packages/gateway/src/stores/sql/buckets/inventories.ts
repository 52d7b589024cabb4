import { isRecord } from "@s3-credentials/policy/parse";
import { dayMs } from "../../../ports/clock.ts";
import {
  type DueInventory,
  type InventoryConfiguration,
  inventoryFields,
  inventoryFrequencies,
  type InventoryRuns,
  type InventoryStore,
  maxInventories,
} from "../../../ports/inventory.ts";
import { StoreError } from "../../../ports/store-error.ts";
import type { Database, Procedures, Reader, Writer } from "../database.ts";
import type { Migration } from "../migration.ts";
import { integer, json, type SqlValue, text } from "../sql-value.ts";

/** `last_day`: of the last report, since 1970 by UTC; -1: there is none. `frequency`: empty when it is not enabled. */
export const inventoryMigration: Migration = {
  name: "0300-bucket-inventories",
  sql: `
    CREATE TABLE bucket_inventories (
      bucket_id TEXT NOT NULL REFERENCES buckets (id) ON DELETE CASCADE,
      id TEXT NOT NULL,
      document BLOB NOT NULL,
      frequency TEXT NOT NULL CHECK (frequency IN ('', 'Daily', 'Weekly')),
      last_day INTEGER NOT NULL DEFAULT -1,
      claimed_until INTEGER NOT NULL DEFAULT 0,
      PRIMARY KEY (bucket_id, id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX bucket_inventories_by_day ON bucket_inventories (frequency, last_day);
  `,
};

/** `account`: of the owner of the bucket, which never changes. */
export const inventoryAccountsMigration: Migration = {
  name: "0310-accounts-of-inventories",
  sql: `
    ALTER TABLE bucket_inventories ADD COLUMN account TEXT NOT NULL DEFAULT '';
    UPDATE bucket_inventories SET account = (SELECT owner FROM buckets WHERE buckets.id = bucket_inventories.bucket_id);
    DROP INDEX bucket_inventories_by_day;
    CREATE INDEX bucket_inventories_by_account ON bucket_inventories (account, frequency, last_day, claimed_until);
  `,
};

/** The first of January 1970 was a Thursday: the Sunday before day N is a multiple of 7 days from here. */
const firstSunday = 3;

/** A corrupt one must not be read as another report. */
function configurationOf(document: SqlValue | undefined): InventoryConfiguration {
  const value = json(document);
  const known = isRecord(value) ? (value as Partial<InventoryConfiguration>) : {};
  const { id, isEnabled, versions, frequency, fields, destination } = known;
  const isKnown =
    typeof id === "string" &&
    typeof isEnabled === "boolean" &&
    (versions === "All" || versions === "Current") &&
    inventoryFrequencies.some((one) => one === frequency) &&
    Array.isArray(fields) &&
    fields.every((one) => inventoryFields.some((field) => field === one)) &&
    isRecord(destination) &&
    typeof destination["bucket"] === "string";
  if (!isKnown) throw new StoreError("corrupt", "a stored inventory configuration is unreadable");
  return known as InventoryConfiguration;
}

const byId = "SELECT document FROM bucket_inventories WHERE bucket_id = ? AND id = ?";

async function putInventory(
  writer: Writer,
  { bucketId, configuration }: { readonly bucketId: string; readonly configuration: InventoryConfiguration },
): Promise<"put" | "too-many"> {
  const account = await writer.get("SELECT owner FROM buckets WHERE id = ?", [bucketId], ([owner]) => text(owner));
  if (account === undefined) throw new StoreError("conflict", `the bucket ${bucketId} is gone`);
  const { id, isEnabled } = configuration;
  const document = Buffer.from(JSON.stringify(configuration), "utf8");
  const frequency = isEnabled ? configuration.frequency : "";
  const changed = await writer.run(
    "UPDATE bucket_inventories SET document = ?, frequency = ? WHERE bucket_id = ? AND id = ?",
    [document, frequency, bucketId, id],
  );
  if (changed > 0) return "put";
  const sql = "SELECT count(*) FROM bucket_inventories WHERE bucket_id = ?";
  const count = (await writer.get(sql, [bucketId], ([all]) => integer(all))) ?? 0;
  if (count >= maxInventories) return "too-many";
  const added = "INSERT INTO bucket_inventories (bucket_id, id, document, frequency, account) VALUES (?, ?, ?, ?, ?)";
  await writer.run(added, [bucketId, id, document, frequency, account]);
  return "put";
}

async function removeInventory(
  writer: Writer,
  { bucketId, id }: { readonly bucketId: string; readonly id: string },
): Promise<boolean> {
  return (await writer.run("DELETE FROM bucket_inventories WHERE bucket_id = ? AND id = ?", [bucketId, id])) > 0;
}

async function claimInventory(
  writer: Writer,
  args: { readonly bucketId: string; readonly id: string; readonly from: number; readonly until: number },
): Promise<boolean> {
  const sql = `UPDATE bucket_inventories SET claimed_until = ?
    WHERE bucket_id = ? AND id = ? AND claimed_until = ? AND frequency <> ''`;
  return (await writer.run(sql, [args.until, args.bucketId, args.id, args.from])) > 0;
}

/** Whoever still has it: another one may have begun a newer report. */
async function finishInventory(
  writer: Writer,
  args: { readonly bucketId: string; readonly id: string; readonly from: number; readonly day: number },
): Promise<void> {
  await writer.run(
    "UPDATE bucket_inventories SET claimed_until = 0, last_day = ? WHERE bucket_id = ? AND id = ? AND claimed_until = ?",
    [args.day, args.bucketId, args.id, args.from],
  );
}

/** Spread into the procedures of directory.db. */
export const inventoryProcedures = {
  putInventory,
  removeInventory,
  claimInventory,
  finishInventory,
} as const satisfies Procedures;

type InventoryDatabase = Database<typeof inventoryProcedures>;

export function inventoryStore(database: InventoryDatabase): InventoryStore {
  const { reader } = database;
  return {
    find: (_grant, bucketId, id) => reader.get(byId, [bucketId, id], ([document]) => configurationOf(document)),
    list: (_grant, bucketId, after, limit) =>
      reader.all(
        "SELECT document FROM bucket_inventories WHERE bucket_id = ? AND id > ? ORDER BY id LIMIT ?",
        [bucketId, after, limit],
        ([document]) => configurationOf(document),
      ),
    put: (_grant, bucketId, configuration) => database.write("putInventory", { bucketId, configuration }),
    remove: (_grant, bucketId, id) => database.write("removeInventory", { bucketId, id }),
  };
}

/** One step in the index for each account, however many inventories it has: they are looked for every second. */
const dueAccounts = `
  WITH RECURSIVE accounts (account) AS (
    SELECT min(account) FROM bucket_inventories
    UNION ALL
    SELECT (SELECT min(i.account) FROM bucket_inventories i WHERE i.account > a.account)
      FROM accounts a WHERE a.account IS NOT NULL
  )
  SELECT a.account FROM accounts a WHERE EXISTS (
    SELECT 1 FROM bucket_inventories i
    WHERE i.account = a.account AND i.frequency = ? AND i.last_day < ? AND i.claimed_until <= ?
  )`;

const dueOfAccount = `
  SELECT bucket_id, id, document, claimed_until FROM bucket_inventories
  WHERE account = ? AND frequency = ? AND last_day < ? AND claimed_until <= ?
  ORDER BY last_day, claimed_until LIMIT ?`;

/** Of each account. */
async function dueBefore(
  reader: Reader,
  frequency: string,
  day: number,
  now: number,
  limit: number,
): Promise<readonly DueInventory[]> {
  const accounts = await reader.all(dueAccounts, [frequency, day, now], ([account]) => text(account));
  const due = await Promise.all(
    accounts.map((accountId) =>
      reader.all(dueOfAccount, [accountId, frequency, day, now, limit], ([bucketId, id, document, claimedUntil]) => ({
        accountId,
        bucketId: text(bucketId),
        id: text(id),
        read: () => configurationOf(document),
        claimedUntil: integer(claimedUntil),
      })),
    ),
  );
  return due.flat();
}

export function inventoryRuns(database: InventoryDatabase): InventoryRuns {
  const named = ({ bucketId, id, claimedUntil: from }: DueInventory) => ({ bucketId, id, from });
  return {
    async due(now, limit) {
      const today = Math.floor(now / dayMs);
      const sunday = today - ((((today - firstSunday) % 7) + 7) % 7);
      const { reader } = database;
      return [
        ...(await dueBefore(reader, "Daily", today, now, limit)),
        ...(await dueBefore(reader, "Weekly", sunday, now, limit)),
      ];
    },
    claim: (due, until) => database.write("claimInventory", { ...named(due), until }),
    finish: (due, begun) => database.write("finishInventory", { ...named(due), day: Math.floor(begun / dayMs) }),
  };
}
