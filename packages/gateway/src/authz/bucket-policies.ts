import {
  compilePolicy,
  isPublicPolicy,
  type NamedProgram,
  parsePolicy,
  printPolicy,
  type Program,
} from "@s3-credentials/policy";
import type { BucketRecord } from "../ports/bucket-registry.ts";
import { blocksPublicAccess } from "../ports/public-access.ts";
import { boundedCache } from "../cache/bounded-cache.ts";
import { rememberText, weightOf } from "./policy-programs.ts";

interface CompiledText {
  readonly program: Program | "unreadable";
  /** The policy without its Allow statements. For outsiders, only this part of a public policy is left when public access is restricted. */
  readonly denials: Program | "unreadable";
  readonly isPublic: boolean;
}

/** No text of JSON has this character. */
const between = "\0";

const unreadable: CompiledText = { program: "unreadable", denials: "unreadable", isPublic: true };

/** `texts`: a policy, the statements that ACLs add after `between`, or both. */
function compile(texts: string): CompiledText {
  const [text = "", acl = ""] = texts.split(between);
  const [own, granted] = [text, acl].map((one) => (one === "" ? undefined : parsePolicy(one, "resource").policy));
  if ((text !== "" && own === undefined) || (acl !== "" && granted === undefined)) return unreadable;
  const first = own ?? granted;
  if (first === undefined) return unreadable;
  const isBoth = own !== undefined && granted !== undefined;
  const all = isBoth ? { ...own, statements: [...own.statements, ...granted.statements] } : first;
  const denials = { ...all, statements: all.statements.filter(({ effect }) => effect === "Deny") };
  return {
    program: rememberText(compilePolicy(all), isBoth ? printPolicy(all) : text || acl),
    denials: rememberText(compilePolicy(denials), printPolicy(denials)),
    isPublic: own !== undefined && isPublicPolicy(own),
  };
}

/** The policy of a bucket as a caller meets it. */
export interface BucketPolicies {
  /** `outsider`: anonymous, or of another account than the bucket's. `acl`: see `aclPolicy`. */
  of(bucket: BucketRecord, outsider: boolean, acl?: string): NamedProgram | "none";
}

/** Bytes. */
const maxWeight = 24 * 1024 * 1024;

/** Compiled once per text: a changed policy is another text, so it cannot meet an old program and nothing has to be flushed. */
export function createBucketPolicies(limit = maxWeight): BucketPolicies {
  const compiled = boundedCache<string, CompiledText>(limit, (text, { program, denials }) => ({
    own: 2 * text.length + weightOf(program) + weightOf(denials),
  }));
  return {
    of(bucket, outsider, acl) {
      if (bucket.policy === undefined && acl === undefined) return "none";
      const text = acl === undefined ? (bucket.policy ?? "") : `${bucket.policy ?? ""}${between}${acl}`;
      const { program, denials, isPublic } = compiled.of(text, compile);
      // RestrictPublicBuckets: a public policy gives nothing to anyone outside the bucket's account; its Deny still counts.
      const restricted = outsider && isPublic && blocksPublicAccess(bucket, "restrictPublicBuckets");
      return {
        name: `${acl === undefined ? "bucket policy" : "bucket policy and ACL"} of ${bucket.name}`,
        program: restricted ? denials : program,
      };
    },
  };
}
