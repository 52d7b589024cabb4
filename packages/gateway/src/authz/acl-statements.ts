import { aclActions, type AclOwner, type AclStatement, aclStatements, type Principal } from "@s3-credentials/policy";
import { type Acl, aclGroups, aclPermissions } from "../ports/acl.ts";
import type { BucketRecord } from "../ports/bucket-registry.ts";
import type { Version } from "../ports/object-version.ts";
import { countingGrants } from "../ports/public-access.ts";
import type { S3Demand } from "../operations/demand.ts";

const byObjects: ReadonlySet<string> = new Set(
  aclPermissions.flatMap((permission) => aclActions("object", permission)),
);

/** Whether the ACL of an object may allow the action on it. */
export function isByObjectAcl({ ownership }: BucketRecord, action: string): boolean {
  return ownership !== "BucketOwnerEnforced" && byObjects.has(action);
}

/** The grantees that mean the caller. A service is let in by policies alone. */
function granteesOf(caller: Principal): readonly string[] {
  if (caller.kind === "service") return [];
  const canonicalId = "canonicalId" in caller ? caller.canonicalId : undefined;
  return [aclGroups.everyone, aclGroups.authenticated, ...(canonicalId === undefined ? [] : [canonicalId])];
}

/** One grant for each grantee is enough: the first that allows the action. */
function statementsOf(
  acl: Acl,
  owner: AclOwner,
  { action, caller }: { readonly action: S3Demand["action"]; readonly caller: Principal },
): readonly AclStatement[] {
  if (acl.length === 0) return [];
  return granteesOf(caller).flatMap((grantee) => {
    const grant = acl.find((one) => one.grantee === grantee && aclActions(owner, one.permission).includes(action));
    return grant === undefined ? [] : aclStatements([grant], { owner, resource: "*", action });
  });
}

/**
 * What the ACLs allow, as the statements of a policy for this one decision: so a grant counts as a bucket policy that allows the same.
 * Only grants to the caller are there. With all of them each ACL would be another policy to compile, and reading many objects with
 * ACLs of a hundred grants would make all others wait. Undefined: nothing.
 */
export function aclPolicy(
  bucket: BucketRecord,
  object: Version | undefined,
  asked: { readonly action: S3Demand["action"]; readonly caller: Principal },
): string | undefined {
  const ofObject = object?.kind === "object" ? object.metadata.acl : undefined;
  const Statement = [
    ...statementsOf(countingGrants(bucket, bucket.acl), "bucket", asked),
    ...statementsOf(countingGrants(bucket, ofObject), "object", asked),
  ];
  return Statement.length === 0 ? undefined : JSON.stringify({ Version: "2012-10-17", Statement });
}
