import { type NamedProgram, printPolicy, type Program } from "@s3-credentials/policy";
import type { BucketRecord } from "../ports/bucket-registry.ts";
import type { BucketHomes } from "../ports/bucket-homes.ts";
import type { DataPlane } from "../ports/data-plane.ts";
import { Unsupported } from "../ports/store-error.ts";
import type { S3Demand } from "../operations/demand.ts";
import {
  applies,
  appliesToPlain,
  type AuthorizationInput,
  mayReadObjectTags,
  plainTarget,
  policiesOn,
} from "./prepare-s3.ts";
import { isOfObjectOwner } from "./object-owner.ts";
import { refuseImpossible } from "./possible-s3.ts";
import { copiesTags } from "./predicates.ts";
import { conditionsOnTags, isOnEngine } from "../operations/s3/engine-refusals.ts";
import { itemResource, type Seen, type SeenObjects } from "../operations/s3/s3-subject.ts";

type Refused = NonNullable<Awaited<ReturnType<typeof refuseImpossible>>>;
type SeenInput =
  | { readonly input: AuthorizationInput; readonly refused?: undefined }
  | { readonly input?: undefined; readonly refused: Refused };

const tagKey = "s3:ExistingObjectTag/";

const mentions = new WeakMap<Program, boolean>();

/** In a condition, or as a variable in a value or resource. */
function mentionsTags(program: Program | "unreadable"): boolean {
  if (program === "unreadable") return false;
  let found = mentions.get(program);
  if (found === undefined) {
    found = printPolicy(program.source).toLowerCase().includes(tagKey.toLowerCase());
    mentions.set(program, found);
  }
  return found;
}

function askForTags(policies: readonly NamedProgram[]): boolean {
  return policies.some(({ program }) => mentionsTags(program));
}

function asksForCopiedTags({ when }: S3Demand): boolean {
  return when?.startsWith("copies-tags") === true;
}

interface Wanted {
  readonly which: "object" | "source";
  /** Policies ask for its tags. */
  readonly byTags: boolean;
}

/** The objects that a demand's decision depends on: the one it is made on, and the source of a copy that gets the tags of it. */
function objectsOf(input: AuthorizationInput, demand: S3Demand): readonly Wanted[] {
  const target = plainTarget(demand, input);
  const mayCopyTags = asksForCopiedTags(demand) && copiesTags(input.facts.request.headers);
  const byAcl = target.bucket !== undefined && isOfObjectOwner(target.bucket, demand.action, input.row.demands);
  const isDecidedByIt =
    (byAcl || mayReadObjectTags(demand.action)) &&
    (mayCopyTags || appliesToPlain(input, demand)) &&
    (byAcl || askForTags(policiesOn(input, demand, target)));
  const which = demand.resource === "source-object" ? "source" : "object";
  return [
    ...(mayCopyTags ? [{ which: "source", byTags: false } as const] : []),
    ...(isDecidedByIt ? [{ which, byTags: !byAcl } as const] : []),
  ];
}

interface Objects {
  readonly objects: Pick<DataPlane, "stateOf">;
  readonly homes: Pick<BucketHomes, "keepsTags">;
}

/** Throws where tags cannot be read: a policy that asks for them would lose its Allow in silence, and its Deny would not count. */
async function needTags({ homes }: Objects, bucket: BucketRecord | undefined): Promise<void> {
  if (bucket !== undefined && !(await homes.keepsTags(bucket.place))) throw new Unsupported(conditionsOnTags);
}

/**
 * The request with the versions that its decision depends on. They are looked up only when a policy that counts asks for the tags of an
 * object, when its ACL counts, or when the demands depend on them, and once: what was seen here is what the operation reads or changes.
 * Or a refusal, of callers for whom nothing is looked up.
 */
export async function withSeenObjects(input: AuthorizationInput, ports: Objects): Promise<SeenInput> {
  const { objects } = ports;
  const wanted = new Set<Wanted["which"]>();
  const tagged = new Set<BucketRecord | undefined>();
  for (const demand of input.row.demands) {
    if (demand.resource !== "object" && demand.resource !== "source-object") continue;
    for (const { which, byTags } of objectsOf(input, demand)) {
      wanted.add(which);
      if (byTags) tagged.add(which === "source" ? input.buckets.source : input.buckets.bucket);
    }
  }
  const items = itemsToSee(input);
  if (wanted.size === 0 && items.length === 0) return { input };
  const refused = await refuseUnseen(input);
  if (refused !== undefined) return { refused };
  // On an engine there are no ACLs, so items are looked up for their tags alone.
  for (const bucket of items.length === 0 ? tagged : [...tagged, input.buckets.bucket]) await needTags(ports, bucket);
  const { subject, buckets } = input;
  const find = async (place: string | undefined, key: string | undefined, versionId: string | undefined) =>
    place === undefined || key === undefined ? undefined : objects.stateOf(place, key, versionId);
  const { source } = subject;
  const seen = {
    ...(wanted.has("object")
      ? { object: { version: await find(buckets.bucket?.place, subject.key, subject.versionId) } }
      : {}),
    ...(wanted.has("source")
      ? { source: { version: await find(buckets.source?.place, source?.key, source?.versionId) } }
      : {}),
    ...(items.length === 0 || buckets.bucket === undefined
      ? {}
      : { items: await seenItems(input, buckets.bucket, items, objects) }),
  };
  return { input: { ...input, seen } };
}

/**
 * A look-up on an engine costs requests to it, which are not made for callers whom no Allow could concern. No object there has an ACL, so
 * that what is refused without the object is refused with it.
 */
async function refuseUnseen(input: AuthorizationInput): Promise<Refused | undefined> {
  const { bucket, source = bucket } = input.buckets;
  const isCostly = bucket !== undefined && source !== undefined && isOnEngine(bucket) && isOnEngine(source);
  return isCostly ? refuseImpossible(input) : undefined;
}

/** Less than a millisecond. A thousand items may be asked for. */
const lookUpsPerTurn = 8;

type Items = NonNullable<AuthorizationInput["subject"]["items"]>;

/** Those that have a condition on their ETag, where decisions depend on the objects. */
function itemsToSee(input: AuthorizationInput): Items {
  const { row, subject, buckets } = input;
  const { bucket } = buckets;
  const demand = row.demands.find(({ resource, action }) => resource === "item" && mayReadObjectTags(action));
  if (demand === undefined || bucket === undefined) return [];
  const read = (subject.items ?? []).filter((item) => applies(input, demand, item));
  if (read.length === 0) return [];
  const anywhere = { resource: `arn:aws:s3:::${bucket.name}/`, bucket, versionId: undefined };
  const depends =
    isOfObjectOwner(bucket, demand.action, row.demands) || askForTags(policiesOn(input, demand, anywhere));
  return depends ? read : [];
}

/** The current version of each item. */
async function seenItems(
  { time }: AuthorizationInput,
  bucket: BucketRecord,
  items: Items,
  objects: Pick<DataPlane, "stateOf">,
): Promise<NonNullable<SeenObjects["items"]>> {
  const current = new Map<string, Seen>();
  const found = new Map<string, Seen>();
  for (const item of items) {
    let seen = current.get(item.key);
    if (seen === undefined) {
      if (current.size % lookUpsPerTurn === 0) await time.turn();
      seen = { version: await objects.stateOf(bucket.place, item.key, undefined) };
      current.set(item.key, seen);
    }
    found.set(itemResource(bucket.name, item), seen);
  }
  return found;
}
