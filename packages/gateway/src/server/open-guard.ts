import { DiskReserve } from "../data-planes/local/disk-reserve.ts";
import { fileSystemSpace, SpaceGuard } from "../data-planes/local/space-guard.ts";
import type { Clock } from "../ports/clock.ts";
import type { RequestLog } from "../ports/request-log.ts";
import type { Config } from "./config.ts";

/** Of the disk of the data folder. */
export async function openGuard({ dataDir, minFreeSpace }: Config, clock: Clock, log: RequestLog): Promise<SpaceGuard> {
  const guard = new SpaceGuard({
    space: fileSystemSpace(dataDir),
    floor: minFreeSpace,
    reserve: await DiskReserve.open(dataDir),
    clock,
    report: (line) => log.warning(line),
  });
  await guard.start();
  return guard;
}
