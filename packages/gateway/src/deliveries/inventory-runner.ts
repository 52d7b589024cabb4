import { authorizeInventory } from "../authz/authorize-inventory.ts";
import { isRefusal } from "../operations/operation.ts";
import type { BucketRecord } from "../ports/bucket-registry.ts";
import type { Clock } from "../ports/clock.ts";
import type { DueInventory, InventoryRuns } from "../ports/inventory.ts";
import { AccountTurns } from "./account-turns.ts";
import { InventoryReport, type ReportParts } from "./inventory-report.ts";

interface Parts extends Pick<ReportParts, "deliverer" | "plane" | "canonicalId"> {
  readonly runs: InventoryRuns;
  /** A bucket by its id. */
  readonly read: (bucketId: string) => Promise<BucketRecord | undefined>;
  readonly clock: Clock;
  /** One line for the operator. */
  readonly warn: (line: string) => void;
}

/** How long a report is its gateway's, unless that says so again: after a kill another one begins it anew. */
const claimMs = 10 * 60 * 1000;
/** After a report that was refused, or failed. */
const againMs = 60 * 60 * 1000;
/** Accounts whose reports are made together. */
const accountsAtOnce = 8;
/** Refusals that are remembered: anybody may have any number of inventories, one after the other. */
const maxRemembered = 10_000;
/** Reports of one account before others have their turn. */
const inOneTurn = 16;

/**
 * Makes the reports that are due: one a day or a week of each inventory, and the first one soon after it was configured. That a report is
 * made is in the directory, so a restart makes none twice.
 */
export class InventoryRunner {
  readonly #parts: Parts;
  /** The code of the last refusal that the log has, by bucket and inventory. */
  readonly #refused = new Map<string, string>();
  readonly #turns = new AccountTurns(accountsAtOnce);
  #isStopping = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Reports under way are cut off, and begun anew later. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#turns.stop();
  }

  /** Begins what is due and does not wait for it. Rejects with what failed since it was called before. */
  async run(): Promise<void> {
    const { runs, clock } = this.#parts;
    const byAccount = new Map<string, DueInventory[]>();
    for (const due of this.#turns.isFull ? [] : await runs.due(clock.now(), inOneTurn))
      byAccount.set(due.accountId, [...(byAccount.get(due.accountId) ?? []), due]);
    this.#turns.begin(byAccount, (due) => this.#report(due));
    this.#turns.throwFailure();
  }

  async #report(due: DueInventory): Promise<void> {
    const { runs, clock, read, deliverer, plane, canonicalId } = this.#parts;
    const { bucketId } = due;
    const begun = clock.now();
    const claim = new Claim(runs, due);
    if (!(await claim.until(begun + claimMs))) return;
    const bucket = await read(bucketId);
    if (bucket?.state !== "active") return;
    const goesOn = async (): Promise<boolean> => {
      if (this.#isStopping) return false;
      const now = clock.now();
      return claim.ends - now > claimMs / 2 || claim.until(now + claimMs);
    };
    const parts = { deliverer, plane, canonicalId, grant: authorizeInventory(), goesOn };
    try {
      const configuration = due.read();
      const outcome = await new InventoryReport(parts, bucket, configuration, begun).make();
      if (outcome === "made") await claim.finish(begun);
      else if (outcome === "cut-off") await claim.until(0);
      else await claim.until(clock.now() + againMs);
      const code = isRefusal(outcome) ? outcome.code : undefined;
      this.#warnOnce(bucket, due, configuration.destination.bucket, code);
    } catch (error) {
      await claim.until(clock.now() + againMs);
      throw error;
    }
  }

  #warnOnce(
    { name }: BucketRecord,
    { bucketId, id }: DueInventory,
    destination: string,
    code: string | undefined,
  ): void {
    const which = `${bucketId} ${id}`;
    if (code === undefined) this.#refused.delete(which);
    else if (this.#refused.get(which) !== code) {
      if (this.#refused.size >= maxRemembered) this.#refused.clear(); // some are said once more
      this.#refused.set(which, code);
      this.#parts.warn(
        `the inventory ${id} of ${name} cannot be delivered to ${destination}: ${code}; it is tried again in an hour`,
      );
    }
  }
}

class Claim {
  readonly #runs: InventoryRuns;
  #due: DueInventory;

  constructor(runs: InventoryRuns, due: DueInventory) {
    this.#runs = runs;
    this.#due = due;
  }

  get ends(): number {
    return this.#due.claimedUntil;
  }

  /** Whether it could be had until then. */
  async until(until: number): Promise<boolean> {
    const isHad = await this.#runs.claim(this.#due, until);
    if (isHad) this.#due = { ...this.#due, claimedUntil: until };
    return isHad;
  }

  finish(begun: number): Promise<void> {
    return this.#runs.finish(this.#due, begun);
  }
}
