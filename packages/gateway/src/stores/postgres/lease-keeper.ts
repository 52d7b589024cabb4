import { setTimeout as wait } from "node:timers/promises";
import type pg from "pg";
import type { Clock } from "../../ports/clock.ts";
import { StoreError } from "../../ports/store-error.ts";
import { integer } from "../sql/sql-value.ts";
import { type Committed, type Instant, Lease, type OtherGateways, stateOfOthers } from "./lease.ts";
import { Bell } from "./bell.ts";
import { storeErrorOf } from "./postgres-errors.ts";
import { listenTo } from "./group-scripts.ts";
import { runScript, runStatement } from "./statements.ts";

export interface LeaseKeeperOptions {
  /** Of this gateway, new at each start. */
  readonly id: string;
  /** Milliseconds of a lease. */
  readonly length: number;
  readonly clock: Clock;
  /** On which the database says that the revision moved, or that a gateway confirmed one. */
  readonly channel: string;
  /** A connection that is connected and checked. */
  readonly connect: () => Promise<pg.Client>;
  /** What the rows of the other gateways say now. */
  readonly readOthers: () => Promise<OtherGateways | undefined>;
  /** Removes the rows of gateways that have not confirmed `revision` and have no lease any more. */
  readonly removeBelow: (revision: number) => Promise<void>;
}

/** How much a machine's clock may go wrong; docs/design/many-gateways.md says what follows. */
const drift = 0.01;
/** Milliseconds between two requests for a lease when nothing happens, and at most between two looks at who has not confirmed. */
const poll = 1000;
const look = 250;
/** Milliseconds before a lost connection is tried again. */
const pause = 250;

/** Takes no more than what PostgreSQL does in one statement: the lock on the revision makes a grant either earlier or later than a change. */
const renew = `
  WITH seen AS MATERIALIZED (SELECT value FROM revision WHERE one = 1 FOR SHARE),
  granted AS (
    INSERT INTO gateways (id, confirmed, lease_length)
    SELECT CAST(? AS TEXT), value, CAST(? AS BIGINT) FROM seen WHERE value = CAST(? AS BIGINT)
    ON CONFLICT (id) DO UPDATE SET confirmed = excluded.confirmed
    RETURNING 1
  )
  SELECT value, EXISTS (SELECT 1 FROM granted),
    CASE WHEN CAST(? AS BIGINT) = 1 AND EXISTS (SELECT 1 FROM granted) THEN pg_notify(CAST(? AS TEXT), '') END
  FROM seen`;

/** What an operator sees of a lease. */
export interface LeaseState {
  /** Milliseconds; 0: what is kept in memory is used only after a look at the database. */
  readonly remaining: number;
  /** How often the database could not be asked for it, since the start. */
  readonly failures: number;
  /** Changes that are stored, and wait until the other gateways have confirmed them. */
  readonly unconfirmed: number;
}

interface Waiting {
  readonly committed: Committed;
  others: OtherGateways | undefined;
  readonly resolve: () => void;
}

/** Keeps the lease of this gateway on a connection of its own, and knows when a change of it may be acknowledged. */
export class LeaseKeeper {
  readonly #options: LeaseKeeperOptions;
  readonly #lease: Lease;
  readonly #waiting = new Set<Waiting>();
  readonly #ended = new AbortController();
  readonly #running: Promise<void>;
  #granted: number | undefined;
  #failures = 0;
  #isLooking = false;
  /** For the loop that renews, and for the one that looks at the others. */
  readonly #change = new Bell();
  readonly #news = new Bell();

  constructor(options: LeaseKeeperOptions) {
    this.#options = options;
    this.#lease = new Lease({ length: options.length, drift });
    this.#running = this.#run();
  }

  /** For `WatchfulReader`. */
  changes(): number {
    return this.#lease.changes(this.#now());
  }

  get state(): LeaseState {
    return {
      remaining: this.#lease.remaining(this.#now()),
      failures: this.#failures,
      unconfirmed: this.#waiting.size,
    };
  }

  /** Resolves when no other gateway can decide by what was before. What is kept here counts as old from the call on. */
  async acknowledged(revision: number, others: OtherGateways | undefined): Promise<void> {
    if (this.#lease.learn(revision)) this.#change.ring();
    const committed: Committed = { revision, at: this.#options.clock.monotonic() };
    if (stateOfOthers(committed, others, committed.at, drift) === "confirmed") return;
    await new Promise<void>((resolve) => {
      this.#waiting.add({ committed, others, resolve });
      if (!this.#isLooking) void this.#lookAtOthers();
    });
  }

  /** After the last write. */
  async close(): Promise<void> {
    this.#lease.end();
    this.#ended.abort();
    this.#change.ring();
    await this.#running;
  }

  #now(): Instant {
    const { clock } = this.#options;
    return { monotonic: clock.monotonic(), wall: clock.now() };
  }

  async #run(): Promise<void> {
    while (!this.#ended.signal.aborted) {
      try {
        await this.#keep();
      } catch {
        this.#failures += 1;
        // Without this connection there is no lease, and the reads and writes say for themselves what is wrong.
        await wait(pause, undefined, { signal: this.#ended.signal }).catch(() => {});
      }
    }
  }

  async #keep(): Promise<void> {
    const { connect, channel, id } = this.#options;
    const client = await connect();
    try {
      const lost = new Promise<never>((_, reject) => {
        client.on("error", (cause) => reject(storeErrorOf(cause)));
        client.on("end", () => reject(new StoreError("unavailable", "PostgreSQL: the connection has ended")));
      });
      lost.catch(() => {}); // nobody waits for it while a statement runs, which is told too
      client.on("notification", ({ payload }) => this.#hear(payload ?? ""));
      this.#granted = undefined;
      await runScript(client, listenTo(channel));
      while (!this.#ended.signal.aborted) {
        if (!(await this.#renew(client))) await Promise.race([lost, this.#change.wait(poll)]);
      }
      await runStatement(client, "DELETE FROM gateways WHERE id = ?", [id]);
    } finally {
      // It may hang for as long as its network does; who waits for the end of this gateway waits for no server.
      void client.end().catch(() => {});
    }
  }

  /** True: it has to be asked again at once. */
  async #renew(client: pg.Client): Promise<boolean> {
    const { id, length, channel } = this.#options;
    const renewal = this.#lease.renewal(this.#now());
    const isNews = renewal.confirms !== this.#granted;
    const { rows } = await runStatement(client, renew, [id, length, renewal.confirms ?? null, isNews ? 1 : 0, channel]);
    const [revision, granted] = rows[0] ?? [];
    const isGranted = granted === 1;
    if (isGranted) this.#granted = renewal.confirms;
    return this.#lease.answer(renewal, { revision: integer(revision), isGranted });
  }

  /** A number is a revision that was committed; nothing, that a gateway has confirmed one. */
  #hear(payload: string): void {
    if (payload !== "") this.#lease.learn(Number(payload));
    if (payload === "") this.#news.ring();
    else this.#change.ring();
  }

  /** One loop while any write waits. */
  async #lookAtOthers(): Promise<void> {
    this.#isLooking = true;
    while (this.#waiting.size > 0) {
      await this.#news.wait(look);
      const read = await this.#options.readOthers().then(
        (others) => ({ others }),
        () => undefined, // the lease that was seen at the commit ends also when nobody can look any more
      );
      let expired = 0;
      for (const write of this.#waiting) {
        if (read !== undefined) write.others = read.others;
        const state = stateOfOthers(write.committed, write.others, this.#options.clock.monotonic(), drift);
        if (state === "waiting") continue;
        if (state === "expired") expired = Math.max(expired, write.committed.revision);
        this.#waiting.delete(write);
        write.resolve();
      }
      if (expired > 0) await this.#options.removeBelow(expired).catch(() => {}); // the next one that waits removes them
    }
    this.#isLooking = false;
  }
}
