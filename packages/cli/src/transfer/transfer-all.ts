import type { Context } from "../commands/context.ts";
import { describeError, serviceFailure } from "../output/errors.ts";
import { type Amount, transferBar } from "../output/progress-bar.ts";
import { inOrder } from "./in-order.ts";
import { withSignal } from "./scoped-signal.ts";

/** What became of one file or key: done, or a line that says why not; `note` is a line that is no failure. */
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
  readonly progress: (octets: number) => void;
}

/** Results that wait for an earlier one; each is a small object. */
const waitingResults = 1000;

/** What an interrupt ends with, as shells report it. */
const interrupted = 130;

/**
 * Transfers all items in parallel and resolves to the exit code. Lines come in the order of the items. What ends every
 * transfer alike (credentials, a bucket that is not there, a full disk) stops all and is thrown.
 */
export async function transferAll<Item>(context: Context, transfer: Transfer<Item>): Promise<number> {
  const shows = !transfer.silent && context.stderr.isTTY === true;
  const bar = transferBar(context.stderr, transfer.label, shows, context.say);
  let done = 0;
  let failed = 0;
  const stop = new AbortController();
  try {
    return await withSignal(context.signal, async (outer) => {
      outer.addEventListener("abort", () => stop.abort());
      if (outer.aborted) stop.abort();
      if (shows) transfer.measure(stop.signal).then(bar.expect, () => {});
      const work = async (item: Item): Promise<Outcome> => {
        const tools = { progress: bar.add };
        const outcome = await withSignal(stop.signal, (signal) => transfer.work(item, { ...tools, signal }));
        if (outcome.kind === "done") bar.fileDone();
        return outcome;
      };
      const limits = { concurrency: transfer.concurrency, window: waitingResults };
      try {
        for await (const outcome of inOrder(untilAborted(transfer.items, stop.signal), limits, stopping(work, stop))) {
          if (outcome.kind === "done") done += 1;
          else bar.say(outcome.line);
          if (outcome.kind === "failed") failed += 1;
        }
      } catch (error) {
        if (!context.signal.aborted) throw error;
      }
      if (!context.signal.aborted) return failed === 0 ? 0 : 1;
      bar.say(`Interrupted: ${done} done; no unfinished file or upload is left`);
      return interrupted;
    });
  } finally {
    stop.abort();
    bar.end();
  }
}

/** The first failure that ends everything stops the others. */
function stopping<Item, Result>(
  work: (item: Item) => Promise<Result>,
  stop: AbortController,
): (item: Item) => Promise<Result> {
  return async (item) => {
    try {
      return await work(item);
    } catch (error) {
      stop.abort();
      throw error;
    }
  };
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
  "InvalidAccessKeyId",
  "InvalidBucketName",
  "InvalidToken",
  "NoSuchBucket",
  "NotSignedUp",
  "PermanentRedirect",
  "RequestTimeTooSkewed",
  "SignatureDoesNotMatch",
]);
