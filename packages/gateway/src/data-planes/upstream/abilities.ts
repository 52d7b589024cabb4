import { type StorageClass, storageClasses } from "../../ports/object-version.ts";
import { Unsupported } from "../../ports/store-error.ts";

/** What an engine can do beside storing objects. What it cannot is refused by name, before anything is asked of it. */
export interface Abilities {
  readonly versioning: boolean;
  /** `If-Match` and `If-None-Match` on PutObject. */
  readonly conditionalPut: boolean;
  /** Conditional writes where the bucket has versioning. Ceph 16 does not look at `If-None-Match` there, and no `If-Match` holds. */
  readonly conditionalVersions: boolean;
  /** The ETag in `If-Match` of a write is in quotes. Ceph compares it as it is sent, without. */
  readonly quotesIfMatch: boolean;
  readonly conditionalComplete: boolean;
  readonly conditionalCopy: boolean;
  /** `If-Match` on DeleteObject. */
  readonly conditionalDelete: boolean;
  /** `x-amz-checksum-…` of objects and parts is verified and kept. */
  readonly checksums: boolean;
  /** The same for a checksum that comes after the body, in a trailer. Where it is not, such a checksum is verified and not kept. */
  readonly trailers: boolean;
  readonly tags: boolean;
  /** Those that an upload was begun with. */
  readonly tagsUploads: boolean;
  /** HeadObject and GetObject report how many tags there are, so that objects without tags need no second request. */
  readonly countsTags: boolean;
  /**
   * Copies inside the engine, and the header that makes it check the ETag of the source. False: the gateway reads and writes, because a copy
   * that is not checked could be one of another object than was authorized.
   */
  readonly copies: CopyCondition | false;
  /** A copy has the tags that the request names, and no others. Where it has not, the gateway reads and writes tagged objects. */
  readonly copiesTags: boolean;
  /** As `copies`, for copies of parts. */
  readonly partCopies: CopyCondition | false;
  /** `x-amz-server-side-encryption: AES256`. */
  readonly encryption: boolean;
  readonly websiteRedirects: boolean;
  /** Keys are kept letter by letter: `a//b` is not `a/b`, which policies may treat otherwise. */
  readonly exactKeys: boolean;
  readonly storageClasses: readonly StorageClass[];
}

/** The second is what Ceph reads. */
export const copyConditions = ["x-amz-copy-source-if-match", "x-amz-copy-if-match"] as const;
export type CopyCondition = (typeof copyConditions)[number];

type Ability = Exclude<keyof Abilities, "storageClasses">;

/** In words, as they complete "does not support …". */
export const abilityNames = {
  versioning: "versioning",
  conditionalPut: "conditional writes (If-Match, If-None-Match)",
  conditionalVersions: "conditional writes in buckets with versioning (If-Match, If-None-Match)",
  quotesIfMatch: "ETags in quotes",
  conditionalComplete: "conditions on completing an upload (If-Match, If-None-Match)",
  conditionalCopy: "conditional copies (If-Match, If-None-Match)",
  conditionalDelete: "conditional deletes (If-Match)",
  checksums: "checksums of objects",
  trailers: "checksums after the body (trailers)",
  tags: "tags of objects",
  tagsUploads: "tags of multipart uploads",
  countsTags: "the number of tags in HeadObject and GetObject",
  copies: "copies inside the engine",
  copiesTags: "tags of copies",
  partCopies: "copies of parts inside the engine",
  encryption: "server-side encryption with keys of its own (SSE-S3)",
  websiteRedirects: "website redirects of objects",
  exactKeys: "keys with empty, . or .. parts between slashes",
} as const satisfies Readonly<Record<Ability, string>>;

/** An engine that can do everything that the gateway would ask of one. */
export const allAbilities: Abilities = {
  versioning: true,
  conditionalPut: true,
  conditionalVersions: true,
  quotesIfMatch: true,
  conditionalComplete: true,
  conditionalCopy: true,
  conditionalDelete: true,
  checksums: true,
  trailers: true,
  tags: true,
  tagsUploads: true,
  countsTags: true,
  copies: "x-amz-copy-source-if-match",
  copiesTags: true,
  partCopies: "x-amz-copy-source-if-match",
  encryption: true,
  websiteRedirects: true,
  exactKeys: true,
  storageClasses,
};

/** Throws `Unsupported`, with the ability's name. */
export function need<A extends Ability>(abilities: Pick<Abilities, A>, ability: A): void {
  if (abilities[ability] === false) throw new Unsupported(abilityNames[ability]);
}
