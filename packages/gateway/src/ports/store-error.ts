/** The only error a store rejects with. Becomes 503 (unavailable), 507 (full), 500 (corrupt) or a retry (conflict); never an Allow. */
export class StoreError extends Error {
  readonly kind: "conflict" | "unavailable" | "full" | "corrupt";
  constructor(kind: StoreError["kind"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "StoreError";
    this.kind = kind;
  }
}

/** The version is there, and a repair has found that its bytes, or what is known of it, are not what was stored. */
export class DamagedVersion extends StoreError {
  constructor(finding: string) {
    super("corrupt", `a repair has marked the version as damaged: ${finding}`);
  }
}

/** The engine behind a bucket did not do what it was asked. The message is for the log: it names the engine and the id that the engine gave the request. */
export class EngineError extends StoreError {
  readonly isBusy: boolean;
  /** `isBusy`: the engine, or the gateway's connections to it, have too much to do, so that clients should slow down. */
  constructor(kind: StoreError["kind"], message: string, options?: ErrorOptions & { readonly isBusy?: boolean }) {
    super(kind, message, options);
    this.isBusy = options?.isBusy ?? false;
  }
}

/** Asked of a bucket whose engine cannot do or keep it. Nothing was changed. The message is for the client. */
export class Unsupported extends Error {
  /** `what` completes "The storage behind this bucket does not support …". */
  constructor(what: string) {
    super(`The storage behind this bucket does not support ${what}.`);
    this.name = "Unsupported";
  }
}

/** Nothing may be written to the bucket now, because it is being moved to another place. Nothing that was written is acknowledged. */
export class PlaceMoving extends Error {}

/** The place of a new bucket is somebody else's. */
export class PlaceTaken extends Error {}

/** The code of a failed call of the system or of Node: `ENOENT`, `EADDRINUSE` …; undefined for an error without one. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}

/** Whether the call failed because the disk, or a quota of it, is full. */
export function isDiskFullError(error: unknown): boolean {
  const code = errorCode(error);
  return code === "ENOSPC" || code === "EDQUOT";
}

/** Whether that is why anything failed, also below what says what was being done. */
export function isDiskFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return isDiskFullError(error) || (error instanceof StoreError && error.kind === "full") || isDiskFull(error.cause);
}
