import type { Dirent } from "node:fs";
import { opendir } from "node:fs/promises";

/**
 * The entries of a folder by name, in the order of their UTF-16 units. The system gives them in an order of its own; at
 * most twice `window` are held at once, and a folder with more is read again for each `window` of them.
 */
export async function* sortedEntries(path: string, window = 50_000): AsyncGenerator<Dirent> {
  let after: string | undefined;
  while (true) {
    const { entries, more } = await firstAfter(path, after, window);
    yield* entries;
    if (!more) return;
    after = entries.at(-1)?.name;
  }
}

/** The first `window` entries by name, of those that come after a name. */
async function firstAfter(path: string, after: string | undefined, window: number) {
  let entries: Dirent[] = [];
  let limit: string | undefined;
  let more = false;
  const cut = (): void => {
    entries.sort((left, right) => (left.name < right.name ? -1 : 1));
    if (entries.length <= window) return;
    entries = entries.slice(0, window);
    limit = entries.at(-1)?.name;
    more = true;
  };
  for await (const entry of await opendir(path, { bufferSize: 256 })) {
    if (after !== undefined && entry.name <= after) continue;
    if (limit !== undefined && entry.name > limit) continue;
    entries.push(entry);
    if (entries.length >= 2 * window) cut();
  }
  cut();
  return { entries, more };
}
