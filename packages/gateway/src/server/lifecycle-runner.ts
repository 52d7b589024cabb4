import { createHash } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import { authorizeLifecycle } from "../authz/authorize-lifecycle.ts";
import {
  abortOf,
  commonPrefixOf,
  dueRules,
  hasTags,
  lifecycleOf,
  type PlacedVersion,
} from "../domain/buckets/lifecycle-rules.ts";
import { type DueTransition, dueTransitions } from "../domain/buckets/lifecycle-transitions.ts";
import { listingPages } from "../domain/listing/listing-pages.ts";
import type { BucketRecord } from "../ports/bucket-registry.ts";
import { dayMs, type Clock } from "../ports/clock.ts";
import type { DataPlane } from "../ports/data-plane.ts";
import type { Listing, ListQuery } from "../ports/object-listing.ts";
import type { ObjectVersion, Version } from "../ports/object-version.ts";
import type { DeleteTarget } from "../ports/object-write.ts";
import type { Grant } from "../ports/grant.ts";
import type { LifecycleBuckets, LifecycleRule } from "../ports/lifecycle.ts";
import type { Notifications } from "../ports/notifications.ts";
import { StoreError } from "../ports/store-error.ts";
import { type LifecycleDeed, lifecycleEvent, lifecycleNotifications } from "../record/lifecycle-event.ts";

interface Parts {
  readonly buckets: LifecycleBuckets;
  /** Of the data folder: buckets on engines have no lifecycle here. */
  readonly plane: DataPlane;
  readonly clock: Clock;
  readonly region: string;
  /** Appends whole lines to the data events of an account. */
  readonly appendData: (accountId: string, lines: Uint8Array) => Promise<void>;
  /** Undefined: there are no targets. */
  readonly notifications?: Notifications | undefined;
}

/** A bucket that was gone through: on which day, and the hash of what it was then. */
interface Done {
  readonly day: number;
  readonly hash: string;
}

/** A look at each bucket, which takes several runs where lifecycles are large and many. */
interface Round {
  readonly day: number;
  /** Of the buckets when it began. */
  readonly revision: string;
  /** The last bucket that was looked at. */
  after: string;
  readonly done: Map<string, Done>;
  hasFailures: boolean;
}

/** Characters of lifecycles that are read in one run: somebody's many large ones make nobody else wait, and are never all in memory. */
const readAtOnce = 2 * 1024 * 1024;
/** A bucket costs as much as these, however small its lifecycle is. */
const perBucket = 2000;
const idsAtOnce = 100;

/** Of what decides what is deleted of a bucket, and how. The texts of all buckets would be too much to keep. */
function hashOf({ lifecycle = "", versioning }: BucketRecord): string {
  return createHash("sha256").update(`${versioning} ${lifecycle}`).digest("base64");
}

function isSame(before: BucketRecord, now: BucketRecord | undefined): boolean {
  return (
    now?.id === before.id &&
    now.state === before.state &&
    now.lifecycle === before.lifecycle &&
    now.versioning === before.versioning
  );
}

/** Deletions under way together share a commit; other writes come in between. */
const atOnce = 16;
/** Versions judged in one turn, which is about a millisecond with a thousand rules. */
const versionsPerTurn = 50;

/**
 * Carries out the lifecycles of buckets: each once a day, because rules take effect at midnight, and again when it was changed. A run that was
 * cut off begins anew and finds what is left. It writes as clients do, one small transaction for each object, so nobody waits for it.
 */
export class LifecycleRunner {
  readonly #parts: Parts;
  #done = new Map<string, Done>();
  #round: Round | undefined;
  /** The last round, when nothing of it has to be done again. */
  #ended: Round | undefined;
  #isStopping = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** The run under way ends with the deletions that it has begun. */
  stop(): void {
    this.#isStopping = true;
  }

  async run(): Promise<void> {
    const day = Math.floor(this.#parts.clock.now() / dayMs);
    const revision = await this.#parts.buckets.revision();
    if (this.#round === undefined && this.#ended?.day === day && this.#ended.revision === revision) return;
    const round = (this.#round ??= { day, revision, after: "", done: new Map(), hasFailures: false });
    const failures: unknown[] = [];
    if (await this.#goOn(round, failures)) {
      this.#done = round.done;
      this.#ended = round.hasFailures ? undefined : round;
      this.#round = undefined;
    }
    if (failures.length > 0) throw failures[0];
  }

  /** Whether the round is at its end. */
  async #goOn(round: Round, failures: unknown[]): Promise<boolean> {
    for (let characters = 0; characters < readAtOnce;) {
      const ids = await this.#parts.buckets.withLifecycle(round.after, idsAtOnce);
      if (ids.length === 0) return true;
      for (const id of ids) {
        try {
          characters += await this.#look(round, id);
        } catch (error) {
          round.hasFailures = true;
          failures.push(error); // the other buckets have their turn all the same
        }
        round.after = id;
        if (this.#isStopping) return false;
        if (characters >= readAtOnce) break;
        await nextTurn();
      }
    }
    return false;
  }

  /** Resolves with the characters that were read. */
  async #look({ day, done }: Round, id: string): Promise<number> {
    const bucket = await this.#parts.buckets.read(id);
    if (bucket?.lifecycle === undefined || bucket.state !== "active") return perBucket;
    const before = this.#done.get(id);
    const hash = hashOf(bucket);
    const isDone = before?.day === day && before.hash === hash;
    if (isDone || (await new Run(this.#parts, bucket, () => this.#isStopping).run())) done.set(id, { day, hash });
    return perBucket + bucket.lifecycle.length;
  }
}

/** Of one bucket. */
class Run {
  readonly #parts: Parts;
  readonly #bucket: BucketRecord;
  readonly #rules: readonly LifecycleRule[];
  readonly #grant: Grant;
  readonly #isStopping: () => boolean;
  #isOutdated = false;
  #waiting: (() => Promise<LifecycleDeed | undefined>)[] = [];

  constructor(parts: Parts, bucket: BucketRecord, isStopping: () => boolean) {
    this.#parts = parts;
    this.#bucket = bucket;
    this.#rules = lifecycleOf(bucket)?.rules ?? [];
    this.#grant = authorizeLifecycle();
    this.#isStopping = isStopping;
  }

  /** Whether it went through everything: it ends where the bucket's lifecycle or its versioning is changed. */
  async run(): Promise<boolean> {
    const { plane } = this.#parts;
    const { place } = this.#bucket;
    const now = this.#parts.clock.now();
    if (this.#rules.some(isAboutVersions)) await this.#goThroughVersions(now);
    if (this.#rules.some(({ isEnabled, abortDays }) => isEnabled && abortDays !== undefined)) {
      for await (const upload of this.#listed(
        (query) => plane.listUploads(this.#grant, place, query),
        ({ uploadId }) => uploadId,
      )) {
        if (this.#isOver()) break;
        const due = abortOf(this.#rules, upload);
        if (due !== undefined && due.at <= now) await this.#later(() => this.#abort(upload, due.ruleId));
      }
    }
    await this.#flush();
    return !this.#isOver();
  }

  #isOver(): boolean {
    return this.#isOutdated || this.#isStopping();
  }

  async #goThroughVersions(now: number): Promise<void> {
    const { plane } = this.#parts;
    const { place } = this.#bucket;
    const versions = this.#listed(
      (query) => plane.listVersions(this.#grant, place, query),
      ({ versionId }) => versionId,
    );
    let before: Version | undefined;
    let newerNoncurrent = 0;
    let judged = 0;
    for await (const [version, next] of withNext(versions)) {
      if (this.#isOver()) return;
      if (before?.key !== version.key) before = undefined;
      newerNoncurrent = before === undefined ? -1 : newerNoncurrent + 1;
      if ((judged += 1) % versionsPerTurn === 0) await nextTurn();
      const placed = {
        key: version.key,
        size: version.kind === "object" ? version.size : undefined,
        lastModified: version.lastModified,
        since: before?.lastModified,
        newerNoncurrent,
        isAlone: before === undefined && next?.key !== version.key,
      };
      const due = dueRules(this.#rules, placed, now);
      const storageClass = version.kind === "object" ? version.metadata.storageClass : undefined;
      const moves = dueTransitions(this.#rules, { ...placed, storageClass }, now);
      if (due.length + moves.length > 0) await this.#later(() => this.#carryOut(version, placed, due, moves));
      before = version;
    }
  }

  /** By the first rule whose tags the object has: what is to go gets no other class any more. */
  async #carryOut(
    version: Version,
    placed: PlacedVersion,
    due: readonly LifecycleRule[],
    moves: readonly DueTransition[],
  ): Promise<LifecycleDeed | undefined> {
    const { key, versionId } = version;
    const asked = [...due, ...moves.map(({ rule }) => rule)];
    const found =
      placed.size === undefined || asked.every(({ filter }) => filter.tags.length === 0)
        ? version
        : await this.#parts.plane.find(this.#grant, this.#bucket.place, key, versionId);
    const tags = (found?.kind === "object" ? found.metadata.tags : undefined) ?? [];
    const rule = due.find((one) => hasTags(one, tags));
    if (rule !== undefined) return this.#remove(version, placed, rule);
    const move = moves.find((one) => hasTags(one.rule, tags));
    return move === undefined || version.kind !== "object" ? undefined : this.#move(version, move);
  }

  async #move(version: ObjectVersion, { rule, storageClass }: DueTransition): Promise<LifecycleDeed | undefined> {
    const { place, versioning } = this.#bucket;
    const { key, versionId } = version;
    const changed = await this.#parts.plane.change(this.#grant, place, version, { storageClass }, false);
    if (changed.kind !== "changed") return undefined;
    const deed = { operation: "TransitionObject", bucket: this.#bucket, key, ruleId: rule.id, storageClass } as const;
    return versioning === "off" ? deed : { ...deed, versionId };
  }

  async #remove(version: Version, { since }: PlacedVersion, rule: LifecycleRule): Promise<LifecycleDeed | undefined> {
    const { plane } = this.#parts;
    const { place, versioning, owner } = this.#bucket;
    const { key, versionId } = version;
    // A current object ends as if a client deleted it without a version id.
    const isCurrentObject = since === undefined && version.kind === "object";
    const target: DeleteTarget = {
      bucketId: place,
      key,
      versioning,
      owner,
      versionId: isCurrentObject ? undefined : versionId,
      only: {
        ...(version.kind === "object" ? { content: version.content } : { markedAt: version.lastModified }),
        isCurrent: since === undefined,
      },
    };
    const deleted = await plane.delete(this.#grant, target);
    if (deleted.kind !== "deleted") return undefined; // it is locked, or another version has taken its place
    const deed = { operation: "DeleteObject", bucket: this.#bucket, key, ruleId: rule.id } as const;
    if (!isCurrentObject) return { ...deed, versionId };
    return { ...deed, marker: deleted.deleteMarker ? deleted.versionId : undefined };
  }

  async #abort(
    { key, uploadId }: { readonly key: string; readonly uploadId: string },
    ruleId: string,
  ): Promise<LifecycleDeed | undefined> {
    const aborted = await this.#parts.plane.abortUpload(this.#grant, this.#bucket.place, key, uploadId);
    return aborted ? { operation: "AbortMultipartUpload", bucket: this.#bucket, key, uploadId, ruleId } : undefined;
  }

  async #later(deed: () => Promise<LifecycleDeed | undefined>): Promise<void> {
    this.#waiting.push(deed);
    if (this.#waiting.length >= atOnce) await this.#flush();
  }

  /**
   * What is deleted is in the record before more is deleted. A walk may take hours: what its owner has changed meanwhile counts, or a rule
   * that was taken back would go on, and objects whose versions are kept from now on would be gone.
   */
  async #flush(): Promise<void> {
    const { appendData, buckets, clock, region, notifications } = this.#parts;
    const waiting = this.#waiting;
    this.#waiting = [];
    if (waiting.length === 0) return;
    this.#isOutdated = !isSame(this.#bucket, await buckets.find(this.#bucket.name));
    if (this.#isOutdated) return;
    const outcomes = await Promise.allSettled(waiting.map((deed) => deed()));
    const deeds = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? (outcome.value ?? []) : []));
    const lines = deeds.map((deed) => lifecycleEvent(deed, clock.now(), region));
    if (lines.length > 0) await appendData(this.#bucket.owner, Buffer.from(lines.join("")));
    const { events, cause } = lifecycleNotifications(deeds, clock.now());
    await notifications?.publish(this.#bucket, events, cause);
    for (const outcome of outcomes)
      if (outcome.status === "rejected" && !isConflict(outcome.reason)) throw outcome.reason;
  }

  async *#listed<Item extends { readonly key: string }>(
    list: (query: ListQuery) => Promise<Listing<Item>>,
    idOf: (item: Item) => string,
  ): AsyncGenerator<Item> {
    for await (const page of listingPages(commonPrefixOf(this.#rules), list, idOf)) yield* page;
  }
}

/** Whether the rule does anything to versions, and not to uploads alone. */
function isAboutVersions({
  isEnabled,
  expiration,
  noncurrent,
  transitions,
  noncurrentTransitions,
}: LifecycleRule): boolean {
  return isEnabled && (expiration ?? noncurrent ?? transitions ?? noncurrentTransitions) !== undefined;
}

/** Something was changed meanwhile: the next run sees it. */
function isConflict(reason: unknown): boolean {
  return reason instanceof StoreError && reason.kind === "conflict";
}

/** Each item with the one after it. */
async function* withNext<Item>(items: AsyncIterable<Item>): AsyncGenerator<readonly [Item, Item | undefined]> {
  let held: { readonly item: Item } | undefined;
  for await (const item of items) {
    if (held !== undefined) yield [held.item, item];
    held = { item };
  }
  if (held !== undefined) yield [held.item, undefined];
}
