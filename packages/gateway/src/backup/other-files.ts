import { mkdir, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { errorCode } from "../ports/store-error.ts";
import { syncFolder } from "../stores/files/private-write.ts";
import { copyToDisk } from "./copy-file.ts";

/** Copies files and folders as they are now, without the names at the top that are left out. What goes away meanwhile is passed over. */
export async function copyOthers(from: string, to: string, isLeftOut: (name: string) => boolean): Promise<void> {
  for (const name of await readdir(from)) {
    if (isLeftOut(name)) continue;
    try {
      await copyEntry(join(from, name), join(to, name));
    } catch (error) {
      if (errorCode(error) !== "ENOENT") throw error;
    }
  }
  syncFolder(to);
}

async function copyEntry(from: string, to: string): Promise<void> {
  const found = await stat(from);
  if (found.isFile()) return copyToDisk(from, to);
  if (!found.isDirectory()) return; // a socket, for example, which only its process can use
  await mkdir(to, { mode: 0o700 });
  await copyOthers(from, to, () => false);
}
