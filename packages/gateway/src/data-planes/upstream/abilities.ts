import { type StorageClass, storageClasses } from "../../ports/data-plane.ts";
import { Unsupported } from "../../ports/store-error.ts";

/** What an engine can do beside storing objects. What it cannot is refused by name, before anything is asked of it. */
export interface Abilities {
  readonly versioning: boolean;
  /** `If-Match` and `If-None-Match` on PutObject. */
  readonly conditionalPut: boolean;
  readonly conditionalComplete: boolean;
  readonly conditionalCopy: boolean;
  /** `If-Match` on DeleteObject. */
  readonly conditionalDelete: boolean;
  /** `x-amz-checksum-…` of objects and parts is verified and kept. */
  readonly checksums: boolean;
  readonly tags: boolean;
  /** HeadObject reports how many tags there are, so that objects without tags need no second request. */
  readonly countsTags: boolean;
  readonly copies: boolean;
  readonly partCopies: boolean;
  /** `x-amz-server-side-encryption: AES256`. */
  readonly encryption: boolean;
  readonly websiteRedirects: boolean;
  readonly storageClasses: readonly StorageClass[];
}

type Ability = Exclude<keyof Abilities, "storageClasses">;

/** In words, as they complete "does not support …". */
export const abilityNames = {
  versioning: "versioning",
  conditionalPut: "conditional writes (If-Match, If-None-Match)",
  conditionalComplete: "conditions on completing an upload (If-Match, If-None-Match)",
  conditionalCopy: "conditional copies (If-Match, If-None-Match)",
  conditionalDelete: "conditional deletes (If-Match)",
  checksums: "checksums of objects",
  tags: "tags of objects",
  countsTags: "the number of tags in HeadObject",
  copies: "copies",
  partCopies: "copies of parts",
  encryption: "server-side encryption with keys of its own (SSE-S3)",
  websiteRedirects: "website redirects of objects",
} as const satisfies Readonly<Record<Ability, string>>;

/** An engine that can do everything that the gateway would ask of one. */
export const allAbilities: Abilities = {
  versioning: true,
  conditionalPut: true,
  conditionalComplete: true,
  conditionalCopy: true,
  conditionalDelete: true,
  checksums: true,
  tags: true,
  countsTags: true,
  copies: true,
  partCopies: true,
  encryption: true,
  websiteRedirects: true,
  storageClasses,
};

/** Throws `Unsupported`, with the ability's name. */
export function need(abilities: Abilities, ability: Ability): void {
  if (!abilities[ability]) throw new Unsupported(abilityNames[ability]);
}
