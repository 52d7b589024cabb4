/** Files with secrets. */

/** What is wrong, without anything that the file holds. */
export class Unfit extends Error {}

/** Others than its owner may read or write it. Windows has no such modes. */
export function isOpenToOthers({ mode }: { readonly mode: number }): boolean {
  return process.platform !== "win32" && (mode & 0o077) !== 0;
}

/** @throws {Unfit} */
export function refuseOpenFile(found: { readonly mode: number }, file: string): void {
  if (isOpenToOthers(found)) throw new Unfit(`others than its owner may read or write it; run: chmod 600 ${file}`);
}
