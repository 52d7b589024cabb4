import { statfs } from "node:fs/promises";
import type { DiskSpace } from "../../ports/disk-space.ts";

/** As the kernel has it for writers that are not root. */
export function fileSystemSpace(folder: string): DiskSpace {
  return {
    read: async () => {
      const { bavail, blocks, bsize } = await statfs(folder);
      return { free: bavail * bsize, total: blocks * bsize };
    },
  };
}
