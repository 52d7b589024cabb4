import { chmodSync, lstatSync, readdirSync, type Stats } from "node:fs";
import { join } from "node:path";
import type { Checks } from "./checks.ts";
import type { Finding } from "./finding.ts";

/** What the gateway has in a data folder. What somebody else put there is his. */
const own =
  /^(.*\.db(-wal|-shm)?|keyfile|database\.json|(root|admin)-credentials|reserve|record-reads.*\.log|set-aside\.jsonl|.*\.damaged-\d+(-wal|-shm)?|events|access-logs|accounts|blobs)$/;

const others = 0o077;

/** Whether others than the owner may read what is in the folder. Windows has no such rights. One finding for each name in it. */
export function* checkPermissions(checks: Checks): Generator<Finding> {
  if (process.platform === "win32") return;
  for (const name of readdirSync(checks.dataDir).filter((one) => own.test(one))) {
    let count = 0;
    let first = "";
    for (const path of openTo(checks.dataDir, name)) {
      if (count === 0) first = path;
      count += 1;
      if (checks.repairs) closeTo(join(checks.dataDir, path));
    }
    if (count === 0) continue;
    yield checks.found("permissions", {
      at: name,
      ...(count > 1 ? { detail: `${count} of them, such as ${first}` } : {}),
    });
  }
}

/** Paths that are open to others, the entry itself and all below it. Links have no rights of their own. */
function* openTo(dataDir: string, path: string): Generator<string> {
  const stats: Stats = lstatSync(join(dataDir, path));
  if (stats.isSymbolicLink()) return;
  if ((stats.mode & others) !== 0) yield path;
  if (!stats.isDirectory()) return;
  for (const name of readdirSync(join(dataDir, path))) yield* openTo(dataDir, join(path, name));
}

function closeTo(path: string): void {
  chmodSync(path, lstatSync(path).mode & 0o7700);
}
