import { setMaxListeners } from "node:events";

/**
 * A signal of its own that follows another until it is released. The SDK leaves listeners on the signal it is given, and one
 * signal lives through a hundred thousand files.
 */
export function scopedSignal(outer: AbortSignal): { readonly signal: AbortSignal; readonly release: () => void } {
  const controller = new AbortController();
  // Many requests listen at once, which is not a leak.
  setMaxListeners(0, outer, controller.signal);
  const follow = (): void => controller.abort(outer.reason);
  if (outer.aborted) follow();
  outer.addEventListener("abort", follow);
  return { signal: controller.signal, release: () => outer.removeEventListener("abort", follow) };
}

/** Runs work with a signal of its own that follows another. */
export async function withSignal<Result>(
  outer: AbortSignal,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const { signal, release } = scopedSignal(outer);
  try {
    return await work(signal);
  } finally {
    release();
  }
}
