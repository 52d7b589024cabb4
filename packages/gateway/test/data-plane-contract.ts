import { closingContract } from "./contract/closing-contract.ts";
import { conditionsContract } from "./contract/conditions-contract.ts";
import { copiesContract } from "./contract/copies-contract.ts";
import { multipartContract } from "./contract/multipart-contract.ts";
import { objectsContract } from "./contract/objects-contract.ts";
import { listingsContract } from "./contract/listings-contract.ts";
import { versioningContract } from "./contract/versioning-contract.ts";
import type { Open } from "./contract/plane-under-test.ts";

/** What every data plane must do; `open` is called in each test. */
export function dataPlaneContract(open: Open): void {
  objectsContract(open);
  conditionsContract(open);
  versioningContract(open);
  copiesContract(open);
  multipartContract(open);
  listingsContract(open);
  closingContract(open);
}
