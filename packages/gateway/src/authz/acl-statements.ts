import { aclActions, type AclOwner, type AclStatement, aclStatements, type Principal } from "@s3-credentials/policy";
import { type Acl, aclGroups, aclPermissions } from "../ports/acl.ts";
import type { BucketRecord } from "../ports/bucket-registry.ts";
import { countingGrants } from "../ports/public-access.ts";
import type { S3Demand } from "../operations/demand.ts";
import type { Seen } from "../operations/s3/s3-subject.ts";

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
 * What counts as the ACL of an object. Where none is, whoever the bucket's ACL lets list it may read: the answer is then that there is none,
 * not that it is denied. https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html (Permissions)
 */
function aclOfObject(bucket: BucketRecord, seen: Seen | undefined): Acl | undefined {
  if (seen === undefined) return undefined;
  if (seen.version?.kind === "object") return seen.version.metadata.acl;
  const readers = bucket.acl?.filter(({ permission }) => permission === "READ" || permission === "FULL_CONTROL");
  return readers?.map(({ grantee }) => ({ grantee, permission: "READ" }));
}

/**
 * What the ACLs allow, as the statements of a policy for this one decision: so a grant counts as a bucket policy that allows the same.
 * Only grants to the caller are there. With all of them each ACL would be another policy to compile, and reading many objects with
 * ACLs of a hundred grants would make all others wait. Undefined: nothing.
 */
export function aclPolicy(
  bucket: BucketRecord,
  object: Seen | undefined,
  asked: { readonly action: S3Demand["action"]; readonly caller: Principal },
): string | undefined {
  const Statement = [
    ...statementsOf(countingGrants(bucket, bucket.acl), "bucket", asked),
    ...statementsOf(countingGrants(bucket, aclOfObject(bucket, object)), "object", asked),
  ];
  return Statement.length === 0 ? undefined : JSON.stringify({ Version: "2012-10-17", Statement });
}
