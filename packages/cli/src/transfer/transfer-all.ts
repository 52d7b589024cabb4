import { setMaxListeners } from "node:events";
import type { Context } from "../command-line/context.ts";
import { interruptedExit } from "../command-line/failures.ts";
import { describeError, serviceFailure } from "../output/errors.ts";
import { type Amount, transferBar, type TransferBar } from "../output/progress-bar.ts";
import { mapOrdered } from "./map-ordered.ts";
import { withSignal } from "./scoped-signal.ts";

/** The outcome for one file or key: done, or a line that says why not; `note` is a line that is not a failure. */
export type Outcome =
  | { readonly kind: "done" }
  | { readonly kind: "failed"; readonly line: string }
  | { readonly kind: "note"; readonly line: string };

export interface Transfer<Item> {
  /** In front of the bar. */
  readonly label: string;
  readonly silent: boolean;
  readonly concurrency: number;
  readonly items: AsyncIterable<Item>;
  /** Works out what there is to do, beside the work; only when a bar shows it. */
  readonly measure: (signal: AbortSignal) => Promise<Amount>;
  readonly work: (item: Item, tools: WorkTools) => Promise<Outcome>;
}

export interface WorkTools {
  readonly signal: AbortSignal;
  readonly progress: (bytes: number) => void;
}

/** Results that wait for an earlier one; each is a small object. */
const window = 1000;

/**
 * Transfers all items in parallel and resolves to the exit code. Lines come in the order of the items. What ends every
 * transfer alike (credentials, a bucket that is not there, a full disk) stops all and is thrown.
 */
export async function transferAll<Item>(context: Context, transfer: Transfer<Item>): Promise<number> {
  const shows = !transfer.silent && context.stderr.isTTY === true;
  const bar = transferBar(context.stderr, transfer.label, shows, context.say);
  const stop = new AbortController();
  setMaxListeners(0, stop.signal);
  const counts = { done: 0, failed: 0 };
  try {
    await withSignal(context.signal, async (outer) => {
      outer.addEventListener("abort", () => stop.abort());
      if (outer.aborted) stop.abort();
      if (shows) transfer.measure(stop.signal).then(bar.expect, () => {});
      await workThrough(transfer, stop, bar, counts);
    });
    return counts.failed === 0 ? 0 : 1;
  } catch (error) {
    if (!context.signal.aborted) throw error;
    bar.say(`Interrupted: ${counts.done} done; no unfinished file or upload is left`);
    return interruptedExit;
  } finally {
    stop.abort();
    bar.end();
  }
}

async function workThrough<Item>(
  { items, concurrency, work }: Transfer<Item>,
  stop: AbortController,
  bar: TransferBar,
  counts: { done: number; failed: number },
): Promise<void> {
  let first: { readonly error: unknown } | undefined;
  const workOn = async (item: Item): Promise<Outcome> => {
    try {
      const outcome = await work(item, { signal: stop.signal, progress: bar.add });
      if (outcome.kind === "done") {
        counts.done += 1;
        bar.fileDone();
      }
      return outcome;
    } catch (error) {
      // Those that are stopped by it fail too, and may come before it.
      first ??= { error };
      stop.abort();
      throw error;
    }
  };
  try {
    for await (const outcome of mapOrdered(untilAborted(items, stop.signal), { concurrency, window }, workOn)) {
      if (outcome.kind !== "done") bar.say(outcome.line);
      if (outcome.kind === "failed") counts.failed += 1;
    }
  } catch (error) {
    throw first === undefined ? error : first.error;
  }
  stop.signal.throwIfAborted();
}

async function* untilAborted<Item>(items: AsyncIterable<Item>, signal: AbortSignal): AsyncGenerator<Item> {
  for await (const item of items) {
    if (signal.aborted) return;
    yield item;
  }
}

/** The outcome of a failure of one item, unless it is one that every other item would meet too: that is thrown. */
export function failureOf(error: unknown, what: string, signal: AbortSignal): Outcome {
  if (signal.aborted || endsAll.has(serviceFailure(error).code)) throw error;
  return { kind: "failed", line: `${what}: ${describeError(error)}` };
}

const endsAll: ReadonlySet<string> = new Set([
  "AllAccessDisabled",
  "AuthorizationHeaderMalformed",
  "CredentialsProviderError",
  "ECONNREFUSED",
  "EDQUOT",
  "ENOSPC",
  "ENOTFOUND",
  "EROFS",
  "ExpiredToken",
  "ExpiredTokenException",
  "InsufficientStorage",
  "InvalidAccessKeyId",
  "InvalidBucketName",
  "InvalidToken",
  "NoSuchBucket",
  "NotSignedUp",
  "PermanentRedirect",
  "RequestTimeTooSkewed",
  "SignatureDoesNotMatch",
]);
