/**
 * Which findings a filter is for.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-filter-keys.html
 */
import type { FindingCriterion, FindingFilter, FindingRecord } from "../../ports/analyzer-store.ts";

const plainKeys: Readonly<Record<string, (finding: FindingRecord) => string | undefined>> = {
  id: ({ id }) => id,
  resource: ({ arn }) => arn,
  resourceType: ({ type }) => type,
  resourceOwnerAccount: ({ owner }) => owner,
  status: ({ status }) => status,
  findingType: () => "ExternalAccess",
  isPublic: ({ access }) => (access.isPublic === undefined ? undefined : String(access.isPublic)),
  error: ({ access }) => ("error" in access ? access.error : undefined),
  "principal.AWS": (finding) => principal(finding, "AWS"),
  "principal.Federated": (finding) => principal(finding, "Federated"),
  "principal.CanonicalUser": (finding) => principal(finding, "CanonicalUser"),
};

function principal({ access }: FindingRecord, type: string): string | undefined {
  return access.principal?.type === type ? access.principal.name : undefined;
}

const conditionPrefix = "condition.";

export function isFilterKey(key: string): boolean {
  return Object.hasOwn(plainKeys, key) || (key.startsWith(conditionPrefix) && key.length > conditionPrefix.length);
}

function valueOf(finding: FindingRecord, key: string): string | undefined {
  if (Object.hasOwn(plainKeys, key)) return plainKeys[key]?.(finding);
  if (!("conditions" in finding.access)) return undefined;
  const asked = key.slice(conditionPrefix.length).toLowerCase();
  return Object.entries<string>(finding.access.conditions).find(([name]) => name.toLowerCase() === asked)?.[1];
}

/** INVARIANT: a finding fits only when every criterion holds; a value that is absent fits no text. */
export function fitsFilter(finding: FindingRecord, filter: FindingFilter): boolean {
  return Object.entries(filter).every(([key, criterion]) => fits(valueOf(finding, key), criterion));
}

function fits(value: string | undefined, { eq, neq, contains, exists }: FindingCriterion): boolean {
  if (exists !== undefined && exists !== (value !== undefined)) return false;
  if (eq !== undefined && (value === undefined || !eq.includes(value))) return false;
  if (neq !== undefined && value !== undefined && neq.includes(value)) return false;
  return contains === undefined || (value !== undefined && contains.some((one) => value.includes(one)));
}
