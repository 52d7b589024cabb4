import { canMove, canSetVersioning, isVisible } from "../src/domain/buckets/bucket-lifecycle.ts";
import { upstreamPlace } from "../src/ports/bucket-homes.ts";
import type { BucketRecord, PublicAccessBlock } from "../src/ports/bucket-registry.ts";
import { StoreError } from "../src/ports/store-error.ts";
import type { RegistryUnderTest } from "./bucket-registry-contract.ts";

/** A registry in memory. It is there to show that the port can be implemented without SQLite; nothing uses it. */
export function memoryBucketRegistry(): RegistryUnderTest {
  const buckets = new Map<string, BucketRecord>();
  const accountBlocks = new Map<string, PublicAccessBlock>();
  const change = (id: string, fields: (before: BucketRecord) => Partial<BucketRecord>): void => {
    const before = buckets.get(id);
    if (before === undefined) throw new StoreError("conflict", `the bucket ${id} is gone`);
    buckets.set(id, { ...before, ...fields(before) });
  };
  const move = (id: string, from: BucketRecord["state"], to: BucketRecord["state"]): boolean => {
    if (!canMove(from, to)) throw new StoreError("conflict", `a bucket does not go from ${from} to ${to}`);
    if (buckets.get(id)?.state !== from) return false;
    change(id, () => ({ state: to }));
    return true;
  };
  const remove = (id: string, from: BucketRecord["state"]): void => {
    if (buckets.get(id)?.state === from) buckets.delete(id);
  };
  const byName = (name: string): BucketRecord | undefined => {
    const found = [...buckets.values()].find((one) => one.name === name);
    return found === undefined ? undefined : { ...found, accountPublicAccessBlock: accountBlocks.get(found.owner) };
  };
  return {
    find: async (name) => {
      const bucket = byName(name);
      return bucket !== undefined && isVisible(bucket.state) ? bucket : undefined;
    },
    findAny: async (name) => byName(name),
    list: async (_grant, owner, { prefix, after, limit, turn }) => {
      await turn();
      const found = [...buckets.values()]
        .filter((one) => one.owner === owner && isVisible(one.state) && one.name.startsWith(prefix))
        .filter((one) => after === undefined || one.name > after)
        .toSorted((left, right) => (left.name < right.name ? -1 : 1));
      const page = found.slice(0, limit);
      const listed = page.map(({ id, name, region, createdAt }) => ({ id, name, region, createdAt }));
      return { buckets: listed, next: found.length > limit ? page.at(-1)?.name : undefined };
    },
    create: async (_grant, bucket) => {
      const existing = byName(bucket.name) ?? [...buckets.values()].find((one) => one.place === bucket.place);
      if (existing !== undefined) return { exists: existing };
      const none = {
        policy: undefined,
        publicAccessBlock: undefined,
        accountPublicAccessBlock: accountBlocks.get(bucket.owner),
        website: undefined,
        cors: undefined,
        tags: [],
        abac: false,
        requesterPays: false,
        encryption: undefined,
        ownership: "BucketOwnerEnforced",
        acl: undefined,
        objectLock: undefined,
        lifecycle: undefined,
        notification: undefined,
        logging: undefined,
      } as const;
      const made: BucketRecord = { ...bucket, state: "creating", versioning: "off", ...none };
      buckets.set(bucket.id, made);
      return { made };
    },
    move: async (_grant, id, from, to) => move(id, from, to),
    remove: async (_grant, id) => remove(id, "deleting"),
    giveUp: async (_grant, id) => remove(id, "creating"),
    unsettled: async () =>
      [...buckets.values()].flatMap(({ id, place, state }) => (state === "active" ? [] : [{ id, place, state }])),
    localOwners: async () =>
      [...buckets.values()].flatMap(({ place, owner }) =>
        upstreamPlace(place) === undefined ? [{ place, owner }] : [],
      ),
    upstreams: async () => {
      const counts = new Map<string, number>();
      for (const { place } of buckets.values()) {
        const { upstream } = upstreamPlace(place) ?? {};
        if (upstream !== undefined) counts.set(upstream, (counts.get(upstream) ?? 0) + 1);
      }
      return counts;
    },
    settle: async (id, from, to) => {
      if (to === "removed") remove(id, from);
      else move(id, from, to);
    },
    setVersioning: async (_grant, id, versioning) =>
      change(id, ({ versioning: from, objectLock }) => {
        if (!canSetVersioning(from, versioning) || (objectLock !== undefined && versioning !== "enabled"))
          throw new StoreError("conflict", `no way to ${versioning}`);
        return { versioning };
      }),
    setPolicy: async (_grant, id, policy) => change(id, () => ({ policy })),
    setPublicAccessBlock: async (_grant, id, publicAccessBlock) => change(id, () => ({ publicAccessBlock })),
    accountPublicAccessBlock: async (_grant, accountId) => accountBlocks.get(accountId),
    setAccountPublicAccessBlock: async (_grant, accountId, block) => {
      if (block === undefined) accountBlocks.delete(accountId);
      else accountBlocks.set(accountId, block);
    },
    setWebsite: async (_grant, id, website) => change(id, () => ({ website })),
    setCors: async (_grant, id, cors) => change(id, () => ({ cors })),
    setTags: async (_grant, id, tags) => change(id, () => ({ tags })),
    setOwnership: async (_grant, id, ownership) => change(id, () => ({ ownership })),
    setAcl: async (_grant, id, acl) => change(id, () => ({ acl })),
    setAbac: async (_grant, id, abac) => change(id, () => ({ abac })),
    setRequesterPays: async (_grant, id, requesterPays) => change(id, () => ({ requesterPays })),
    setEncryption: async (_grant, id, encryption) => change(id, () => ({ encryption })),
    setLogging: async (_grant, id, logging) => change(id, () => ({ logging })),
    setLifecycle: async (_grant, id, lifecycle) => change(id, () => ({ lifecycle })),
    setNotification: async (_grant, id, notification) => change(id, () => ({ notification })),
    setObjectLock: async (_grant, id, objectLock) =>
      change(id, ({ versioning }) => {
        if (versioning !== "enabled") throw new StoreError("conflict", "no versioning");
        return { objectLock };
      }),
  };
}
