import { trimBlanks } from "@s3-credentials/protocol";
import type { PredicateName } from "../operations/demand.ts";
import type { S3Subject } from "../operations/s3/s3-subject.ts";
import { bypassesGovernance, hasObjectLock } from "../operations/s3/object-lock-input.ts";
import type { Version } from "../ports/object-version.ts";

/** What a demand's `when` may look at. `versionId` is that of the resource the demand is made on. */
export interface DemandFacts {
  readonly subject: S3Subject;
  readonly versionId: string | undefined;
  /** The ETag that an item must have. */
  readonly ifMatch?: string | undefined;
  readonly headers: ReadonlyMap<string, string>;
  /** The version that is copied, where its tags are. */
  readonly source: Version | undefined;
}

const aclHeaders = [
  "x-amz-acl",
  "x-amz-grant-read",
  "x-amz-grant-write",
  "x-amz-grant-read-acp",
  "x-amz-grant-write-acp",
  "x-amz-grant-full-control",
];

function hasAclHeader({ headers }: DemandFacts): boolean {
  return aclHeaders.some((name) => headers.has(name));
}

function hasTagsToCopy({ headers, source }: DemandFacts): boolean {
  return copiesTags(headers) && source?.kind === "object" && (source.metadata.tags ?? []).length > 0;
}

/** Whether a copy has the tags of its source. */
export function copiesTags(headers: ReadonlyMap<string, string>): boolean {
  return (headers.get("x-amz-tagging-directive") ?? "COPY") === "COPY";
}

function isEtag(ifMatch: string | undefined): boolean {
  return ifMatch !== undefined && trimBlanks(ifMatch) !== "*";
}

/**
 * The conditions under which a demand is made. Each depends on what was sent, and only those of copied tags on what is stored too.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
 */
export const predicates = {
  "version-named": ({ versionId }) => versionId !== undefined,
  "no-version": ({ versionId }) => versionId === undefined,
  "source-version-named": ({ subject }) => subject.source?.versionId !== undefined,
  "source-no-version": ({ subject }) => subject.source !== undefined && subject.source.versionId === undefined,
  // A condition on one ETag discloses what is stored, so it is a read. `*` asks only whether there is an object.
  "etag-match-header": ({ headers }) => isEtag(headers.get("if-match")),
  "etag-match-item": ({ ifMatch }) => isEtag(ifMatch),
  // An empty header sets no tags.
  "tagging-header": ({ headers }) => (headers.get("x-amz-tagging") ?? "") !== "",
  "copies-tags": hasTagsToCopy,
  "copies-tags-no-version": (facts) => hasTagsToCopy(facts) && facts.subject.source?.versionId === undefined,
  "copies-tags-of-version": (facts) => hasTagsToCopy(facts) && facts.subject.source?.versionId !== undefined,
  "acl-header": hasAclHeader,
  "object-ownership-header": ({ headers }) => headers.has("x-amz-object-ownership"),
  "object-lock-enabled-header": ({ headers }) => hasObjectLock(headers),
  "governance-bypass-header": ({ headers }) => bypassesGovernance(headers),
  "legal-hold-header": ({ headers }) => headers.has("x-amz-object-lock-legal-hold"),
  "retention-header": ({ headers }) =>
    headers.has("x-amz-object-lock-mode") || headers.has("x-amz-object-lock-retain-until-date"),
} as const satisfies Readonly<Record<PredicateName, (facts: DemandFacts) => boolean>>;

/** INVARIANT: a name that is not in the table is a fault, never a demand left out. */
export function demandApplies(when: PredicateName | undefined, facts: DemandFacts): boolean {
  if (when === undefined) return true;
  if (!Object.hasOwn(predicates, when)) throw new Error(`unknown predicate ${when}`);
  return predicates[when](facts);
}
