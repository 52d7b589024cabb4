import { isVisible } from "../../../domain/buckets/bucket-lifecycle.ts";
import type { BucketPage, BucketRecord, BucketRegistry, UnsettledBuckets } from "../../../ports/bucket-registry.ts";
import { after, greater, prefixRange } from "../byte-range.ts";
import type { BucketDatabase } from "./bucket-procedures.ts";
import { type SubResource, bucketByName, bucketsOfOwner, unsettledBuckets } from "./bucket-rows.ts";

/** The registry in directory.db, opened with `bucketMigrations` and `bucketProcedures` among its own. */
export function sqliteBucketRegistry(database: BucketDatabase): BucketRegistry & UnsettledBuckets {
  const setDocument = (id: string, name: SubResource, document: string | undefined): Promise<void> =>
    database.write("setBucketDocument", { id, name, document });
  return {
    find: async (name) => {
      const bucket = bucketByName(database.reader, Buffer.from(name, "utf8"));
      return bucket !== undefined && isVisible(bucket.state) ? bucket : undefined;
    },
    list: async (_grant, owner, page) => listBuckets(database, owner, page),
    create: (_grant, bucket) => database.write("createBucket", bucket),
    move: (_grant, id, from, to) => database.write("moveBucket", { id, from, to }),
    remove: async (_grant, id) => {
      await database.write("removeBucket", { id, from: "deleting" satisfies BucketRecord["state"] });
    },
    unsettled: async () => unsettledBuckets(database.reader),
    async settle(id, from, to) {
      if (to === "removed") await database.write("removeBucket", { id, from });
      else await database.write("moveBucket", { id, from, to });
    },
    setPolicy: (_grant, id, policy) => setDocument(id, "policy", policy),
    setVersioning: (_grant, id, versioning) => database.write("setBucketVersioning", { id, versioning }),
    setPublicAccessBlock: (_grant, id, block) =>
      setDocument(id, "publicAccessBlock", block === undefined ? undefined : JSON.stringify(block)),
    setWebsite: (_grant, id, website) => setDocument(id, "website", website),
    setCors: (_grant, id, cors) => setDocument(id, "cors", cors),
  };
}

function listBuckets(
  database: BucketDatabase,
  owner: string,
  page: { readonly prefix: string; readonly after: string | undefined; readonly limit: number },
): BucketPage {
  const range = prefixRange(Buffer.from(page.prefix, "utf8"));
  const from = page.after === undefined ? range.from : greater(range.from, after(Buffer.from(page.after, "utf8")));
  const found = bucketsOfOwner(database.reader, owner, { from, to: range.to }, page.limit + 1);
  const buckets = found.slice(0, page.limit);
  return { buckets, next: found.length > page.limit ? buckets.at(-1)?.name : undefined };
}
