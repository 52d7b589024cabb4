import { isRefusal } from "../operations/operation.ts";
import type { BucketLogging } from "../ports/bucket-logging.ts";
import type { BucketRecord } from "../ports/bucket-registry.ts";
import { type Clock, dayMs } from "../ports/clock.ts";
import type { AccessLogSpool, SpooledLog } from "../stores/files/access-log-spool.ts";
import { AccountTurns } from "./account-turns.ts";
import type { Deliverer } from "./deliver.ts";

interface Parts {
  readonly spool: AccessLogSpool;
  readonly deliverer: Pick<Deliverer, "deliver">;
  /** A bucket by its id. */
  readonly read: (bucketId: string) => Promise<BucketRecord | undefined>;
  readonly clock: Clock;
  /** One line for the operator. */
  readonly warn: (line: string) => void;
}

/** Why the logs of a bucket could not be delivered, and when it is tried again. */
interface Failed {
  readonly code: string;
  readonly again: number;
}

const againMs = 5 * 60 * 1000;
/** What could not be delivered for so long never will be. */
const maxAgeMs = dayMs;
/** Accounts whose logs are on their way together. */
const accountsAtOnce = 8;

const loggingService = "logging.s3.amazonaws.com";

/**
 * Makes objects of the lines that wait. Objects that could not be written are tried again for a day. An object is written a second time when
 * the gateway was killed before its lines were removed; S3 delivers lines twice too.
 */
export class AccessLogDeliverer {
  readonly #parts: Parts;
  /** By the bucket's id. */
  readonly #failed = new Map<string, Failed>();
  readonly #turns = new AccountTurns(accountsAtOnce);
  #isStopping = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Resolves when the objects that were begun are written. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#turns.stop();
  }

  /** Begins with what is ready and does not wait for it. Rejects with what failed since it was called before. */
  async run(): Promise<void> {
    const byAccount = new Map<string, Map<string, SpooledLog[]>>();
    for (const log of this.#turns.isFull ? [] : this.#parts.spool.ready()) {
      const byBucket = byAccount.get(log.accountId) ?? new Map<string, SpooledLog[]>();
      byAccount.set(log.accountId, byBucket);
      byBucket.set(log.bucketId, [...(byBucket.get(log.bucketId) ?? []), log]);
    }
    const pieces = new Map([...byAccount].map(([accountId, byBucket]) => [accountId, [...byBucket]]));
    this.#turns.begin(pieces, (logsOfBucket) => this.#deliverAll(...logsOfBucket));
    this.#turns.throwFailure();
  }

  /** Resolves when all that was begun has ended. */
  ended(): Promise<void> {
    return this.#turns.ended();
  }

  async #deliverAll(bucketId: string, logs: readonly SpooledLog[]): Promise<void> {
    const { clock, read, spool } = this.#parts;
    const now = clock.now();
    const late = logs.filter(({ begun }) => now - begun > maxAgeMs);
    if ((this.#failed.get(bucketId)?.again ?? 0) > now && late.length === 0) return;
    const bucket = await read(bucketId);
    for (const log of logs) {
      if (this.#isStopping) return;
      // The bucket is gone, or its owner wants no more logs.
      if (bucket?.logging === undefined) await spool.drop(log);
      else if (!(await this.#deliver(bucket, bucket.logging, log))) {
        for (const one of late) await spool.drop(one);
        return;
      }
    }
    this.#failed.delete(bucketId);
  }

  async #deliver(source: BucketRecord, logging: BucketLogging, log: SpooledLog): Promise<boolean> {
    const { spool, deliverer, clock, warn } = this.#parts;
    const body = await spool.take(log);
    const now = clock.now();
    const before = this.#failed.get(source.id);
    const delivery = {
      service: loggingService,
      source,
      target: logging.targetBucket,
      owner: source.owner,
      key: logKey(source, logging, log, now),
      body,
      headers: new Map([["content-type", "text/plain"]]),
    };
    const failed = (code: string): void => {
      this.#failed.set(source.id, { code, again: now + againMs });
      spool.giveBack(log);
    };
    const isRepeated = before !== undefined;
    const outcome =
      body.length === 0
        ? undefined
        : await deliverer.deliver(delivery, { isRepeated }).catch((error: unknown) => {
            failed("InternalError");
            throw error;
          });
    if (isRefusal(outcome)) {
      const { code } = outcome;
      if (before?.code !== code)
        warn(
          `access logs of ${source.name} cannot be delivered to ${logging.targetBucket}: ${code}; they are kept for a day`,
        );
      failed(code);
      return false;
    }
    await spool.remove(log);
    return true;
  }
}

/**
 * `[prefix]YYYY-MM-DD-hh-mm-ss-UNIQUE`, in UTC, or with account, region, bucket and date before it.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html#server-access-logging-overview
 */
export function logKey(
  { owner, region, name }: Pick<BucketRecord, "owner" | "region" | "name">,
  { targetPrefix, keyFormat }: BucketLogging,
  { day, unique }: Pick<SpooledLog, "day" | "unique">,
  now: number,
): string {
  const delivered = new Date(now).toISOString().slice(0, 19).replace(/[T:]/g, "-");
  if (keyFormat?.kind !== "partitioned") return `${targetPrefix}${delivered}-${unique}`;
  const ofEvents = `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}`;
  // "For event-based delivery … hour, minutes and seconds are set to 00 in the key".
  const time = keyFormat.dateSource === "EventTime" ? `${ofEvents}-00-00-00` : delivered;
  return `${targetPrefix}${owner}/${region}/${name}/${time.slice(0, 10).replaceAll("-", "/")}/${time}-${unique}`;
}
