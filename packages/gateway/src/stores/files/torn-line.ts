import { open } from "node:fs/promises";

export async function cutTornLine(path: string): Promise<void> {
  const handle = await open(path, "r+");
  try {
    const { size } = await handle.stat();
    const step = 64 * 1024;
    for (let end = size; end > 0; end -= Math.min(step, end)) {
      const from = Math.max(0, end - step);
      const { buffer } = await handle.read(Buffer.alloc(end - from), 0, end - from, from);
      const at = buffer.lastIndexOf(0x0a);
      if (at === -1) continue;
      if (from + at + 1 < size) await handle.truncate(from + at + 1);
      return;
    }
    await handle.truncate(0);
  } finally {
    await handle.close();
  }
}
