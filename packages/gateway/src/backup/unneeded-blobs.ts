import { BlobFiles } from "../data-planes/local/blob-files.ts";
import { newWriterId } from "../data-planes/local/local-plane.ts";
import { openConnection } from "../stores/sqlite/connection.ts";

/**
 * Removes blob files that the copied index does not need: they were taken before its moment, and their objects deleted before it too. No
 * sweep would look for them, because the writers of most are known to be swept. Gives those of `names` that the index needs.
 */
export async function removeUnneeded(
  blobs: string,
  index: string,
  names: Iterable<string>,
): Promise<readonly string[]> {
  const connection = openConnection(index);
  try {
    const isNeeded = (file: string): boolean =>
      connection.get("SELECT 1 FROM bodies WHERE file = ?", [file], () => true) ?? false;
    const files = new BlobFiles(blobs, newWriterId());
    for (const writer of await files.otherWriters()) {
      for await (const some of files.filesOf(writer))
        for (const file of some) if (!isNeeded(file)) await files.remove(file);
      await files.removeEmptyFolders(writer);
    }
    return [...names].filter(isNeeded);
  } finally {
    connection.close();
  }
}
