import { existsSync } from "node:fs";
import { join } from "node:path";
import type { PostgresAddress } from "../stores/postgres/connections.ts";
import { Turns } from "../stores/postgres/turns.ts";
import { databaseAddress, databaseName } from "./database-files.ts";
import { defaultLease, type DatabaseRequest, parseDatabaseRequest } from "./parse-database-config.ts";
import type { Recovered } from "./recover.ts";
import { type RecoveredKeys, type RecoverOptions, recoverKeys } from "./recover-keys.ts";
import { markShared, ofDatabase, openSharedDirectory, refuseOtherDirectory } from "./shared-folder.ts";
import { refuseOpenKeyFile } from "./shared-key-file.ts";
import { onStoppedFolder, type Refused } from "./stopped-folder.ts";
import { systemClock } from "./system-clock.ts";

export interface RecoverSharedOptions extends RecoverOptions {
  readonly database: DatabaseRequest;
}

/**
 * Gives administrator keys of gateways that share a database to whoever has a key file of one of them. The others may go on: what is made
 * here counts on them when this resolves. A new key file needs all of them stopped, because none of them has it.
 */
export function recoverShared(options: RecoverSharedOptions): Promise<Recovered | Refused> {
  return onStoppedFolder(options.dataDir, refuseOtherDirectory, async (dataDir) => {
    const place = parseDatabaseRequest(options.database);
    const name = databaseName(place);
    const address = databaseAddress(place);
    const turns = new Turns(address, "directory");
    const recover = () => recoverIn(address, name, { ...options, dataDir });
    const recovered = await (options.newKeyFile ? turns.alone(recover) : turns.start(recover)).catch(
      (error: unknown) => {
        throw ofDatabase(name, error);
      },
    );
    markShared(dataDir, name);
    return { ...recovered, mixedParts: undefined };
  });
}

async function recoverIn(address: PostgresAddress, name: string, options: RecoverOptions): Promise<RecoveredKeys> {
  const { dataDir } = options;
  const keyFile = join(dataDir, "keyfile");
  if (existsSync(keyFile)) refuseOpenKeyFile(keyFile);
  // With a lease, as every gateway has one: what is written is acknowledged when the others know of it.
  const directory = await openSharedDirectory(address, { length: defaultLease, clock: systemClock });
  try {
    return await recoverKeys(directory, options, {
      place: `the database ${name}`,
      restore: `copy it from the --data folder of another gateway to ${keyFile}, with mode 0600`,
      otherThings: () => " and events",
    });
  } finally {
    await directory.close();
  }
}
