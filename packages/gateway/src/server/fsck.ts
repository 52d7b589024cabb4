import { checkDataFolder } from "../data-folder/check-data-folder.ts";
import { readDatabaseMark } from "../data-folder/database-mark.ts";
import { loadChecksums } from "@s3-credentials/protocol";
import { checkFolder } from "../fsck/check-folder.ts";
import type { CheckOptions } from "../fsck/checks.ts";
import type { Finding } from "../fsck/finding.ts";
import { StoreError } from "../ports/store-error.ts";
import { onStoppedFolder, type Refused, refuseWithoutDirectory } from "./stopped-folder.ts";
import { systemClock } from "./system-clock.ts";

export interface FsckRequest extends Omit<CheckOptions, "now"> {
  /** Hears of each finding as it comes. */
  readonly hear: (finding: Finding) => Promise<void>;
}

export interface FsckReport {
  readonly kind: "checked";
  readonly repaired: number;
  /** Damage that is still there. */
  readonly left: number;
  readonly notes: number;
}

/**
 * Checks the data folder of a gateway that is stopped, and repairs it when asked to; then it is checked again without a repair, and what is
 * found by that and was not said before is said too. No gateway may run on the folder.
 */
export function fsckFolder(request: FsckRequest): Promise<FsckReport | Refused> {
  const check = (dataDir: string): void => {
    refuseShared(dataDir);
    checkDataFolder(dataDir);
    refuseWithoutDirectory(dataDir);
  };
  return onStoppedFolder(request.dataDir, check, async (dataDir) => {
    await loadChecksums();
    const options = { ...request, dataDir, now: systemClock.now() };
    const said = new Set<string>();
    const count = { damage: 0, repaired: 0, note: 0 };
    for await (const finding of checkFolder(options)) {
      count[finding.state] += 1;
      if (finding.state === "damage") said.add(nameOf(finding));
      await request.hear(finding);
    }
    if (count.repaired > 0) count.damage = await checkAgain(options, said);
    return { kind: "checked", repaired: count.repaired, left: count.damage, notes: count.note };
  });
}

/** How much damage is there after a repair. The bytes were read already. */
async function checkAgain(
  { hear, ...options }: FsckRequest & CheckOptions,
  said: ReadonlySet<string>,
): Promise<number> {
  let left = 0;
  const asItIs = { ...options, repairs: false, dropsDamaged: false, readsBodies: false };
  for await (const finding of checkFolder(asItIs)) {
    if (finding.state !== "damage") continue;
    left += 1;
    if (!said.has(nameOf(finding))) await hear(finding);
  }
  return left;
}

function nameOf({ kind, bucket, key, versionId, at }: Finding): string {
  return JSON.stringify([kind, bucket, key, versionId, at]);
}

function refuseShared(dataDir: string): void {
  const mark = readDatabaseMark(dataDir);
  if (mark === undefined || mark.state === "moving") return;
  throw new StoreError(
    "conflict",
    `the directory of ${dataDir} is in the database ${mark.database}, whose own tools check it, and its objects are in engines: fsck is for folders with a directory and objects of their own`,
  );
}
