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

/** The texts that each value is searched for. Others are compared as a whole, which costs nearly nothing. */
export function searchedTexts(filter: FindingFilter): number {
  return Object.values(filter).reduce((sum, { contains = [] }) => sum + contains.length, 0);
}

type Criteria = readonly (readonly [key: string, FindingCriterion])[];

/** The names of condition keys have no case. */
export const keyOf = (key: string): string => (key.startsWith(conditionPrefix) ? key.toLowerCase() : key);

/** By filter key; those of conditions are read only once, because a statement may have hundreds. */
function valuesOf(finding: FindingRecord): (key: string) => string | undefined {
  const conditions = "conditions" in finding.access ? Object.entries<string>(finding.access.conditions) : [];
  const values = new Map(conditions.map(([name, text]) => [conditionPrefix + name.toLowerCase(), text]));
  return (key) => (Object.hasOwn(plainKeys, key) ? plainKeys[key]?.(finding) : values.get(key));
}

/** INVARIANT: a finding fits only when every criterion of one filter holds; a value that is absent fits no text. */
export function fitsOneOf(filters: readonly FindingFilter[]): (finding: FindingRecord) => boolean {
  const all = filters.map((filter): Criteria => Object.entries(filter).map(([key, one]) => [keyOf(key), one]));
  return (finding) => {
    const valueOf = valuesOf(finding);
    return all.some((criteria) => criteria.every(([key, criterion]) => fits(valueOf(key), criterion)));
  };
}

function fits(value: string | undefined, { eq, neq, contains, exists }: FindingCriterion): boolean {
  if (exists !== undefined && exists !== (value !== undefined)) return false;
  if (eq !== undefined && (value === undefined || !eq.includes(value))) return false;
  if (neq !== undefined && value !== undefined && neq.includes(value)) return false;
  return contains === undefined || (value !== undefined && contains.some((one) => value.includes(one)));
}
