import { closingContract } from "./contract/closing-contract.ts";
import { conditionsContract } from "./contract/conditions-contract.ts";
import { copiesContract } from "./contract/copies-contract.ts";
import { encryptionContract } from "./contract/encryption-contract.ts";
import { locksContract } from "./contract/locks-contract.ts";
import { multipartContract } from "./contract/multipart-contract.ts";
import { objectsContract } from "./contract/objects-contract.ts";
import { tagsContract } from "./contract/tags-contract.ts";
import { listingsContract } from "./contract/listings-contract.ts";
import { versioningContract } from "./contract/versioning-contract.ts";
import { grant, type Lacks, type Open } from "./contract/plane-under-test.ts";
import { randomIds } from "../src/server/random-ids.ts";
import type { DataPlane } from "../src/ports/data-plane.ts";

/** What every data plane must do; `make` gives an empty one, and is called in each test. The ids of buckets begin with `prefix`. */
export function dataPlaneContract(make: () => Promise<DataPlane>, lacks: Lacks = {}, prefix = ""): void {
  const open: Open = async () => {
    const plane = await make();
    const [bucketId, otherBucketId] = [prefix + randomIds.bucketId(), prefix + randomIds.bucketId()];
    for (const id of [bucketId, otherBucketId, bucketId]) await plane.openBucket(grant, id, "111122223333");
    return { plane, bucketId, otherBucketId, lacks };
  };
  objectsContract(open);
  conditionsContract(open);
  versioningContract(open);
  copiesContract(open);
  tagsContract(open);
  multipartContract(open);
  encryptionContract(open, lacks);
  locksContract(open, lacks);
  listingsContract(open);
  closingContract(open);
}
