import { open } from "node:fs/promises";

const lineFeed = 0x0a;
/** Read in one piece. */
const readBytes = 64 * 1024;

/** Cuts off what a crash has left of a last line: all behind the last line feed. Reads from the end, because the file may be large. */
export async function cutTornLine(path: string): Promise<void> {
  const handle = await open(path, "r+");
  try {
    const { size } = await handle.stat();
    for (let end = size; end > 0; end -= Math.min(readBytes, end)) {
      const from = Math.max(0, end - readBytes);
      const { buffer } = await handle.read(Buffer.alloc(end - from), 0, end - from, from);
      const at = buffer.lastIndexOf(lineFeed);
      if (at === -1) continue;
      if (from + at + 1 < size) await handle.truncate(from + at + 1);
      return;
    }
    await handle.truncate(0);
  } finally {
    await handle.close();
  }
}
