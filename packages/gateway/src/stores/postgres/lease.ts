/**
 * When a gateway may use what it has kept in memory, and when a change may be acknowledged, so that after a revocation was acknowledged no
 * gateway decides by what was before. No I/O and no clock: the property test beside it runs the very same code against lost and late
 * messages, paused processes and clocks that go wrong. The argument is in docs/design/many-gateways.md.
 */

/** Milliseconds on the two clocks of one machine. */
export interface Instant {
  /** Only grows. On Linux it stands still while the machine is suspended. */
  readonly monotonic: number;
  /** May be set. It goes on while the machine is suspended, so it may end a lease early and never makes one longer. */
  readonly wall: number;
}

export interface LeaseTerms {
  /** Milliseconds. */
  readonly length: number;
  /** How much faster or slower than true time a machine's monotonic clock may go: 0.01 is one percent. */
  readonly drift: number;
}

/** Asks the database for a lease. It gives one if `confirms` is the revision of this moment. */
export interface Renewal {
  /** Everything that this gateway decides from now on is by this revision or a later one. Undefined: it knows none yet. */
  readonly confirms: number | undefined;
  /** Taken before the request was sent. */
  readonly sentAt: Instant;
}

export interface RenewalAnswer {
  /** Of the database, in the transaction that answered. */
  readonly revision: number;
  readonly isGranted: boolean;
}

const never: Instant = { monotonic: -Infinity, wall: -Infinity };

/** A gateway's right to use what it has kept, as that gateway knows it. */
export class Lease {
  readonly #terms: LeaseTerms;
  #known: number | undefined;
  #changes = 0;
  #until = never;
  #isEnded = false;

  constructor(terms: LeaseTerms) {
    this.#terms = terms;
  }

  isValid(now: Instant): boolean {
    return now.monotonic < this.#until.monotonic && now.wall < this.#until.wall;
  }

  /** Milliseconds; 0 without a lease. */
  remaining({ monotonic, wall }: Instant): number {
    return Math.max(0, Math.min(this.#until.monotonic - monotonic, this.#until.wall - wall));
  }

  /**
   * Another number than before when what was kept may be old. Without a lease it moves with every call, so that the database is asked for
   * its revision before anything that was kept is used.
   */
  changes(now: Instant): number {
    if (!this.isValid(now)) this.#changes += 1;
    return this.#changes;
  }

  /** A revision that is committed: from a notification, or by a write of this gateway. True: it is news. */
  learn(revision: number): boolean {
    const isNews = this.#known === undefined || revision > this.#known;
    if (isNews) this.#move(revision);
    return isNews;
  }

  renewal(now: Instant): Renewal {
    return { confirms: this.#known, sentAt: now };
  }

  /** True: this gateway has to ask again at once, because the revision had moved. */
  answer(renewal: Renewal, { revision, isGranted }: RenewalAnswer): boolean {
    // Asked with what is known and answered with less: the database was restored from a copy.
    if (renewal.confirms === this.#known && revision !== this.#known) this.#move(revision);
    else this.learn(revision);
    if (isGranted) this.#extend(renewal.sentAt);
    return renewal.confirms !== this.#known;
  }

  /** For good, before its row is removed. INVARIANT: an answer that is still under way grants nothing any more. */
  end(): void {
    this.#isEnded = true;
    this.#until = never;
  }

  #move(revision: number): void {
    this.#known = revision;
    this.#changes += 1;
  }

  /** INVARIANT: counted from before the request was sent, which is before the database granted anything. */
  #extend({ monotonic, wall }: Instant): void {
    if (this.#isEnded) return;
    const held = this.#terms.length * (1 - this.#terms.drift);
    if (monotonic + held > this.#until.monotonic) this.#until = { monotonic: monotonic + held, wall: wall + held };
  }
}

/** A change of rights that is committed and not acknowledged yet. */
export interface Committed {
  readonly revision: number;
  /** Monotonic milliseconds, taken when the database had answered the commit. */
  readonly at: number;
}

/** What the other gateways' rows said after the commit. Undefined: there are none. */
export interface OtherGateways {
  readonly lowestConfirmed: number;
  /** Milliseconds: the longest lease among them. */
  readonly leaseLength: number;
}

/**
 * Whether any other gateway can still decide by what was before: none because all `confirmed` the change, none because those who did not
 * have no lease any more (`expired`; their rows can go), or perhaps one (`waiting`).
 * INVARIANT: who has not confirmed a revision gets no lease after its commit, so all of those end within one length of true time. It is
 * measured by this gateway alone: the database's clock, which may be set and is another one after a failover, has no part in it.
 */
export function stateOfOthers(
  committed: Committed,
  others: OtherGateways | undefined,
  now: number,
  drift: number,
): "confirmed" | "expired" | "waiting" {
  if (others === undefined || others.lowestConfirmed >= committed.revision) return "confirmed";
  return now - committed.at >= others.leaseLength * (1 + drift) ? "expired" : "waiting";
}
