import { isVisible } from "../../../domain/buckets/bucket-lifecycle.ts";
import { readInTurns } from "../../../domain/listing/list-entries.ts";
import { pairOf } from "../../../ports/acl.ts";
import type {
  BucketPage,
  BucketQuery,
  BucketRecord,
  BucketRegistry,
  ListedBucket,
  UnsettledBuckets,
} from "../../../ports/bucket-registry.ts";
import type { LifecycleBuckets } from "../../../ports/lifecycle.ts";
import { after, greater, prefixRange } from "../byte-range.ts";
import type { Weight } from "../../../cache/bounded-cache.ts";
import { createDirectoryCache, type DirectoryCache } from "../identity/directory-cache.ts";
import { watchRevision } from "../revision-watch.ts";
import type { BucketDatabase } from "./bucket-procedures.ts";
import {
  type SubResource,
  accountBlock,
  bucketById,
  bucketByName,
  bucketsOfOwner,
  bucketsWithLifecycle,
  localOwners,
  unsettledBuckets,
  upstreamCounts,
} from "./bucket-rows.ts";

/** Buckets with their documents, bytes. */
const maxWeight = 32 * 1024 * 1024;
const emptyBucket = 2000;

export type BucketCache = DirectoryCache<BucketRecord>;

/** For all registries over one database. */
export function createBucketCache({ reader }: BucketDatabase): BucketCache {
  return createDirectoryCache<BucketRecord>("buckets", watchRevision(reader, "buckets"), weightOfBucket, maxWeight);
}

function weightOfBucket({
  policy = "",
  website = "",
  cors = "",
  lifecycle = "",
  notification = "",
  tags,
  acl = [],
}: BucketRecord): Weight {
  // Of a website, a lifecycle and notifications both the text and what was read of it are kept.
  const texts = policy.length + 2 * website.length + cors.length + 4 * (lifecycle.length + notification.length);
  return { own: emptyBucket + 2 * texts + 500 * (tags.length + acl.length) };
}

/** The registry in directory.db, opened with `bucketMigrations` and `bucketProcedures` among its own. */
export function bucketRegistry(
  database: BucketDatabase,
  known: BucketCache = createBucketCache(database),
): BucketRegistry & UnsettledBuckets {
  const setDocument = (id: string, name: SubResource, document: string | undefined): Promise<void> =>
    database.write("setBucketDocument", { id, name, document });
  return {
    find: async (name) => {
      const bucket = await known.of(name, () => bucketByName(database.reader, Buffer.from(name, "utf8")));
      return bucket !== undefined && isVisible(bucket.state) ? bucket : undefined;
    },
    findAny: async (name) => bucketByName(database.reader, Buffer.from(name, "utf8")),
    list: (_grant, owner, query) => listBuckets(database, owner, query),
    create: (_grant, bucket) => database.write("createBucket", bucket),
    move: (_grant, id, from, to) => database.write("moveBucket", { id, from, to }),
    remove: async (_grant, id) => {
      await database.write("removeBucket", { id, from: "deleting" satisfies BucketRecord["state"] });
    },
    giveUp: async (_grant, id) => {
      await database.write("removeBucket", { id, from: "creating" satisfies BucketRecord["state"] });
    },
    unsettled: async () => unsettledBuckets(database.reader),
    localOwners: () => localOwners(database.reader),
    upstreams: () => upstreamCounts(database.reader),
    async settle(id, from, to) {
      if (to === "removed") await database.write("removeBucket", { id, from });
      else await database.write("moveBucket", { id, from, to });
    },
    setPolicy: (_grant, id, policy) => setDocument(id, "policy", policy),
    setVersioning: (_grant, id, versioning) => database.write("setBucketVersioning", { id, versioning }),
    setPublicAccessBlock: (_grant, id, block) =>
      setDocument(id, "publicAccessBlock", block === undefined ? undefined : JSON.stringify(block)),
    accountPublicAccessBlock: async (_grant, accountId) => accountBlock(database.reader, accountId),
    setAccountPublicAccessBlock: (_grant, accountId, block) =>
      database.write("setAccountBlock", { accountId, document: block && JSON.stringify(block) }),
    setWebsite: (_grant, id, website) => setDocument(id, "website", website),
    setCors: (_grant, id, cors) => setDocument(id, "cors", cors),
    setTags: (_grant, id, tags) => setDocument(id, "tagging", tags.length === 0 ? undefined : JSON.stringify(tags)),
    setOwnership: (_grant, id, ownership) => setDocument(id, "ownershipControls", ownership),
    setAcl: (_grant, id, acl) => setDocument(id, "acl", acl && JSON.stringify(acl.map(pairOf))),
    setNotification: (_grant, id, notification) => setDocument(id, "notification", notification),
    setAbac: (_grant, id, enabled) => setDocument(id, "abac", enabled ? "Enabled" : undefined),
    setRequesterPays: (_grant, id, requesterPays) =>
      setDocument(id, "requesterPays", requesterPays ? "Requester" : undefined),
    setEncryption: (_grant, id, encryption) =>
      setDocument(id, "encryption", encryption === undefined ? undefined : JSON.stringify(encryption)),
    setLogging: (_grant, id, logging) => setDocument(id, "logging", logging && JSON.stringify(logging)),
    setObjectLock: (_grant, id, objectLock) =>
      database.write("setSettledDocument", { id, name: "objectLock", document: JSON.stringify(objectLock) }),
    setLifecycle: (_grant, id, lifecycle) =>
      database.write("setSettledDocument", { id, name: "lifecycle", document: lifecycle }),
  };
}

export function lifecycleBuckets({ reader }: BucketDatabase, { find }: Pick<BucketRegistry, "find">): LifecycleBuckets {
  const watch = watchRevision(reader, "buckets");
  return {
    find,
    revision: async () => (watch.isCurrent() && watch.revision !== undefined ? watch.revision : watch.read()),
    withLifecycle: (after, limit) => bucketsWithLifecycle(reader, after, limit),
    read: (id) => bucketById(reader, id),
  };
}

/** A marker is the name of the last bucket. */
async function listBuckets(
  { reader }: BucketDatabase,
  owner: string,
  { prefix, after: marker, limit, turn }: BucketQuery,
): Promise<BucketPage> {
  const range = prefixRange(Buffer.from(prefix, "utf8"));
  const { items, truncated } = await readInTurns(limit, turn, async (last: ListedBucket | undefined, size) => {
    const name = last?.name ?? marker;
    const from = name === undefined ? range.from : greater(range.from, after(Buffer.from(name, "utf8")));
    return await bucketsOfOwner(reader, owner, { from, to: range.to }, size);
  });
  return { buckets: items, next: truncated ? items.at(-1)?.name : undefined };
}
