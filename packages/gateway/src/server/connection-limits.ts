import { readFileSync } from "node:fs";
import type { ConnectionLimits } from "../http/connections.ts";
import { StoreError } from "../ports/store-error.ts";
import type { Config } from "./config.ts";

/** For databases, locks, folders that are synced, and connections that get a refusal. */
const reservedDescriptors = 128;
/** The connection itself, and the one file that its request reads or writes. */
const descriptorsPerConnection = 2;
const defaultTotal = 4096;

/**
 * INVARIANT: every connection that is admitted can also open a file, so a client that has a connection is never refused for
 * want of descriptors. Each of several processes has the same in all, and its share of one address's. Throws `StoreError("conflict")` when the system allows fewer than the operator asked for.
 */
export function connectionLimits(
  { maxConnections, maxConnectionsPerAddress }: Pick<Config, "maxConnections" | "maxConnectionsPerAddress">,
  descriptors: number,
  workers = 1,
): ConnectionLimits {
  const possible = Math.floor((descriptors - reservedDescriptors) / descriptorsPerConnection);
  const total = maxConnections ?? Math.max(1, Math.min(defaultTotal, possible));
  if (total > possible) {
    const needed = total * descriptorsPerConnection + reservedDescriptors;
    throw new StoreError(
      "conflict",
      `${total} connections need ${needed} open files, and this process may open ${descriptors}: raise the limit (ulimit -n)${
        possible > 0 ? `, or give --max-connections ${possible}` : ""
      }`,
    );
  }
  const perAddress = Math.min(total, maxConnectionsPerAddress ?? Math.ceil(total / 4));
  return { total, perAddress: Math.ceil(perAddress / workers) };
}

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
