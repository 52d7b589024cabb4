import { type AclGrant, type AclPermission, aclPermissions } from "@s3-credentials/policy";

export { type AclGrant, aclGroups, type AclPermission, aclPermissions, isPublicGrant } from "@s3-credentials/policy";

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html. `none`: the controls were deleted. */
export const objectOwnerships = ["BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter", "none"] as const;
export type ObjectOwnership = (typeof objectOwnerships)[number];

/** The grants of a bucket or object. Undefined, where an ACL may be: full control for the owner, and nothing else. */
export type Acl = readonly AclGrant[];

export function sameAcl(one: Acl | undefined, other: Acl | undefined): boolean {
  return JSON.stringify(one?.map(pairOf)) === JSON.stringify(other?.map(pairOf));
}

/** As it is stored. */
export function pairOf({ grantee, permission }: AclGrant): readonly [string, AclPermission] {
  return [grantee, permission];
}

/** What `pairOf` made of each grant; undefined for anything else. */
export function aclFrom(pairs: unknown): Acl | undefined {
  if (!Array.isArray(pairs)) return undefined;
  const grants = pairs.flatMap((pair: unknown): readonly AclGrant[] => {
    const [grantee, written]: readonly unknown[] = Array.isArray(pair) ? pair : [];
    const permission = aclPermissions.find((one) => one === written);
    return typeof grantee === "string" && permission !== undefined ? [{ grantee, permission }] : [];
  });
  return grants.length === pairs.length ? grants : undefined;
}
