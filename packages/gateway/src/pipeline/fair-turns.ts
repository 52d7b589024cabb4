import type { Caller } from "../ports/principal-directory.ts";
import type { Turns } from "../ports/turns.ts";
import { callerKey } from "./caller-limits.ts";
import { ClientGone, type GatewayRequest } from "../authn/request.ts";

/** The turns of one request. */
export function turnsOf(turns: Turns, request: GatewayRequest, caller: Caller): () => Promise<void> {
  const key = callerKey(caller, request);
  return async () => {
    await turns.take(key);
    if (request.signal.aborted) throw new ClientGone("the client left before the answer");
  };
}

/**
 * One slice of work in each turn of the event loop, for each caller after the other: however much work one caller has asked for,
 * another waits for one slice of it, and sockets are served in between.
 */
export class FairTurns implements Turns {
  /** In the order in which callers have their next turn. */
  readonly #lines = new Map<string, (() => void)[]>();

  take(caller: string): Promise<void> {
    return new Promise((resolve) => {
      if (this.#lines.size === 0) setImmediate(() => this.#next());
      const line = this.#lines.get(caller);
      if (line === undefined) this.#lines.set(caller, [resolve]);
      else line.push(resolve);
    });
  }

  #next(): void {
    const [first] = this.#lines;
    if (first === undefined) return;
    const [caller, line] = first;
    const begin = line.shift();
    this.#lines.delete(caller);
    if (line.length > 0) this.#lines.set(caller, line); // behind the others
    if (this.#lines.size > 0) setImmediate(() => this.#next());
    begin?.();
  }
}
