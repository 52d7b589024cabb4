/** What is said of a failure: it is left out, or it is written, with how often it was left out since it was written last. */
type Said = "leave out" | { readonly repeated: number };

/** ms. */
const quiet = 60_000;

/**
 * A job that fails in the same way again and again, as all do while the database is away, is in the log once a minute: two stacks a second
 * would push everything else out of it. The metrics count each failure.
 */
export class JobFailures {
  /** By job. */
  readonly #last = new Map<string, { readonly reason: string; readonly since: number; repeated: number }>();

  /** `now`: ms since 1970. */
  failed(job: string, reason: string, now: number): Said {
    const last = this.#last.get(job);
    if (last?.reason === reason && now >= last.since && now < last.since + quiet) {
      last.repeated += 1;
      return "leave out";
    }
    this.#last.set(job, { reason, since: now, repeated: 0 });
    return { repeated: last?.repeated ?? 0 };
  }
}
