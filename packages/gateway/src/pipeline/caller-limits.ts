import type { Principal } from "@s3-credentials/policy";
import { ClientGone, type GatewayRequest } from "../authn/request.ts";
import { countedAs } from "../ports/principal-directory.ts";

/** Requests of one caller beyond those running that may wait, for each one running. */
const waitingPerRunning = 4;

/** `after-waiting`: what was known of the caller may be old. */
export type Entry = "at-once" | "after-waiting" | "refused";

/** Whom a request counts for. An anonymous one counts for the network it comes from. */
export function callerKey(
  { principal }: { readonly principal: Principal },
  { clientNetwork }: Pick<GatewayRequest, "clientNetwork">,
): string {
  return countedAs(principal) ?? `address ${clientNetwork}`;
}

interface Waiting {
  readonly request: GatewayRequest;
  readonly begin: () => void;
}

interface Line {
  running: number;
  readonly waiting: Set<Waiting>;
}

/**
 * Limits how many requests of one caller run at a time. Further requests wait in a line for each caller; when that line is full, they are
 * refused.
 */
export class CallerLimits {
  readonly #maxRunning: number;
  readonly #lines = new Map<string, Line>();
  /** The caller that each admitted request counts for. Not a WeakMap, whose entries cost the garbage collector time: each request has one. */
  readonly #admitted = new Map<GatewayRequest, string>();

  constructor(maxRunning: number) {
    this.#maxRunning = maxRunning;
  }

  /**
   * Resolves when the request may run, or is refused because too many requests of the caller wait already. Rejects with `ClientGone` when
   * the client goes away while it waits. A request that was admitted before goes on at once. Each admitted request must `leave`.
   */
  async enter(request: GatewayRequest, caller: string): Promise<Entry> {
    if (this.#admitted.has(request)) return "at-once";
    const line = this.#lines.get(caller) ?? { running: 0, waiting: new Set() };
    this.#lines.set(caller, line);
    const waits = line.running >= this.#maxRunning;
    if (waits) {
      if (line.waiting.size >= this.#maxRunning * waitingPerRunning) return "refused";
      await this.#wait(request, line);
    } else line.running += 1;
    this.#admitted.set(request, caller);
    return waits ? "after-waiting" : "at-once";
  }

  /** The request has been admitted, and has not left yet. */
  has(request: GatewayRequest): boolean {
    return this.#admitted.has(request);
  }

  leave(request: GatewayRequest): void {
    const caller = this.#admitted.get(request);
    const line = caller === undefined ? undefined : this.#lines.get(caller);
    if (caller === undefined || line === undefined) return;
    this.#admitted.delete(request);
    const [next] = line.waiting;
    if (next !== undefined) {
      line.waiting.delete(next);
      next.begin(); // in the place of the one that leaves
      return;
    }
    line.running -= 1;
    if (line.running === 0) this.#lines.delete(caller);
  }

  /** Callers that have requests here. */
  get callers(): number {
    return this.#lines.size;
  }

  /** Requests that wait. */
  get waiting(): number {
    let waiting = 0;
    for (const line of this.#lines.values()) waiting += line.waiting.size;
    return waiting;
  }

  #wait(request: GatewayRequest, line: Line): Promise<void> {
    const { signal } = request;
    return new Promise((resolve, reject) => {
      const left = (): void => {
        line.waiting.delete(waiting);
        reject(new ClientGone("the client left while its request waited"));
      };
      const waiting: Waiting = {
        request,
        begin: () => {
          signal.removeEventListener("abort", left);
          resolve();
        },
      };
      line.waiting.add(waiting);
      if (signal.aborted) left();
      else signal.addEventListener("abort", left, { once: true });
    });
  }
}
