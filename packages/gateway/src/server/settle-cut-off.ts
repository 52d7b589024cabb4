import { repairedState } from "../domain/buckets/bucket-lifecycle.ts";
import type { UnsettledBuckets } from "../ports/bucket-registry.ts";
import type { Clock } from "../ports/clock.ts";
import type { DirectoryDatabase } from "../stores/sql/identity/directory-database.ts";
import { readOutbox } from "../stores/sql/record/event-outbox.ts";
import type { OwnRecord } from "./open-record.ts";

/** No request takes so long, so what has been half done for this long is nobody's work any more. */
const cutOffMs = 10 * 60 * 1000;

/**
 * Ends what a gateway left half done that was killed. A start cannot do it where others are serving, because it does not know whether one of
 * them is at work on it. No engine is asked about a bucket: it may be away, and
 * what is there may be another one's.
 */
export class CutOff {
  readonly #clock: Pick<Clock, "monotonic">;
  /** When each was first seen half done. */
  #since: ReadonlyMap<string, number> = new Map();

  constructor(clock: Pick<Clock, "monotonic">) {
    this.#clock = clock;
  }

  /** `turn`: other gateways do not do it meanwhile. */
  async settle(
    registry: UnsettledBuckets,
    directory: DirectoryDatabase,
    record: OwnRecord,
    turn: (work: () => Promise<void>) => Promise<void>,
  ): Promise<void> {
    const buckets = await registry.unsettled();
    const events = await readOutbox(directory.reader);
    const nameOf = ({ id, state }: (typeof buckets)[number]): string => `${state} ${id}`;
    const left = this.#lasting([...buckets.map(nameOf), ...events.map(({ eventId }) => eventId)]);
    if (left.size === 0) return;
    await turn(async () => {
      for (const bucket of buckets)
        if (left.has(nameOf(bucket)))
          await registry.settle(bucket.id, bucket.state, repairedState(bucket.state, false));
      await record.takeOver(directory, (eventId) => left.has(eventId));
    });
  }

  #lasting(names: readonly string[]): ReadonlySet<string> {
    const now = this.#clock.monotonic();
    this.#since = new Map(names.map((name) => [name, this.#since.get(name) ?? now]));
    return new Set(names.filter((name) => now - (this.#since.get(name) ?? now) >= cutOffMs));
  }
}
