import type { Principal } from "@s3-credentials/policy";
import type { Grant } from "../src/ports/grant.ts";

/** A grant that nobody checked, for tests of stores alone. The product's grants come from access/ only. */
export function testGrant(resources: readonly string[] = []): Grant {
  const principal: Principal = { kind: "root", account: "111122223333" } as unknown as Principal;
  return {
    operation: "PutObject",
    principal,
    accountId: "111122223333",
    resources,
    requestId: "0123456789ABCDEF",
  } as unknown as Grant;
}
