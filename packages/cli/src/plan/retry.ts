import { setTimeout as sleep } from "node:timers/promises";

/** Tries again, after pauses of 1, 2, 3 … seconds, while the failure is temporary and time is left. */
export async function retryWhile<T>(
  action: () => Promise<T>,
  passes: (error: unknown) => boolean,
  seconds: number,
  signal: AbortSignal,
): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  for (let pause = 1; ; pause += 1) {
    try {
      return await action();
    } catch (error) {
      if (!passes(error) || Date.now() + pause * 1000 > deadline) throw error;
    }
    await sleep(pause * 1000, undefined, { signal });
  }
}
