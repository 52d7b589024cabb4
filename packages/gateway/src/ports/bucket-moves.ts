import type { BucketRecord } from "./bucket-registry.ts";
import type { Grant } from "./grant.ts";

/** What a copy in another place may be without, when the operator agrees. */
export const moveLosses = ["times", "version-ids", "uploads", "acls", "encryption", "etags", "checksums"] as const;
export type MoveLoss = (typeof moveLosses)[number];

/**
 * `copying`: the bucket is read and written where it was, and what is written is noted. `closing`: it is read there, and writes are refused
 * until what was noted is copied too. `moved`: it is in its new place, and the old one is kept. `ended`: the operator wants it no longer, and the copies are to go.
 */
export type MovePhase = "copying" | "closing" | "moved" | "ended";

/** A bucket on its way to another place. */
export interface BucketMove {
  readonly bucketId: string;
  readonly from: string;
  readonly to: string;
  readonly phase: MovePhase;
  readonly accepted: readonly MoveLoss[];
  /** What is left in the old place goes when the bucket is moved. */
  readonly removesSource: boolean;
  /** ms since the epoch. */
  readonly startedAt: number;
  /** Copied so far, by the run that is under way. */
  readonly objects: number;
  readonly bytes: number;
  /** Why the last run failed, for the operator; the next one begins again. */
  readonly problem: string | undefined;
}

export type NewMove = Pick<BucketMove, "bucketId" | "from" | "to" | "accepted" | "removesSource" | "startedAt">;

/** The key of an object that was written during a move. */
export interface NotedKey {
  readonly number: number;
  readonly key: string;
}

/** What writers ask. `noted`: what they write has to be noted. `closed`: nothing may be written there now, or any more. */
export type PlaceState = "open" | "noted" | "closed";

/** For those who write objects, in every process. */
export interface MovingPlaces {
  /** INVARIANT: not older than the last acknowledged change of any move. */
  stateOf(place: string): Promise<PlaceState>;
  noteKey(place: string, key: string): Promise<void>;
}

export interface BucketMoves {
  find(bucketId: string): Promise<BucketMove | undefined>;
  /** Does nothing, and gives the one there is, when the bucket has a move or is not where `from` says. */
  start(grant: Grant, move: NewMove): Promise<BucketMove | undefined>;
  /** Of a move that is there: what the operator agrees to now. */
  agree(grant: Grant, bucketId: string, agreed: Pick<BucketMove, "accepted" | "removesSource">): Promise<void>;
  /** Of one that has not moved the bucket; false for others. */
  end(grant: Grant, bucketId: string): Promise<boolean>;
  /** Nothing is known of it any more, nor of the place that the bucket is not in. */
  forget(grant: Grant, bucketId: string): Promise<void>;
}

/** For the job that moves buckets. */
export interface MoveRuns {
  all(): Promise<readonly (BucketMove & { readonly bucket: Pick<BucketRecord, "name" | "owner" | "versioning"> })[]>;
  setPhase(grant: Grant, bucketId: string, phase: "copying" | "closing"): Promise<void>;
  report(grant: Grant, bucketId: string, run: Pick<BucketMove, "objects" | "bytes" | "problem">): Promise<void>;
  /** In the order in which they were noted, from after a number. */
  notedAfter(bucketId: string, number: number, limit: number): Promise<readonly NotedKey[]>;
  /** The bucket is in its new place from now on. */
  finish(grant: Grant, bucketId: string): Promise<void>;
}
