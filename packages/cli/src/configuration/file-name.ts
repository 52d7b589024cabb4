import { createHash } from "node:crypto";
import { type Kind, rowOf } from "./layout.ts";

/** Names of devices, which Windows does not take as a file's. https://learn.microsoft.com/windows/win32/fileio/naming-a-file */
const device = /^(con|prn|aux|nul|com\d|lpt\d)(?=\.|$)/i;
/** Bytes: file systems take 255, and `.json` and what a replacement adds come after it. */
const longest = 200;

/**
 * The files of all names of one kind. What every file system takes is written as it is, all else as the bytes of UTF-8 with `%`. Capitals are
 * written so too where two names differ in them alone, because some file systems do not tell those apart.
 */
export function fileNames(kind: Kind, names: readonly string[]): ReadonlyMap<string, string> {
  const { path, key } = rowOf(kind);
  if (key === undefined) return new Map(names.map((name) => [name, path]));
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name.toLowerCase(), (counts.get(name.toLowerCase()) ?? 0) + 1);
  return new Map(
    names.map((name) => {
      const clashes = (counts.get(name.toLowerCase()) ?? 0) > 1;
      return [name, `${path}/${escapeName(name, clashes)}.json`];
    }),
  );
}

function escapeName(name: string, clashes: boolean): string {
  const plain = name.replaceAll(/[^\w+=,.@-]/gu, percent);
  const safe = clashes ? plain.replaceAll(/(?<!%|%[\dA-F])[A-Z]/g, percent) : plain;
  const first = device.test(safe) || safe.startsWith(".") ? `${percent(safe.charAt(0))}${safe.slice(1)}` : safe;
  if (first.length <= longest) return first;
  return `${first.slice(0, longest - 20)}~${createHash("sha256").update(name).digest("hex").slice(0, 16)}`;
}

function percent(text: string): string {
  return [...Buffer.from(text)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join("");
}
