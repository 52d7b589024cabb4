/** The only error a store rejects with. Becomes 503 (unavailable), 507 (full), 500 (corrupt) or a retry (conflict); never an Allow. */
export class StoreError extends Error {
  readonly kind: "conflict" | "unavailable" | "full" | "corrupt";
  constructor(kind: StoreError["kind"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "StoreError";
    this.kind = kind;
  }
}

/** The code of a failed call of the system or of Node: `ENOENT`, `EADDRINUSE` …; undefined for an error without one. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}

/** Whether the call failed because the disk, or a quota of it, is full. */
export function isDiskFullError(error: unknown): boolean {
  const code = errorCode(error);
  return code === "ENOSPC" || code === "EDQUOT";
}
