import type { StoreError } from "../../ports/store-error.ts";
import type { Migration } from "../sql/migration.ts";

export interface WriterOptions {
  readonly path: string;
  readonly migrations: readonly Migration[];
  /** URL of the procedures module. */
  readonly procedures: string;
  /** One 32-bit number in shared memory: moves after each commit, before it is acknowledged. */
  readonly commits: SharedArrayBuffer;
}

/** Plain data, so that it can go to a thread and to another process. */
export interface SentWrite {
  readonly procedure: string;
  readonly args: unknown;
  /** Runs in the same transaction when the procedure changed a row: both are stored, or neither. */
  readonly also?: { readonly procedure: string; readonly args: unknown };
}

export interface WriteResult {
  readonly result: unknown;
  readonly alsoRan: boolean;
}

export interface WriteRequest extends SentWrite {
  readonly id: number;
}

export interface SentError {
  readonly kind: StoreError["kind"];
  readonly message: string;
}

export type WriteReply =
  | { readonly id: number; readonly result: unknown; readonly alsoRan?: true }
  | { readonly id: number; readonly error: SentError };

export type FromWriter =
  | { readonly kind: "ready" }
  | { readonly kind: "failed"; readonly error: SentError }
  | { readonly kind: "replies"; readonly replies: readonly WriteReply[] }
  | { readonly kind: "closed" };

export type ToWriter =
  | { readonly kind: "write"; readonly requests: readonly WriteRequest[] }
  | { readonly kind: "close" };
