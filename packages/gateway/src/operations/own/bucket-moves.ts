import { upstreamPlace } from "../../ports/bucket-homes.ts";
import { type BucketMove, moveLosses, type MoveLoss } from "../../ports/bucket-moves.ts";
import type { BucketRecord } from "../../ports/bucket-registry.ts";
import type { Grant } from "../../ports/grant.ts";
import type { Ports } from "../../ports/ports.ts";
import { jsonBoolean, jsonDefault, jsonList, jsonOneOf, jsonText } from "../json/json-fields.ts";
import type { JsonResult } from "../json/json-value.ts";
import { isRefusal, type OperationContext, type Refusal, refuse } from "../operation.ts";
import { bucketName, invalid, upstreamBucket } from "./adopted-buckets.ts";
import { defineOwn } from "./define-own.ts";
import { refuseOthers } from "./keyring.ts";

const local = "local";
const place = jsonText({ pattern: /^[a-z0-9][a-z0-9-]*$/, shown: "[a-z0-9][a-z0-9-]*", min: 1, max: 32 });

const phases = { copying: "Copying", closing: "Closing", moved: "Moved", ended: "Ending" } as const;

const shownPlace = (where: string): string => (upstreamPlace(where) === undefined ? local : where);

function shown(bucket: BucketRecord, move: BucketMove | undefined): JsonResult {
  const now = { BucketName: bucket.name, Place: shownPlace(bucket.place) };
  if (move === undefined) return { ...now, Phase: "None" };
  return {
    ...now,
    From: shownPlace(move.from),
    To: shownPlace(move.to),
    Phase: phases[move.phase],
    Objects: move.objects,
    Bytes: move.bytes,
    RemovesSource: move.removesSource,
    ...(move.problem === undefined ? {} : { Problem: move.problem }),
  };
}

async function bucketOf(name: string, context: OperationContext): Promise<BucketRecord | Refusal> {
  const refused = await refuseOthers(context);
  if (refused !== undefined) return refused;
  const bucket = await context.ports.buckets.find(name);
  return bucket?.state === "active" ? bucket : refuse("ResourceNotFoundException", `There is no bucket ${name}.`);
}

/** What no copy keeps. */
function certainLosses({ versioning }: BucketRecord): readonly MoveLoss[] {
  return versioning === "off" ? ["times", "uploads"] : ["times", "version-ids", "uploads"];
}

const descriptions = {
  times: "times of last change (times)",
  "version-ids": "version ids (version-ids)",
  uploads: "uploads in progress (uploads)",
  acls: "access control lists (acls)",
  encryption: "encryption (encryption)",
  etags: "ETags (etags)",
  checksums: "checksums of parts (checksums)",
} as const satisfies Record<MoveLoss, string>;

function refuseLosses(bucket: BucketRecord, accepted: readonly MoveLoss[]): Refusal | undefined {
  const lost = certainLosses(bucket).filter((loss) => !accepted.includes(loss));
  return lost.length === 0
    ? undefined
    : invalid(
        `A copy of ${bucket.name} cannot keep: ${lost.map((loss) => descriptions[loss]).join(", ")}. If they may be lost, accept it: AcceptLosses (--accept-losses ${certainLosses(bucket).join(",")}).`,
      );
}

/** What no copy keeps and nobody may agree to lose. */
function refuseLock({ name, objectLock }: BucketRecord): Refusal | undefined {
  return objectLock === undefined
    ? undefined
    : invalid(
        `${name} has Object Lock: its versions stay where they are until their retention ends. Copy the objects into another bucket instead.`,
      );
}

/** What an engine cannot do for the bucket. */
function refuseSettings({ name, ownership, encryption, lifecycle }: BucketRecord): Refusal | undefined {
  if (lifecycle !== undefined)
    return invalid(`${name} has a lifecycle, which is not carried out on engines: remove its lifecycle first.`);
  if (ownership !== "BucketOwnerEnforced")
    return invalid(
      `${name} has access control lists, which engines do not keep: set its ownership to BucketOwnerEnforced first.`,
    );
  if (encryption?.algorithm === "aws:kms")
    return invalid(
      `New objects of ${name} are encrypted with KMS keys, which engines do not have: change its default encryption first.`,
    );
  return undefined;
}

/** An engine has no quotas of the gateway's, and one that silently ended would be missed. */
async function refuseQuota(
  grant: Grant,
  { name, place }: BucketRecord,
  { quotas }: Pick<Ports, "quotas">,
): Promise<Refusal | undefined> {
  if (upstreamPlace(place) !== undefined) return undefined;
  const limits = (await quotas?.bucketQuota(grant, place))?.limits;
  return limits?.maxBytes === undefined && limits?.maxObjects === undefined
    ? undefined
    : invalid(`${name} has a quota, which does not hold on engines: remove it first (s3-credentials quota remove).`);
}

function targetOf(
  bucket: BucketRecord,
  to: string,
  upstreamName: string | undefined,
  { ports }: OperationContext,
): string | Refusal {
  const now = upstreamPlace(bucket.place);
  if ((now?.upstream ?? local) === to) return invalid(`The bucket ${bucket.name} is on ${to} already.`);
  if (to === local)
    return upstreamName === undefined ? ports.ids.bucketId() : invalid("UpstreamBucket is for a move to an upstream.");
  const unknown = refuse("ResourceNotFoundException", `The gateway has no upstream ${to}.`);
  const refused = refuseSettings(bucket);
  if (refused !== undefined) return refused;
  if (upstreamName !== undefined) return ports.homes.placeOn(to, upstreamName) ?? unknown;
  const chosen = ports.homes.newPlaceOn(to, bucket);
  if (chosen === undefined) return unknown;
  return "place" in chosen ? chosen.place : invalid(chosen.refused);
}

/** Begins to move a bucket between the local plane and an engine, or says how far that is. Called again, what is agreed to can change. */
export const moveBucket = defineOwn({
  name: "MoveBucket",
  fields: {
    BucketName: bucketName,
    To: place,
    UpstreamBucket: upstreamBucket,
    AcceptLosses: jsonList(jsonOneOf(...moveLosses), moveLosses.length),
    RemoveSource: jsonDefault(jsonBoolean, false),
  },
  async run(grant, { BucketName, To, UpstreamBucket, AcceptLosses, RemoveSource }, context) {
    const bucket = await bucketOf(BucketName, context);
    if (isRefusal(bucket)) return bucket;
    const { moves, homes } = context.ports;
    if (!homes.movesBuckets)
      return invalid("Buckets are not moved by gateways that share a database (serve --database): copy the objects.");
    const agreed = { accepted: AcceptLosses, removesSource: RemoveSource };
    const there = await moves.find(bucket.id);
    if (there !== undefined) {
      if ((upstreamPlace(there.to)?.upstream ?? local) !== To || there.phase === "ended")
        return invalid(
          `The move of ${bucket.name} to ${shownPlace(there.to)} has not ended: see DescribeBucketMove, or end it.`,
        );
      await moves.agree(grant, bucket.id, agreed);
      return shown(bucket, { ...there, ...agreed, problem: undefined });
    }
    const to = targetOf(bucket, To, UpstreamBucket, context);
    if (isRefusal(to)) return to;
    const refused =
      refuseLock(bucket) ?? refuseLosses(bucket, AcceptLosses) ?? (await refuseQuota(grant, bucket, context.ports));
    if (refused !== undefined) return refused;
    if (await homes.isTaken(to)) return invalid(`There is something at ${to} already.`);
    const started = await moves.start(grant, {
      bucketId: bucket.id,
      from: bucket.place,
      to,
      startedAt: context.now,
      ...agreed,
    });
    if (started === undefined) return invalid(`The bucket ${bucket.name} changed meanwhile: try again.`);
    // Once more: one that is set from now on finds the move, and is refused.
    const limited = await refuseQuota(grant, bucket, context.ports);
    return limited !== undefined && (await moves.end(grant, bucket.id)) ? limited : shown(bucket, started);
  },
});

export const describeBucketMove = defineOwn({
  name: "DescribeBucketMove",
  fields: { BucketName: bucketName },
  async run(_grant, { BucketName }, context) {
    const bucket = await bucketOf(BucketName, context);
    return isRefusal(bucket) ? bucket : shown(bucket, await context.ports.moves.find(bucket.id));
  },
});

/** Before the bucket is moved: it stays where it is and the copies go. After it: an engine that it came from keeps what it has. */
export const endBucketMove = defineOwn({
  name: "EndBucketMove",
  fields: { BucketName: bucketName },
  async run(grant, { BucketName }, context) {
    const bucket = await bucketOf(BucketName, context);
    if (isRefusal(bucket)) return bucket;
    const { moves } = context.ports;
    const move = await moves.find(bucket.id);
    if (move === undefined || (await moves.end(grant, bucket.id))) return shown(bucket, await moves.find(bucket.id));
    if (upstreamPlace(move.from) === undefined)
      return invalid(
        `Nothing would reach the objects of ${bucket.name} in the data folder any more: move it again with RemoveSource, which removes them.`,
      );
    await moves.forget(grant, bucket.id);
    return shown(bucket, undefined);
  },
});
