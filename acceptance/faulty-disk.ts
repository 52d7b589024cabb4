import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { onTestFinished } from "vitest";

const libraries = ["fiu_run_preload.so", "fiu_posix_preload.so"].map((name) => `/usr/lib/fiu/${name}`);

/** What the disk does not do, by libfiu's names of the system's calls: https://blitiri.com.ar/p/libfiu/doc/posix.html */
export type Call = "rw/pread" | "rw/pwrite" | "sync/fsync" | "sync/fdatasync" | "dir/unlink";

export type Failure = "EIO" | "ENOSPC" | "EROFS";

/** For one process at a time, which `through` starts (`startGateway`): its calls of the system fail as if the disk did. */
export interface FaultyDisk {
  readonly through: readonly string[];
  /** While `work` runs, each such call of the process fails. */
  fail<T>(pid: number, call: Call, failure: Failure, work: () => Promise<T>): Promise<T>;
}

export function faultyDisk(): FaultyDisk {
  const folder = mkdtempSync(join(tmpdir(), "faulty-disk-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const pipe = join(folder, "pipe");
  const tell = async (pid: number, line: string): Promise<void> => {
    await promisify(execFile)("fiu-ctrl", ["-c", line, "-f", pipe, String(pid)]);
  };
  return {
    through: ["/usr/bin/env", `LD_PRELOAD=${libraries.join(" ")}`, `FIU_CTRL_FIFO=${pipe}`],
    async fail(pid, call, failure, work) {
      await tell(pid, `enable name=posix/io/${call},failinfo=${constants.errno[failure]}`);
      try {
        return await work();
      } finally {
        await tell(pid, `disable name=posix/io/${call}`);
      }
    },
  };
}
