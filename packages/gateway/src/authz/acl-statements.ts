import type { Principal } from "@s3-credentials/policy";
import { blocksPublicAccess } from "../ports/blocks-public-access.ts";
import { type Acl, aclGroups, type AclPermission, isPublicGrant } from "../ports/acl.ts";
import type { BucketRecord } from "../ports/bucket-registry.ts";
import type { Version } from "../ports/data-plane.ts";
import type { S3Demand } from "../operations/demand.ts";

type Action = S3Demand["action"];
type Allowed = Readonly<Record<Exclude<AclPermission, "FULL_CONTROL">, readonly Action[]>>;

/**
 * What each permission allows in the ACL of a bucket, and in the ACL of an object on that object.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#acl-access-policy-permission-mapping
 */
const byBucket: Allowed = {
  READ: ["s3:ListBucket", "s3:ListBucketVersions", "s3:ListBucketMultipartUploads"],
  WRITE: ["s3:PutObject"],
  READ_ACP: ["s3:GetBucketAcl"],
  WRITE_ACP: ["s3:PutBucketAcl"],
};
const byObject: Allowed = {
  READ: ["s3:GetObject", "s3:GetObjectVersion"],
  WRITE: [],
  READ_ACP: ["s3:GetObjectAcl", "s3:GetObjectVersionAcl"],
  WRITE_ACP: ["s3:PutObjectAcl", "s3:PutObjectVersionAcl"],
};

const byObjects: ReadonlySet<string> = new Set(Object.values(byObject).flat());

/** Whether the ACL of an object may allow the action on it. */
export function isByObjectAcl({ ownership }: BucketRecord, action: string): boolean {
  return ownership !== "BucketOwnerEnforced" && byObjects.has(action);
}

/** Those whom a grant may name so that it is one to the caller. Log delivery is a service that is not here. */
function granteesOf(caller: Principal): readonly (readonly [string, object])[] {
  const canonicalId = "canonicalId" in caller ? caller.canonicalId : undefined;
  return [
    // Everybody is anonymous callers too; they have no account.
    [aclGroups.everyone, { Principal: "*" }],
    [aclGroups.authenticated, { Principal: "*", Condition: { Null: { "aws:PrincipalAccount": "false" } } }],
    ...(canonicalId === undefined ? [] : [[canonicalId, { Principal: { CanonicalUser: canonicalId } }] as const]),
  ];
}

function isGranted(acl: Acl | undefined, grantee: string, allowed: Allowed, action: Action): boolean {
  const permits = (permission: AclPermission): boolean =>
    (permission === "FULL_CONTROL" ? Object.values(allowed).flat() : allowed[permission]).includes(action);
  return acl?.some((grant) => grant.grantee === grantee && permits(grant.permission)) === true;
}

/**
 * What the ACLs allow, as the statements of a policy for this one decision: so a grant counts as a bucket policy that allows the same.
 * Only grants to the caller are there. With all of them each ACL would be another policy to compile, and reading many objects with
 * ACLs of a hundred grants would make all others wait. Undefined: nothing.
 */
export function aclPolicy(
  bucket: BucketRecord,
  object: Version | undefined,
  { action, caller }: { readonly action: Action; readonly caller: Principal },
): string | undefined {
  if (bucket.ownership === "BucketOwnerEnforced") return undefined;
  // "Ignore all public ACLs on a bucket and any objects that it contains."
  const ignores = blocksPublicAccess(bucket, "ignorePublicAcls");
  const counting = (acl: Acl | undefined) => (ignores ? acl?.filter((grant) => !isPublicGrant(grant)) : acl);
  const ofObject = object?.kind === "object" ? counting(object.metadata.acl) : undefined;
  const ofBucket = counting(bucket.acl);
  const Statement = granteesOf(caller)
    .filter(
      ([grantee]) => isGranted(ofBucket, grantee, byBucket, action) || isGranted(ofObject, grantee, byObject, action),
    )
    .map(([, principal]) => ({ Effect: "Allow", ...principal, Action: action, Resource: "*" }));
  return Statement.length === 0 ? undefined : JSON.stringify({ Version: "2012-10-17", Statement });
}
