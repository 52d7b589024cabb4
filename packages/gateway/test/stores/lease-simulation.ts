/**
 * Gateways over one database in simulated time: messages are lost, late and doubled, links are cut, processes stand still between a check
 * and what follows it, machines are suspended, clocks run fast and slow and are set. The gateways run the state machine of the product; the
 * database does what the statements in `lease-statements.ts` do, each in one step, because PostgreSQL runs them in transactions.
 */
import {
  type Committed,
  type Instant,
  Lease,
  type LeaseTerms,
  type OtherGateways,
  stateOfOthers,
} from "../../src/stores/postgres/lease.ts";

export interface Scenario {
  readonly seed: number;
  readonly gateways: number;
  /** How much clocks really go wrong: 0.01 is one percent. */
  readonly clockError: number;
  /** Whether machines are suspended. Their wall clocks are then set forward only, as after a suspension. */
  readonly suspends: boolean;
  /** Nothing goes wrong, but the first gateway ends after ten seconds without a word. */
  readonly isCalm?: boolean;
  /** Takes one safeguard away, to show that the simulation would find it missing. */
  readonly without?: "counting from before the request" | "refusal of the unconfirmed" | "wall clock" | "waiting";
}

export interface Outcome {
  readonly decisions: number;
  readonly fromMemory: number;
  readonly refused: number;
  /** Decisions by less than what was acknowledged when their request came. */
  readonly violations: number;
  /** True milliseconds from the answers to commits to their acknowledgements. */
  readonly waits: readonly number[];
}

const terms: LeaseTerms = { length: 5000, drift: 0.01 };
const poll = 1000;
const end = 60_000;

export function simulate(scenario: Scenario): Outcome {
  const world = new World(scenario);
  const database = new DatabaseModel(scenario.without !== "refusal of the unconfirmed");
  const gateways = Array.from({ length: scenario.gateways }, (_, id) => new Gateway(id, world, database, scenario));
  database.subscribers = gateways;
  for (const gateway of gateways) gateway.start();
  world.run();
  return world.outcome;
}

class World {
  readonly outcome = { decisions: 0, fromMemory: 0, refused: 0, violations: 0, waits: new Array<number>() };
  readonly #isCalm: boolean;
  acknowledged = 0;
  time = 0;
  #state: number;
  readonly #events: { readonly at: number; readonly run: () => void }[] = [];

  constructor({ seed, isCalm = false }: Scenario) {
    this.#state = seed | 0;
    this.#isCalm = isCalm;
  }

  /** mulberry32, from 0 up to 1. */
  random(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  goesWrong(probability: number): boolean {
    return !this.#isCalm && this.random() < probability;
  }

  /** Milliseconds that a message takes. */
  delay(): number {
    return this.goesWrong(0.1) ? this.random() * 7000 : this.random() * 20;
  }

  after(delay: number, run: () => void): void {
    const at = this.time + delay;
    const place = this.#events.findLastIndex((event) => event.at <= at) + 1;
    this.#events.splice(place, 0, { at, run });
  }

  run(): void {
    for (let event = this.#events.shift(); event !== undefined && event.at < end; event = this.#events.shift()) {
      this.time = event.at;
      event.run();
    }
  }
}

class DatabaseModel {
  revision = 0;
  subscribers: readonly Gateway[] = [];
  readonly #rows = new Map<number, number>();
  readonly #refusesUnconfirmed: boolean;

  constructor(refusesUnconfirmed: boolean) {
    this.#refusesUnconfirmed = refusesUnconfirmed;
  }

  renew(id: number, confirms: number | undefined): { readonly revision: number; readonly isGranted: boolean } {
    const isGranted = confirms !== undefined && (confirms === this.revision || !this.#refusesUnconfirmed);
    if (isGranted) this.#rows.set(id, confirms);
    return { revision: this.revision, isGranted };
  }

  write(): number {
    this.revision += 1;
    for (const gateway of this.subscribers) gateway.notify(this.revision);
    return this.revision;
  }

  others(id: number): OtherGateways | undefined {
    const confirmed = [...this.#rows].filter(([other]) => other !== id).map(([, revision]) => revision);
    return confirmed.length === 0 ? undefined : { lowestConfirmed: Math.min(...confirmed), leaseLength: terms.length };
  }

  remove(confirmedBefore: number): void {
    for (const [id, confirmed] of this.#rows) if (confirmed < confirmedBefore) this.#rows.delete(id);
  }
}

class Gateway {
  readonly #id: number;
  readonly #world: World;
  readonly #database: DatabaseModel;
  readonly #scenario: Scenario;
  readonly #lease = new Lease(terms);
  readonly #rate: number;
  #kept: { readonly changes: number; readonly revision: number } | undefined;
  #isCut = false;
  #pausedUntil = 0;
  #suspended = 0;
  #wallShift = 0;
  #renewing = 0;

  constructor(id: number, world: World, database: DatabaseModel, scenario: Scenario) {
    [this.#id, this.#world, this.#database, this.#scenario] = [id, world, database, scenario];
    this.#rate = 1 + (world.random() * 2 - 1) * scenario.clockError;
  }

  start(): void {
    this.#renew();
    this.#every(
      () => poll / this.#rate,
      () => this.#renew(),
    );
    this.#every(
      () => 40 + this.#world.random() * 300,
      () => this.#decide(),
    );
    this.#every(
      () => 200 + this.#world.random() * 6000,
      () => this.#write(),
    );
    if (this.#scenario.isCalm !== true) this.#trouble();
    else if (this.#id === 0) this.#world.after(10_000, () => this.#die());
  }

  #die(): void {
    this.#isCut = true;
    this.#pausedUntil = Infinity;
  }

  notify(revision: number): void {
    this.#message(() => {
      this.#lease.learn(revision);
      this.#renew();
    });
  }

  #now(): Instant {
    const { time } = this.#world;
    const monotonic = (time - this.#suspended) * this.#rate;
    return { monotonic, wall: this.#scenario.without === "wall clock" ? 0 : time + this.#wallShift };
  }

  /** The process runs nothing while it is paused. What takes longer than it should is a pause too. */
  #step(run: () => void, delay = 0): void {
    this.#world.after(delay + (this.#world.goesWrong(0.02) ? this.#world.random() * 8000 : 0), () => {
      const rest = this.#pausedUntil - this.#world.time;
      if (rest === Infinity) return;
      if (rest > 0) this.#step(run, rest);
      else run();
    });
  }

  #every(delay: () => number, run: () => void): void {
    this.#world.after(delay(), () => {
      this.#step(run);
      this.#every(delay, run);
    });
  }

  /** To the database or from it: what `run` does at the other end comes late, twice or never. */
  #message(run: () => void): void {
    const times = this.#world.goesWrong(0.05) ? 2 : 1;
    for (let time = 0; time < times; time += 1) if (!this.#isLost()) this.#step(run, this.#world.delay());
  }

  #isLost(): boolean {
    return this.#isCut || this.#world.goesWrong(0.05);
  }

  /** The database does not pause with this gateway. */
  #ask<T>(work: () => T, answered: (answer: T) => void): void {
    if (this.#isLost()) return;
    this.#world.after(this.#world.delay(), () => {
      const answer = work();
      this.#message(() => answered(answer));
    });
  }

  #renew(): void {
    if (this.#world.time - this.#renewing < 5) return;
    this.#renewing = this.#world.time;
    const renewal = this.#lease.renewal(this.#now());
    this.#ask(
      () => this.#database.renew(this.#id, renewal.confirms),
      (answer) => {
        const late = this.#scenario.without === "counting from before the request";
        const again = this.#lease.answer(late ? { ...renewal, sentAt: this.#now() } : renewal, answer);
        if (again) this.#step(() => this.#renew(), 5);
      },
    );
  }

  /** As `createDirectoryCache` does it: what is kept is used when nothing has changed, else the revision is read before and after. */
  #decide(): void {
    const acknowledged = this.#world.acknowledged;
    const decideBy = (revision: number): void => {
      this.#world.outcome.decisions += 1;
      if (revision < acknowledged) this.#world.outcome.violations += 1;
    };
    this.#step(() => {
      const changes = this.#lease.changes(this.#now());
      const kept = this.#kept;
      if (kept?.changes === changes) {
        this.#world.outcome.fromMemory += 1;
        this.#step(() => decideBy(kept.revision));
        return;
      }
      this.#world.outcome.refused += 1;
      this.#ask(
        () => this.#database.revision,
        (revision) => {
          this.#world.outcome.refused -= 1;
          this.#kept = { changes, revision };
          this.#step(() => decideBy(revision));
        },
      );
    });
  }

  #write(): void {
    this.#ask(
      () => this.#database.write(),
      (revision) => {
        this.#lease.learn(revision);
        this.#awaitOthers({ revision, at: this.#now().monotonic });
      },
    );
  }

  #awaitOthers(committed: Committed): void {
    const since = this.#world.time;
    const acknowledge = (): void => {
      this.#world.acknowledged = Math.max(this.#world.acknowledged, committed.revision);
      this.#world.outcome.waits.push(this.#world.time - since);
    };
    if (this.#scenario.without === "waiting") return acknowledge();
    let isDone = false;
    const look = (): void => {
      if (isDone) return;
      this.#ask(
        () => this.#database.others(this.#id),
        (others) => {
          const state = stateOfOthers(committed, others, this.#now().monotonic, terms.drift);
          if (isDone || state === "waiting") return;
          isDone = true;
          if (state === "expired")
            this.#ask(
              () => this.#database.remove(committed.revision),
              () => {},
            );
          acknowledge();
        },
      );
      this.#step(look, 50);
    };
    look();
  }

  /** What goes wrong with this gateway, from time to time. */
  #trouble(): void {
    const random = (): number => this.#world.random();
    this.#world.after(random() * 15_000, () => {
      const length = random() * 12_000;
      const kind = Math.floor(random() * 4);
      if (kind === 0) {
        this.#isCut = true;
        this.#world.after(length, () => {
          this.#isCut = false;
        });
      }
      if (kind === 1) this.#pausedUntil = this.#world.time + length;
      if (kind === 2) this.#wallShift += (random() * 2 - (this.#scenario.suspends ? 0 : 1)) * 10_000;
      if (kind === 3 && this.#scenario.suspends) {
        this.#pausedUntil = this.#world.time + length;
        this.#world.after(length, () => {
          this.#suspended += length;
        });
      }
      this.#trouble();
    });
  }
}
