import type { BucketRecord } from "../../ports/bucket-registry.ts";
import type { Ports } from "../../ports/ports.ts";

/** S3 names owners by canonical user id. Objects belong to their bucket's owner, so one look-up serves an answer. */
export async function canonicalOwner({ identity }: Ports, { owner }: Pick<BucketRecord, "owner">): Promise<string> {
  const account = await identity.findAccount(owner);
  if (account === undefined) throw new Error("a bucket's owner is not in the directory");
  return account.canonicalId;
}
