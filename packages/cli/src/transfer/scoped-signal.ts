import { setMaxListeners } from "node:events";

/**
 * Runs work with a signal of its own that follows another: the SDK and streams leave listeners on the signal they are
 * given, and one signal lives through a hundred thousand files.
 */
export async function withSignal<Result>(
  outer: AbortSignal,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController();
  // Many parts of one file listen at once, which is not a leak.
  setMaxListeners(0, outer, controller.signal);
  const follow = (): void => controller.abort(outer.reason);
  if (outer.aborted) follow();
  outer.addEventListener("abort", follow);
  try {
    return await work(controller.signal);
  } finally {
    outer.removeEventListener("abort", follow);
  }
}
