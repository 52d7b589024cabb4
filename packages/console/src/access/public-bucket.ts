import { isPublicGrant, isPublicPolicy, parsePolicy } from "@s3-credentials/policy";
import { getAccountPublicBlock, getBucketPolicy, getPublicBlock } from "../api/s3.ts";
import { readAcl } from "./bucket-access.ts";

/** By what a bucket is public, where its public access block and the account's let that count; undefined: by nothing that may be read. */
export async function publicBy(bucket: string, account: string): Promise<"policy" | "ACL" | undefined> {
  const [policy, acl] = await Promise.allSettled([hasPublicPolicy(bucket), hasPublicAcl(bucket)]);
  const isPublic = (one: PromiseSettledResult<boolean>): boolean => one.status === "fulfilled" && one.value;
  if (isPublic(policy) || isPublic(acl)) {
    const blocks = await Promise.all([getPublicBlock(bucket), getAccountPublicBlock(account)]);
    if (isPublic(policy) && !blocks.some(({ RestrictPublicBuckets }) => RestrictPublicBuckets)) return "policy";
    if (isPublic(acl) && !blocks.some(({ IgnorePublicAcls }) => IgnorePublicAcls)) return "ACL";
  }
  for (const one of [policy, acl]) if (one.status === "rejected") throw one.reason;
  return undefined;
}

async function hasPublicPolicy(bucket: string): Promise<boolean> {
  const { policy } = parsePolicy((await getBucketPolicy(bucket)) ?? "", "resource");
  return policy !== undefined && isPublicPolicy(policy);
}

async function hasPublicAcl(bucket: string): Promise<boolean> {
  return (await readAcl(bucket)).grants.some(isPublicGrant);
}
