import { authorizeBucketMove } from "../authz/authorize-bucket-move.ts";
import { CannotMove, ObjectMover } from "../data-planes/move-objects.ts";
import type { BucketMoves, MoveRuns } from "../ports/bucket-moves.ts";
import type { Clock } from "../ports/clock.ts";
import type { DataPlane } from "../ports/data-plane.ts";
import type { Grant } from "../ports/grant.ts";
import { StoreError } from "../ports/store-error.ts";

type Move = Awaited<ReturnType<MoveRuns["all"]>>[number];

interface Parts {
  readonly moves: BucketMoves & MoveRuns;
  /** Of both places. Its writes do not ask whether a place is open. */
  readonly plane: DataPlane;
  readonly clock: Clock;
}

const reportEveryMs = 1000;
/** After a run that failed, unless the operator agrees to something meanwhile. */
const againMs = 10_000;
/** While more keys than this were written since they were copied last, the bucket stays open for writes and they are copied again. */
const fewKeys = 50;
const maxRounds = 20;
const notedPage = 1000;

/** The operator has ended the move, or the gateway stops. */
class Stopped extends Error {}

/**
 * Moves buckets, one after the other. A run that was cut off, by kill -9 too, begins again: what is copied already is only compared.
 * Nothing is lost on the way: until the one transaction that changes the place of the bucket, the old place is what counts, and what was
 * acknowledged there after its copy was made is noted (see `movablePlaces`) and copied again while writes are refused.
 */
export class BucketMover {
  readonly #parts: Parts;
  readonly #failed = new Map<string, { readonly at: number; readonly agreed: string }>();
  #isStopping = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** The run under way ends with the object that it copies. */
  stop(): void {
    this.#isStopping = true;
  }

  async run(): Promise<void> {
    for (const move of await this.#parts.moves.all()) {
      const failed = this.#failed.get(move.bucketId);
      const waits = failed?.agreed === agreed(move) && this.#parts.clock.monotonic() - failed.at < againMs;
      if (!this.#isStopping && !waits) await this.#runOne(move);
    }
  }

  async #runOne(move: Move): Promise<void> {
    const { moves, clock } = this.#parts;
    const { bucketId } = move;
    const run = new Run(this.#parts, move, () => this.#isStopping);
    try {
      await run.run();
      this.#failed.delete(bucketId);
    } catch (error) {
      if (error instanceof Stopped) return;
      await run.reopen();
      // What the operator has to decide is asked again only when he has.
      const at = error instanceof CannotMove ? Number.POSITIVE_INFINITY : clock.monotonic();
      this.#failed.set(bucketId, { at, agreed: agreed(move) });
      const problem = error instanceof Error ? error.message : "unknown";
      await moves.report(run.grant, bucketId, { ...run.progress, problem });
      if (!(error instanceof CannotMove) && !(error instanceof StoreError)) throw error;
    }
  }
}

function agreed({ accepted, removesSource, phase, startedAt }: Move): string {
  return `${startedAt} ${phase} ${removesSource} ${accepted.join(" ")}`;
}

/** One attempt at a move. */
class Run {
  readonly grant: Grant;
  readonly progress = { objects: 0, bytes: 0 };
  readonly #parts: Parts;
  readonly #move: Move;
  readonly #mover: ObjectMover;
  readonly #isStopping: () => boolean;
  #reported = 0;
  #isEnded = false;

  constructor(parts: Parts, move: Move, isStopping: () => boolean) {
    const { owner, versioning } = move.bucket;
    this.#parts = parts;
    this.#move = move;
    this.#isStopping = isStopping;
    this.grant = authorizeBucketMove(owner);
    this.#mover = new ObjectMover({
      grant: this.grant,
      plane: parts.plane,
      from: move.from,
      to: move.to,
      versioning,
      owner,
      accepted: new Set(move.accepted),
      copied: (bytes) => this.#copied(bytes),
    });
  }

  async run(): Promise<void> {
    const { moves } = this.#parts;
    const { bucketId, from, to, phase, removesSource } = this.#move;
    if (phase === "moved" && !removesSource) return;
    if (phase === "moved" || phase === "ended") {
      await this.#mover.clear(phase === "moved" ? from : to);
      await moves.forget(this.grant, bucketId);
      return;
    }
    await this.#copy();
    await this.#finish();
  }

  /** Writes are possible again. */
  async reopen(): Promise<void> {
    const { moves } = this.#parts;
    const { bucketId } = this.#move;
    if ((await moves.find(bucketId))?.phase === "closing") await moves.setPhase(this.grant, bucketId, "copying");
  }

  async #copy(): Promise<void> {
    const { plane } = this.#parts;
    const { to, bucket } = this.#move;
    await this.reopen();
    await plane.openBucket(this.grant, to, bucket.owner);
    if (bucket.versioning !== "off") await plane.setVersioning(this.grant, to, "enabled");
    await this.#mover.copyAll();
  }

  /** Copies what was written meanwhile, while nobody writes, and changes the place of the bucket. */
  async #finish(): Promise<void> {
    const { moves, plane } = this.#parts;
    const { bucketId, to, bucket } = this.#move;
    const differing = await this.#compare();
    await moves.setPhase(this.grant, bucketId, "closing");
    const noted = await this.#notedAfter(0);
    await this.#mover.copyKeys(new Set([...noted, ...differing]));
    if (bucket.versioning === "suspended") await plane.setVersioning(this.grant, to, "suspended");
    await moves.report(this.grant, bucketId, { ...this.progress, problem: undefined });
    await moves.finish(this.grant, bucketId);
  }

  /** The keys that differ although all was copied: those that are written just now. */
  async #compare(): Promise<readonly string[]> {
    for (let round = 1; ; round += 1) {
      const differing: string[] = [];
      for await (const key of this.#mover.differences()) differing.push(key);
      if (differing.length <= fewKeys) return differing;
      if (round === maxRounds) throw new StoreError("unavailable", "the bucket changes faster than it can be copied");
      await this.#mover.copyAll();
    }
  }

  async #notedAfter(number: number): Promise<ReadonlySet<string>> {
    const { moves } = this.#parts;
    const keys = new Set<string>();
    for (let last = number; ;) {
      const page = await moves.notedAfter(this.#move.bucketId, last, notedPage);
      for (const { key } of page) keys.add(key);
      const end = page.at(-1);
      if (end === undefined) return keys;
      last = end.number;
    }
  }

  #copied(bytes: number): void {
    this.progress.objects += 1;
    this.progress.bytes += bytes;
    if (this.#isStopping() || this.#isEnded) throw new Stopped();
    const { moves, clock } = this.#parts;
    if (clock.monotonic() - this.#reported < reportEveryMs) return;
    this.#reported = clock.monotonic();
    const { bucketId } = this.#move;
    const look = async (): Promise<void> => {
      await moves.report(this.grant, bucketId, { ...this.progress, problem: undefined });
      const phase = (await moves.find(bucketId))?.phase;
      this.#isEnded = phase !== "copying" && phase !== "closing";
    };
    look().catch(() => {}); // the next one tells
  }
}
