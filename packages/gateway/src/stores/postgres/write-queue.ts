import type pg from "pg";
import { StoreError } from "../../ports/store-error.ts";
import { withClient } from "./connections.ts";
import { type GroupOutcome, type RunProcedure, type WriteRequest, commitGroup } from "./commit-group.ts";
import type { GroupScripts } from "./group-scripts.ts";
import type { OtherGateways } from "./lease.ts";

/** Writes waiting beyond this are refused at once, so that a slow database does not fill the memory. */
const queueLimit = 4096;
/** Bounds the time one transaction takes, in which all other writers wait; what is left goes into the next. */
const groupLimit = 64;

interface Waiting extends WriteRequest {
  readonly resolve: (reply: { readonly result: unknown; readonly alsoRan: boolean }) => void;
  readonly reject: (error: StoreError) => void;
}

export interface WriteQueueOptions {
  readonly pool: pg.Pool;
  readonly run: RunProcedure;
  readonly scripts: GroupScripts;
  /** Resolves when no other gateway can decide by what was before. */
  readonly acknowledged: (revision: number, others: OtherGateways | undefined) => Promise<void>;
}

/** The writes of this gateway: one group after the other, and what has come meanwhile is the next one. */
export class WriteQueue {
  readonly #options: WriteQueueOptions;
  readonly #waiting: Waiting[] = [];
  /** Not answered yet. */
  #open = 0;
  #isClosed = false;
  #isRunning = false;
  #drained: () => void = () => {};

  constructor(options: WriteQueueOptions) {
    this.#options = options;
  }

  /** Not committed, refused or acknowledged yet. */
  get waiting(): number {
    return this.#open;
  }

  write(request: WriteRequest): Promise<{ readonly result: unknown; readonly alsoRan: boolean }> {
    if (this.#isClosed) return Promise.reject(new StoreError("unavailable", "the database is closed"));
    if (this.#open >= queueLimit) return Promise.reject(new StoreError("unavailable", "too many writes are waiting"));
    this.#open += 1;
    return new Promise<{ readonly result: unknown; readonly alsoRan: boolean }>((resolve, reject) => {
      this.#waiting.push({ ...request, resolve, reject });
      if (!this.#isRunning) void this.#run();
    }).finally(() => {
      this.#open -= 1;
      if (this.#open === 0) this.#drained();
    });
  }

  /** Writes already accepted are answered first. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#open > 0)
      await new Promise<void>((resolve) => {
        this.#drained = resolve;
      });
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    // What one turn of the event loop writes goes as one group.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) {
      const group = this.#waiting.splice(0, groupLimit);
      try {
        this.#answer(group, await this.#commit(group));
      } catch (cause) {
        const error = cause instanceof StoreError ? cause : new StoreError("corrupt", String(cause), { cause });
        for (const { reject } of group) reject(error);
      }
    }
    this.#isRunning = false;
  }

  #commit(group: readonly WriteRequest[]): Promise<GroupOutcome> {
    const { pool, run, scripts } = this.#options;
    return withClient(pool, (client) => commitGroup(client, group, run, scripts));
  }

  /**
   * The next group does not wait until other gateways have confirmed this one, and neither does what changed something that is no right.
   * What found nothing to change waits: whoever repeats a revocation whose answer was lost must not be told early that it is done.
   */
  #answer(group: readonly Waiting[], { replies, seen }: GroupOutcome): void {
    const waits = replies.some((reply) => "result" in reply && (reply.movedRevision || reply.isIdle));
    const confirmed = seen && waits ? this.#options.acknowledged(seen.revision, seen.others) : undefined;
    for (const [at, { resolve, reject }] of group.entries()) {
      const reply = replies[at];
      if (reply === undefined) reject(new StoreError("corrupt", "a write has no answer"));
      else if ("error" in reply) reject(reply.error);
      else if (confirmed !== undefined && (reply.movedRevision || reply.isIdle))
        confirmed.then(() => resolve(reply), reject);
      else resolve(reply);
    }
  }
}
