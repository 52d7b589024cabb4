import { Worker } from "node:worker_threads";
import { StoreError } from "../../ports/store-error.ts";
import type { FromWriter, SentError, ToWriter, WriteRequest, WriterOptions } from "./writer-protocol.ts";

/** Writes waiting beyond this are refused at once, so that a slow disk does not fill the memory. */
const queueLimit = 4096;

interface Waiting {
  readonly resolve: (result: never) => void;
  readonly reject: (error: StoreError) => void;
  readonly alsoRan: (() => void) | undefined;
}

/** A second procedure for the savepoint of a write that changes a row, and who wants to know that it ran. */
export interface Also {
  readonly procedure: string;
  /** Called when the write is sent. */
  readonly args: () => unknown;
  readonly ran: () => void;
}

/** The main thread's end of the writer thread. */
export class WriterQueue {
  readonly #worker: Worker;
  readonly #commits = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  readonly #counted = new Int32Array(this.#commits);
  readonly #waiting = new Map<number, Waiting>();
  readonly #opening: { resolve: () => void; reject: (error: StoreError) => void };
  readonly #exited: Promise<void>;
  readonly ready: Promise<void>;
  #next = 0;
  /** Not sent yet. */
  #outgoing: WriteRequest[] = [];
  /** Sent and not answered yet. */
  #sent = 0;
  #dead: StoreError | undefined;

  constructor(options: Omit<WriterOptions, "commits">) {
    // Node 20 runs no TypeScript, so the thread always runs from the bundle; `src` and `dist` are equally deep.
    const program = new URL("../../../bundle/writer-thread.js", import.meta.url);
    this.#worker = new Worker(program, {
      workerData: { ...options, commits: this.#commits } satisfies WriterOptions,
      execArgv: [],
    });
    const opening = deferred();
    this.#opening = opening;
    this.ready = opening.promise;
    this.#worker.on("message", (message: FromWriter) => this.#receive(message));
    this.#worker.on("error", (error) =>
      this.#end(new StoreError("unavailable", "the writer thread failed", { cause: error })),
    );
    this.#exited = new Promise((resolve) => {
      this.#worker.on("exit", () => {
        this.#end(new StoreError("unavailable", "the writer thread has ended"));
        resolve();
      });
    });
  }

  /** Another number than before when the thread has committed anything since. */
  get commits(): number {
    return Atomics.load(this.#counted, 0);
  }

  /** Writes that are not committed or refused yet. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** `Database.write` gives the result its type. */
  write<R>(procedure: string, args: unknown, also?: Also): Promise<R> {
    if (this.#dead !== undefined) return Promise.reject(this.#dead);
    if (this.#waiting.size >= queueLimit)
      return Promise.reject(new StoreError("unavailable", "too many writes are waiting"));
    const id = this.#next++;
    return new Promise<R>((resolve, reject) => {
      const request: WriteRequest = { id, procedure, args };
      const second = also === undefined ? {} : { also: { procedure: also.procedure, args: also.args() } };
      this.#send({ ...request, ...second });
      this.#waiting.set(id, { resolve, reject, alsoRan: also?.ran });
    });
  }

  /** Writes already accepted are committed and acknowledged first. */
  async close(): Promise<void> {
    if (this.#dead === undefined) {
      this.#dead = new StoreError("unavailable", "the database is closed");
      this.#flush();
      this.#post({ kind: "close" });
    }
    await this.#exited;
  }

  /**
   * What one turn of the event loop writes goes as one message, and what comes while the thread commits goes as one when it has: a message
   * and a commit cost more than what is in them.
   */
  #send(request: WriteRequest): void {
    if (this.#sent === 0 && this.#outgoing.length === 0) setImmediate(() => this.#flush());
    this.#outgoing.push(request);
  }

  #flush(): void {
    const requests = this.#outgoing;
    if (requests.length === 0) return;
    this.#outgoing = [];
    try {
      this.#postWrites(requests);
    } catch {
      for (const request of requests) this.#postAlone(request);
    }
  }

  /** After one of a message could not be sent to a thread: only its own write fails. */
  #postAlone(request: WriteRequest): void {
    try {
      this.#postWrites([request]);
    } catch (cause) {
      this.#waiting.get(request.id)?.reject(new StoreError("corrupt", "a write is not plain data", { cause }));
      this.#waiting.delete(request.id);
    }
  }

  #postWrites(requests: readonly WriteRequest[]): void {
    this.#post({ kind: "write", requests });
    this.#sent += requests.length;
  }

  #post(message: ToWriter): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    this.#worker.postMessage(message);
  }

  #receive(message: FromWriter): void {
    switch (message.kind) {
      case "ready":
        return this.#opening.resolve();
      case "failed":
        return this.#end(rebuilt(message.error));
      case "closed":
        return;
      case "replies":
        for (const reply of message.replies) {
          const waiting = this.#waiting.get(reply.id);
          this.#waiting.delete(reply.id);
          if ("error" in reply) waiting?.reject(rebuilt(reply.error));
          else {
            if (reply.alsoRan === true) waiting?.alsoRan?.();
            waiting?.resolve(reply.result as never);
          }
        }
        this.#sent -= message.replies.length;
        if (this.#sent === 0) this.#flush();
    }
  }

  #end(error: StoreError): void {
    this.#dead ??= error;
    this.#opening.reject(error);
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
  }
}

function rebuilt(error: SentError): StoreError {
  return new StoreError(error.kind, error.message);
}

function deferred(): { promise: Promise<void>; resolve: () => void; reject: (error: StoreError) => void } {
  let resolve: () => void = () => {};
  let reject: (error: StoreError) => void = () => {};
  const promise = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  promise.catch(() => {}); // `ready` rejects with a failure to open; nobody else has to handle it
  return { promise, resolve, reject };
}
