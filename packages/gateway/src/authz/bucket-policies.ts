import {
  compilePolicy,
  isPublicPolicy,
  type NamedProgram,
  recordedName,
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

const isDenial = ({ effect }: { readonly effect: "Allow" | "Deny" }): boolean => effect === "Deny";

/** `texts`, joined by `between`: a policy; the statements that ACLs add; a mark when only the Deny statements of the policy count. */
function compile(texts: string): CompiledText {
  const [text = "", acl = "", mark] = texts.split(between);
  const [whole, granted] = [text, acl].map((one) => (one === "" ? undefined : parsePolicy(one, "resource").policy));
  if ((text !== "" && whole === undefined) || (acl !== "" && granted === undefined)) return unreadable;
  const own = whole && mark !== undefined ? { ...whole, statements: whole.statements.filter(isDenial) } : whole;
  const first = own ?? granted;
  if (first === undefined) return unreadable;
  const isBoth = own !== undefined && granted !== undefined;
  const all = isBoth ? { ...own, statements: [...own.statements, ...granted.statements] } : first;
  const denials = { ...all, statements: all.statements.filter(isDenial) };
  return {
    program: rememberText(compilePolicy(all), isBoth || own !== whole ? printPolicy(all) : text || acl),
    denials: rememberText(compilePolicy(denials), printPolicy(denials)),
    isPublic: whole !== undefined && isPublicPolicy(whole),
  };
}

/** Compiled policies of buckets. */
export interface BucketPolicies {
  /** What counts for one decision. */
  of(bucket: BucketRecord, subject: PolicySubject): NamedProgram | "none";
  /** The policy is public, and the public access block does not let it allow outsiders anything. */
  isRestricted(bucket: BucketRecord): boolean;
}

/** Who asks, and for what. */
interface PolicySubject {
  /** The caller is anonymous, or of another account than the bucket's. */
  readonly isOutsider: boolean;
  /** The object belongs to another account than its bucket, so the policy can only deny. */
  readonly isForeign?: boolean;
  /** See `aclPolicy`. */
  readonly acl?: string | undefined;
}

/** Bytes. */
const maxWeight = 24 * 1024 * 1024;

/** Compiled once per text: a changed policy is another text, so it cannot meet an old program and nothing has to be flushed. */
export function createBucketPolicies(limit = maxWeight): BucketPolicies {
  const compiled = boundedCache<string, CompiledText>(
    limit,
    (text, { program, denials }) => ({
      own: 2 * text.length + weightOf(program) + weightOf(denials),
    }),
    "bucket policies",
  );
  return {
    of(bucket, { isOutsider, isForeign = false, acl }) {
      if (bucket.policy === undefined && acl === undefined) return "none";
      const parts = [bucket.policy ?? "", ...(acl === undefined && !isForeign ? [] : [acl ?? ""])];
      const text = [...parts, ...(isForeign ? ["denials"] : [])].join(between);
      const { program, denials, isPublic } = compiled.of(text, compile);
      // RestrictPublicBuckets: a public policy gives nothing to anyone outside the bucket's account; its Deny still counts.
      const restricted = isOutsider && isPublic && blocksPublicAccess(bucket, "restrictPublicBuckets");
      return {
        name: recordedName({ kind: "bucket", bucket: bucket.name, withAcl: acl !== undefined }),
        program: restricted ? denials : program,
      };
    },
    isRestricted: (bucket) =>
      bucket.policy !== undefined &&
      blocksPublicAccess(bucket, "restrictPublicBuckets") &&
      compiled.of(bucket.policy, compile).isPublic,
  };
}
