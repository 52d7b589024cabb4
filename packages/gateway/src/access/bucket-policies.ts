import { type NamedPolicy, parsePolicy, type Policy } from "@s3-credentials/policy";
import { isPublicPolicy } from "../operations/public-policy.ts";
import type { BucketRecord } from "../ports/bucket-registry.ts";

interface ParsedText {
  readonly policy: Policy | "damaged";
  /** Without its Allow statements: what is left of a public policy for outsiders. */
  readonly denials: Policy | "damaged";
  readonly isPublic: boolean;
}

function parse(text: string): ParsedText {
  const { policy } = parsePolicy(text, "resource");
  if (policy === undefined) return { policy: "damaged", denials: "damaged", isPublic: true };
  const denials = { ...policy, statements: policy.statements.filter(({ effect }) => effect === "Deny") };
  return { policy, denials, isPublic: isPublicPolicy(policy) };
}

/** The policy of a bucket as a caller meets it. */
export interface BucketPolicies {
  /** `outsider`: anonymous, or of another account than the bucket's. */
  of(bucket: BucketRecord, outsider: boolean): NamedPolicy | "none";
}

/**
 * Parsed once per text. Bounded: the oldest goes first. Keyed by the text itself, so a changed policy cannot meet an old
 * entry and nothing has to be flushed.
 */
export function createBucketPolicies(limit = 1000): BucketPolicies {
  const parsed = new Map<string, ParsedText>();
  function lookUp(text: string): ParsedText {
    const known = parsed.get(text);
    if (known !== undefined) return known;
    const made = parse(text);
    if (parsed.size >= limit) {
      const [oldest] = parsed.keys();
      if (oldest !== undefined) parsed.delete(oldest);
    }
    parsed.set(text, made);
    return made;
  }
  return {
    of(bucket, outsider) {
      if (bucket.policy === undefined) return "none";
      const { policy, denials, isPublic } = lookUp(bucket.policy);
      // RestrictPublicBuckets: a public policy gives nothing to anyone outside the bucket's account; its Deny still counts.
      const restricted = outsider && isPublic && bucket.publicAccessBlock?.restrictPublicBuckets === true;
      return { name: `bucket policy of ${bucket.name}`, policy: restricted ? denials : policy };
    },
  };
}
