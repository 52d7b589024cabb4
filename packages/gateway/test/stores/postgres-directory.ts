/** The directory on PostgreSQL as two gateways have it, and emptied after each test. */
import { onTestFinished } from "vitest";
import { directoryProcedures } from "../../src/stores/sql/identity/directory-procedures.ts";
import type { DirectoryDatabase } from "../../src/stores/sql/identity/directory-database.ts";
import { directoryMigrations } from "../../src/stores/sql/identity/directory-migrations.ts";
import { type PostgresOptions, openPostgres } from "../../src/stores/postgres/database.ts";
import type { PostgresAddress } from "../../src/stores/postgres/connections.ts";
import { account, canonicalId, otherAccount } from "../test-directory.ts";
import { deleteAll } from "./postgres-items.ts";
import { type PostgresServer, startPostgres } from "./postgres-server.ts";

const clock = { now: () => Date.now(), monotonic: () => performance.now() };

type Options = Partial<PostgresOptions<typeof directoryProcedures>>;

export function openDirectoryAt(address: PostgresAddress, options: Options = {}): Promise<DirectoryDatabase> {
  return openPostgres({
    address,
    schema: "directory",
    migrations: directoryMigrations,
    procedures: directoryProcedures,
    lease: { length: 5000, clock },
    ...options,
  });
}

export interface PostgresDirectory {
  readonly server: PostgresServer;
  /** Two gateways' databases on one schema, with the accounts `account` and `otherAccount` and nothing else, until the test ends. */
  databases(): Promise<readonly [DirectoryDatabase, DirectoryDatabase]>;
  close(): Promise<void>;
}

/** One server, schema and pair of databases for a test file: to make the tables takes longer than most tests. */
export async function postgresDirectory(): Promise<PostgresDirectory> {
  const server = await startPostgres();
  const { address } = server;
  const both = [await openDirectoryAt(address), await openDirectoryAt(address)] as const;
  return {
    server,
    async databases() {
      const [here] = both;
      await here.write("createAccount", { id: account, canonicalId, createdAt: 1 });
      await here.write("createAccount", { id: otherAccount, canonicalId: "b".repeat(64), createdAt: 2 });
      onTestFinished(() => deleteAll(address, "directory"));
      return both;
    },
    async close() {
      for (const database of both) await database.close();
      await server.stop();
    },
  };
}
