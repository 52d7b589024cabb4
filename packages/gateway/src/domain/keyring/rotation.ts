/** The life of the keys that seal sessions. */

import { dayMs } from "../../ports/clock.ts";
import type { KeyLife } from "../../ports/keyring-control.ts";

export const keyStates = ["distributed", "sealing", "retiring"] as const satisfies readonly KeyLife["state"][];
export type KeyState = KeyLife["state"];

/** How old a key may grow, how long it is known before it seals, and the longest session (36 hours) with room to spare; ms. */
export const rotation = { age: 30 * dayMs, distribution: dayMs, sessions: 2 * dayMs } as const;

/** Every rotation by hand makes a key that stays until the sessions it sealed have ended; all of them are read and opened together. */
export const maxKeys = 20;

/** When the key is deleted, at the earliest; undefined while it seals or waits. */
export function keyEnds({ stopped }: KeyLife): number | undefined {
  return stopped === undefined ? undefined : stopped + rotation.sessions;
}

/** What rotation has to do now: at most one step forward, so that every gateway has a key before that key seals. */
export interface RotationStep {
  /** `add`: a new key to distribute; or the id of the key that seals from now on. */
  readonly next:
    | { readonly kind: "none" }
    | { readonly kind: "add" }
    | { readonly kind: "promote"; readonly id: string };
  /**
   * Keys that stopped sealing before this time are deleted; undefined: there are none.
   * INVARIANT: at least the longest session ago, or sessions end that still have time.
   */
  readonly dropStoppedBefore: number | undefined;
}

/** `keys`: the oldest first. */
export function rotationStep(keys: readonly KeyLife[], now: number): RotationStep {
  const before = now - rotation.sessions;
  const isDue = keys.some(({ stopped }) => stopped !== undefined && stopped < before);
  return { next: nextStep(keys, now), dropStoppedBefore: isDue ? before : undefined };
}

function nextStep(keys: readonly KeyLife[], now: number): RotationStep["next"] {
  const waiting = keys.find(({ state }) => state === "distributed");
  if (waiting !== undefined)
    return waiting.created <= now - rotation.distribution ? { kind: "promote", id: waiting.id } : { kind: "none" };
  const newest = keys.at(-1);
  return newest !== undefined && newest.created <= now - rotation.age ? { kind: "add" } : { kind: "none" };
}
