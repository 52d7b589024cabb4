import { type Acl, aclGroups, type AclGrant, type AclPermission, isPublicGrant } from "../ports/acl.ts";
import type { BucketRecord } from "../ports/bucket-registry.ts";
import type { Version } from "../ports/data-plane.ts";
import type { S3Demand } from "../operations/demand.ts";

type Allowed = Readonly<Record<Exclude<AclPermission, "FULL_CONTROL">, readonly S3Demand["action"][]>>;

/**
 * What each permission allows on the bucket, on any object of it, and, in the object's own ACL, on that object.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#acl-access-policy-permission-mapping
 */
const onBucket: Allowed = {
  READ: ["s3:ListBucket", "s3:ListBucketVersions", "s3:ListBucketMultipartUploads"],
  WRITE: [],
  READ_ACP: ["s3:GetBucketAcl"],
  WRITE_ACP: ["s3:PutBucketAcl"],
};
const inBucket: Allowed = { READ: [], WRITE: ["s3:PutObject"], READ_ACP: [], WRITE_ACP: [] };
const onObject: Allowed = {
  READ: ["s3:GetObject", "s3:GetObjectVersion"],
  WRITE: [],
  READ_ACP: ["s3:GetObjectAcl", "s3:GetObjectVersionAcl"],
  WRITE_ACP: ["s3:PutObjectAcl", "s3:PutObjectVersionAcl"],
};

const byObjects: ReadonlySet<string> = new Set(Object.values(onObject).flat());

/** Whether the ACL of an object may allow the action on it. */
export function isByObjectAcl({ ownership }: BucketRecord, action: string): boolean {
  return ownership !== "BucketOwnerEnforced" && byObjects.has(action);
}

/** Everybody is anonymous callers too; they have no account. Log delivery is a service that is not here. */
function principalOf(grantee: string): object | undefined {
  if (grantee === aclGroups.everyone) return { Principal: "*" };
  if (grantee === aclGroups.authenticated)
    return { Principal: "*", Condition: { Null: { "aws:PrincipalAccount": "false" } } };
  return grantee.includes(":") ? undefined : { Principal: { CanonicalUser: grantee } };
}

function statementsOf(acl: Acl | undefined, allowed: Allowed): readonly object[] {
  return (acl ?? []).flatMap(({ grantee, permission }: AclGrant) => {
    const Action = permission === "FULL_CONTROL" ? Object.values(allowed).flat() : allowed[permission];
    const principal = principalOf(grantee);
    return principal === undefined || Action.length === 0
      ? []
      : [{ Effect: "Allow", ...principal, Action, Resource: "*" }];
  });
}

/**
 * What the ACLs allow on a bucket or an object of it, as the statements of a policy for this one decision, which is about nothing else:
 * so a grant counts as a bucket policy that allows the same. Undefined: nothing.
 */
export function aclPolicy(
  bucket: BucketRecord,
  on: "bucket" | "object",
  object: Version | undefined,
): string | undefined {
  if (bucket.ownership === "BucketOwnerEnforced") return undefined;
  // "Ignore all public ACLs on a bucket and any objects that it contains."
  const ignores = bucket.publicAccessBlock?.ignorePublicAcls === true;
  const counting = (acl: Acl | undefined) => (ignores ? acl?.filter((grant) => !isPublicGrant(grant)) : acl);
  const ofObject = object?.kind === "object" ? object.metadata.acl : undefined;
  const Statement =
    on === "bucket"
      ? statementsOf(counting(bucket.acl), onBucket)
      : [...statementsOf(counting(bucket.acl), inBucket), ...statementsOf(counting(ofObject), onObject)];
  return Statement.length === 0 ? undefined : JSON.stringify({ Version: "2012-10-17", Statement });
}
