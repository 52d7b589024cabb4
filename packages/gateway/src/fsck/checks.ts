import { type Finding, finding, type Place } from "./finding.ts";
import type { FindingKind } from "./finding-kinds.ts";
import type { SetAside } from "./set-aside.ts";

export interface CheckOptions {
  readonly dataDir: string;
  readonly repairs: boolean;
  /** Removes versions that are marked as damaged; only with `repairs`. */
  readonly dropsDamaged: boolean;
  /** Reads the bytes of all objects. */
  readonly readsBodies: boolean;
  /** ms since the epoch. */
  readonly now: number;
  /** Hears how far it is. */
  readonly progress: (line: string) => void;
}

/** What every check gets. */
export interface Checks extends CheckOptions {
  readonly aside: SetAside;
  /** `canRepair`: whether a repair does anything in this case; default: as the table says. */
  found(kind: FindingKind, place: Place, canRepair?: boolean): Finding;
  /** What a repair does when no database is open any more. */
  afterwards(work: () => void): void;
}

export function checksOf(options: CheckOptions, aside: SetAside): Checks & { finish(): void } {
  const later: (() => void)[] = [];
  return {
    ...options,
    aside,
    found: (kind, place, canRepair = true) => finding(kind, place, options.repairs && canRepair),
    afterwards: (work) => {
      if (options.repairs) later.push(work);
    },
    finish: () => {
      for (const work of later.splice(0)) work();
    },
  };
}
