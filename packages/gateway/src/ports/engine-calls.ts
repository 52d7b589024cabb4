import type { Grant } from "./grant.ts";

/** What an engine behind the gateway was asked. */
export interface EngineCall {
  /** The operator's name of the engine. */
  readonly name: string;
  /** The engine's own, as it said it: short, and without control characters. */
  readonly requestId: string;
}

/** By grant, because each call has one of its own: what is on the local plane has nothing here, and what is over is forgotten. */
const lastCalls = new WeakMap<Grant, EngineCall>();

/** The engine has answered a request of the call that was granted. */
export function noteEngineCall(grant: Grant, call: EngineCall): void {
  lastCalls.set(grant, call);
}

/** The last request that an engine answered for a call, for the record. */
export function lastEngineCall(grant: Grant): EngineCall | undefined {
  return lastCalls.get(grant);
}
