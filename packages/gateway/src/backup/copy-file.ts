import { constants } from "node:fs";
import { copyFile, open } from "node:fs/promises";

/** With its mode. Its bytes are on the disk when it resolves; rejects with EEXIST when `to` is there. */
export async function copyToDisk(from: string, to: string): Promise<void> {
  await copyFile(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  const file = await open(to, "r");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
