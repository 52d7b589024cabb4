/** What a scan changes in the findings of a resource. */
import { dayMs } from "../../ports/clock.ts";
import { fitsOneOf } from "./finding-filter.ts";
import type { ArchiveRule, FindingRecord, FoundAccess, ScanResult } from "../../ports/analyzer-store.ts";

/** A finding is of one principal under certain conditions; the actions may change. */
function accessKey(access: FoundAccess): string {
  if ("error" in access) return access.error;
  const conditions = Object.entries(access.conditions).map((one) => JSON.stringify(one));
  return JSON.stringify([access.principal.type, access.principal.name, conditions.toSorted()]);
}

/** Findings that are resolved are kept so long, ms. https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-findings-remediate.html */
export const resolvedAgeMs = 90 * dayMs;
/** The newest that are kept: whoever changes a policy often makes any number of them, and each scan reads those of its resource. */
export const maxResolved = { resource: 100, analyzer: 5000 } as const;

/**
 * The findings as they are after a scan: new ones, those that are still there, and those whose access is gone, which are resolved. A rule
 * archives what is new and what comes back. Somebody's own decision about a finding stays while its access stays.
 */
export function findingsAfter(
  before: readonly FindingRecord[],
  { found, at, resource, scan, accountId }: ScanResult,
  rules: readonly ArchiveRule[],
  newId: () => string,
): readonly FindingRecord[] {
  const known = new Map(before.map((one) => [accessKey(one.access), one]));
  const isArchived = fitsOneOf(rules.map(({ filter }) => filter));
  const archived = (one: FindingRecord): FindingRecord => (isArchived(one) ? { ...one, status: "ARCHIVED" } : one);
  const now = resource === undefined ? [] : found;
  const present = now.map((access): FindingRecord => {
    const old = known.get(accessKey(access));
    if (old !== undefined && old.status !== "RESOLVED") {
      const isSame = JSON.stringify(old.access) === JSON.stringify(access);
      return isSame ? { ...old, analyzedAt: at } : { ...old, access, analyzedAt: at, updatedAt: at };
    }
    const type = resource?.type ?? "AWS::S3::Bucket";
    const made = { id: newId(), arn: scan.arn, type, owner: accountId, createdAt: at };
    return archived({ ...(old ?? made), access, status: "ACTIVE", analyzedAt: at, updatedAt: at });
  });
  const keys = new Set(now.map(accessKey));
  const gone = before
    .filter(({ access }) => !keys.has(accessKey(access)))
    .map((one): FindingRecord =>
      one.status === "RESOLVED" ? one : { ...one, status: "RESOLVED", analyzedAt: at, updatedAt: at },
    );
  return [...present, ...gone];
}
