/** How often one may try to sign in. */
import { type CallParts, networkOf } from "./calls.ts";
import type { Failure } from "./console-reply.ts";
import type { ConsoleRequest } from "./console-request.ts";

/** ms. */
export const windowMs = 15 * 60 * 1000;
/** Tries of one client for one user, and of one client for all users. A client's tries do not lock out anybody else. */
const perUser = { max: 10, window: windowMs, anybody: true } as const;
const perNetwork = { max: 60, window: windowMs, anybody: true } as const;

export const tooManyTries: Failure = {
  status: 429,
  code: "TooManyAttempts",
  message: "Too many attempts from your address. Please wait 15 minutes and try again.",
  headers: { "retry-after": String(windowMs / 1000) },
};

export const busy: Failure = {
  status: 503,
  code: "Busy",
  message: "Too many people are signing in at this moment. Please try again in a few seconds.",
  headers: { "retry-after": "5" },
};

/** Counted before anything is looked up. */
export async function mayTryFrom({ ports: { counters } }: CallParts, request: ConsoleRequest): Promise<boolean> {
  return counters.count(`sign-in ${networkOf(request)}`, perNetwork);
}

/** Counted before anything is hashed. */
export async function mayTryFor(
  { ports: { counters } }: CallParts,
  request: ConsoleRequest,
  who: string,
): Promise<boolean> {
  return counters.count(userKey(request, who), perUser);
}

export function userKey(request: ConsoleRequest, who: string): string {
  return `sign-in ${networkOf(request)} ${who.toLowerCase()}`;
}
