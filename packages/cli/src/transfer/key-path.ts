/** Where a key goes below the output folder: names of folders and, unless it is a folder's marker, of the file. */
export type KeyPath =
  | { readonly kind: "file"; readonly folders: readonly string[]; readonly name: string }
  | { readonly kind: "folder"; readonly folders: readonly string[] }
  | { readonly kind: "refused"; readonly reason: string };

/** Device names of Windows, with or without an extension. */
const windowsDevice = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/**
 * What a key means as a path. Doubled slashes and `.` count for nothing, as in the paths of Python's `pathlib`; a key that
 * could lead anywhere but below the output folder is refused, never repaired: keys are written by others.
 */
export function keyPath(key: string, platform: NodeJS.Platform = process.platform): KeyPath {
  if (key.startsWith("/")) return refused("it is an absolute path");
  if (key.includes("\0")) return refused("no file name has a NUL character");
  const names = key.split("/").filter((name) => name !== "" && name !== ".");
  if (names.includes("..")) return refused("it leads out of the output folder");
  if (platform === "win32" && names.some((name) => /[\\:*?"<>|]/.test(name) || windowsDevice.test(name)))
    return refused("no file of this system can have that name");
  const name = names.at(-1);
  if (name === undefined) return refused("it names no file");
  if (key.endsWith("/")) return { kind: "folder", folders: names };
  return { kind: "file", folders: names.slice(0, -1), name };
}

function refused(reason: string): KeyPath {
  return { kind: "refused", reason };
}
