import {
  compilePolicy,
  isPublicPolicy,
  type NamedProgram,
  parsePolicy,
  printPolicy,
  type Program,
} from "@s3-credentials/policy";
import type { BucketRecord } from "../ports/bucket-registry.ts";
import { boundedCache } from "../cache/bounded-cache.ts";
import { rememberText, weightOf } from "./policy-programs.ts";

interface CompiledText {
  readonly program: Program | "unreadable";
  /** The policy without its Allow statements. For outsiders, only this part of a public policy is left when public access is restricted. */
  readonly denials: Program | "unreadable";
  readonly isPublic: boolean;
}

function compile(text: string): CompiledText {
  const { policy } = parsePolicy(text, "resource");
  if (policy === undefined) return { program: "unreadable", denials: "unreadable", isPublic: true };
  const denials = { ...policy, statements: policy.statements.filter(({ effect }) => effect === "Deny") };
  return {
    program: rememberText(compilePolicy(policy), text),
    denials: rememberText(compilePolicy(denials), printPolicy(denials)),
    isPublic: isPublicPolicy(policy),
  };
}

/** The policy of a bucket as a caller meets it. */
export interface BucketPolicies {
  /** `outsider`: anonymous, or of another account than the bucket's. */
  of(bucket: BucketRecord, outsider: boolean): NamedProgram | "none";
}

/** Bytes. */
const maxWeight = 24 * 1024 * 1024;

/** Compiled once per text: a changed policy is another text, so it cannot meet an old program and nothing has to be flushed. */
export function createBucketPolicies(limit = maxWeight): BucketPolicies {
  const compiled = boundedCache<string, CompiledText>(limit, (text, { program, denials }) => ({
    own: 2 * text.length + weightOf(program) + weightOf(denials),
  }));
  return {
    of(bucket, outsider) {
      if (bucket.policy === undefined) return "none";
      const { program, denials, isPublic } = compiled.of(bucket.policy, compile);
      // RestrictPublicBuckets: a public policy gives nothing to anyone outside the bucket's account; its Deny still counts.
      const restricted = outsider && isPublic && bucket.publicAccessBlock?.restrictPublicBuckets === true;
      return { name: `bucket policy of ${bucket.name}`, program: restricted ? denials : program };
    },
  };
}
