import type { TextPattern } from "../model/policy.ts";

/**
 * Whether a `Resource` of a bucket's own policy is the bucket or objects of it. S3 refuses to store a policy with any other
 * ("Policy has invalid resource"), also one whose wildcard begins inside the bucket's name. `*` alone is accepted: in a bucket's policy
 * it can mean nothing but the bucket.
 */
export function isResourceOfBucket({ text }: TextPattern, bucket: string): boolean {
  if (text === "*") return true;
  const [, name] = /^arn:aws[a-z-]*:s3:::(.*)$/s.exec(text) ?? [];
  if (name === undefined || !name.startsWith(bucket)) return false;
  const rest = name.slice(bucket.length);
  return rest === "" || /^[/*?]/.test(rest);
}
