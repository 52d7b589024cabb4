import type { BucketRecord, PublicAccessBlock } from "../../../ports/bucket-registry.ts";
import { StoreError } from "../../../ports/store-error.ts";
import type { Reader, Row } from "../connection.ts";
import { integer, oneOf, policyText, text, utf8 } from "../sql-value.ts";

/** Sub-resources kept as one document each. */
export type SubResource = "policy" | "publicAccessBlock" | "website" | "cors";

const columns = "id, name, owner, region, created_at, state, versioning";

type Bare = Omit<BucketRecord, SubResource>;

export function bucketByName(reader: Reader, name: Buffer): BucketRecord | undefined {
  return withDocuments(reader, reader.get(`SELECT ${columns} FROM buckets WHERE name = ?`, [name], bareRecord));
}

export function bucketById(reader: Reader, id: string): BucketRecord | undefined {
  return withDocuments(reader, reader.get(`SELECT ${columns} FROM buckets WHERE id = ?`, [id], bareRecord));
}

export function bucketsInState(reader: Reader, state: BucketRecord["state"]): readonly string[] {
  return reader.all("SELECT id FROM buckets WHERE state = ? ORDER BY id", [state], ([id]) => text(id));
}

/** Names in `[from, to)`, in order. */
export function bucketsOfOwner(
  reader: Reader,
  owner: string,
  range: { readonly from: Buffer; readonly to: Buffer },
  limit: number,
): readonly BucketRecord[] {
  const found = reader.all(
    `SELECT ${columns} FROM buckets
     WHERE owner = ? AND name >= ? AND name < ? AND state <> 'creating' ORDER BY name LIMIT ?`,
    [owner, range.from, range.to, limit],
    bareRecord,
  );
  return found.flatMap((bare) => withDocuments(reader, bare) ?? []);
}

function bareRecord([id, name, owner, region, createdAt, state, versioning]: Row): Bare {
  return {
    id: text(id),
    name: utf8(name),
    owner: text(owner),
    region: text(region),
    createdAt: integer(createdAt),
    state: oneOf(["creating", "active", "deleting"], state),
    versioning: oneOf(["off", "enabled", "suspended"], versioning),
  };
}

function withDocuments(reader: Reader, bare: Bare | undefined): BucketRecord | undefined {
  if (bare === undefined) return undefined;
  const documents = new Map(
    reader.all(
      "SELECT sub_resource, document FROM bucket_configurations WHERE bucket_id = ?",
      [bare.id],
      ([name, document]) => {
        const which = oneOf(["policy", "publicAccessBlock", "website", "cors"] satisfies SubResource[], name);
        return [which, which === "policy" ? policyText(document) : utf8(document)] as const;
      },
    ),
  );
  const block = documents.get("publicAccessBlock" satisfies SubResource);
  return {
    ...bare,
    policy: documents.get("policy" satisfies SubResource),
    publicAccessBlock: block === undefined ? undefined : publicAccessBlock(block),
    website: documents.get("website" satisfies SubResource),
    cors: documents.get("cors" satisfies SubResource),
  };
}

/** A damaged block must not read as "nothing is blocked". */
function publicAccessBlock(document: string): PublicAccessBlock {
  let value: unknown;
  try {
    value = JSON.parse(document);
  } catch (cause) {
    throw new StoreError("corrupt", "a stored public access block does not parse", { cause });
  }
  const flag = (name: keyof PublicAccessBlock): boolean => {
    const found = typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
    if (typeof found !== "boolean") throw new StoreError("corrupt", `a stored public access block lacks ${name}`);
    return found;
  };
  return {
    blockPublicAcls: flag("blockPublicAcls"),
    ignorePublicAcls: flag("ignorePublicAcls"),
    blockPublicPolicy: flag("blockPublicPolicy"),
    restrictPublicBuckets: flag("restrictPublicBuckets"),
  };
}
