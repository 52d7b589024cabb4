/** Files with secrets. */

/** What is wrong, without anything that the file holds. */
export class Unfit extends Error {}

/** @throws {Unfit} */
export function refuseOpenFile({ mode }: { readonly mode: number }, file: string): void {
  if (process.platform !== "win32" && (mode & 0o077) !== 0)
    throw new Unfit(`others than its owner may read or write it; run: chmod 600 ${file}`);
}
