import { readFileSync } from "node:fs";

/** Where the system does not say: what the least generous ones allow a process that has raised its limit, as Node does. */
const unknownLimit = 1024;

/** How many files and sockets this process may have open. Node raises the soft limit to the hard one when it starts. */
export function descriptorLimit(): number {
  let limits: string;
  try {
    limits = readFileSync("/proc/self/limits", "utf8");
  } catch {
    return unknownLimit; // not Linux
  }
  const soft = /^Max open files\s+(\d+|unlimited)/m.exec(limits)?.[1];
  if (soft === "unlimited") return Number.MAX_SAFE_INTEGER;
  return soft === undefined ? unknownLimit : Number(soft);
}
