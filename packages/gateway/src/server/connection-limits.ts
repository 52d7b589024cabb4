import { StoreError } from "../ports/store-error.ts";
import type { Config } from "./config.ts";

export interface ConnectionLimits {
  readonly total: number;
  /** Of one IPv4 address, or of one IPv6 network of 64 bits. */
  readonly perAddress: number;
}

/** For databases, locks, folders that are synced, and connections that get a refusal. */
const reservedDescriptors = 128;
/** The connection itself, and the one file that its request reads or writes. */
const descriptorsPerConnection = 2;
const defaultTotal = 4096;

/**
 * INVARIANT: every connection that is admitted can also open a file, so a client that has a connection is never refused for
 * want of descriptors. Throws `StoreError("conflict")` when the system allows fewer than the operator asked for.
 */
export function connectionLimits(
  { maxConnections, maxConnectionsPerAddress }: Pick<Config, "maxConnections" | "maxConnectionsPerAddress">,
  descriptors: number,
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
  return { total, perAddress: Math.min(total, maxConnectionsPerAddress ?? Math.ceil(total / 4)) };
}
