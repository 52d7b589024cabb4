/** What a bucket says of who may reach it: its policy, its ACLs, and the public access blocks that limit both. */
import {
  type AclGrant,
  aclPermissions,
  aclPlace,
  bucketLayers,
  isPublicGrant,
  isPublicPolicy,
  parsePolicy,
  type ResourceLayers,
} from "@s3-credentials/policy";
import { callS3, orNone } from "../api/call.ts";
import { getAccountPublicBlock, getBucketPolicy, getOwnership, getPublicBlock, type PublicBlock } from "../api/s3.ts";
import { childOf, childrenOf, textOf, type TreeNode } from "../api/tree.ts";
import { messageOf } from "../shell/message-of.ts";

export interface BucketAccess {
  /** For an action on the bucket, or on objects in it. */
  readonly layersFor: (action: string, resource: string) => ResourceLayers;
  /** What could not be read and so is not counted, as sentences. */
  readonly notCounted: readonly string[];
}

export interface Acl {
  readonly ownerId: string;
  readonly grants: readonly AclGrant[];
}

/**
 * `keys`: the objects that are asked about, if any: a key, whose ACL then counts too, or a pattern of keys. Throws `CallError` when the policy
 * cannot be read, and for a bucket of another account: its own users and roles are in an account that cannot be read here.
 */
export async function readBucketAccess(bucket: string, account: string, keys: string): Promise<BucketAccess> {
  const notCounted: string[] = [];
  /** A limit or a grant that cannot be read is not counted, and that is said. */
  const orMissing = async <T>(what: string, read: Promise<T>): Promise<T | undefined> => {
    try {
      return await read;
    } catch (error) {
      notCounted.push(`${what} is not counted, because it cannot be read: ${messageOf(error)}`);
      return undefined;
    }
  };
  const text = await getBucketPolicy(bucket, account);
  const [ownership, ofBucket, ofAccount] = await Promise.all([
    orMissing("The object ownership of the bucket", getOwnership(bucket)),
    orMissing("The public access block of the bucket", getPublicBlock(bucket)),
    orMissing("The public access block of the account", getAccountPublicBlock(account)),
  ]);
  const blocks = (setting: keyof PublicBlock): boolean => ofBucket?.[setting] === true || ofAccount?.[setting] === true;
  const isPattern = /[*?]/.test(keys);
  const enforcesOwner = ownership === "BucketOwnerEnforced";
  const acls: { readonly bucket: Acl | undefined; readonly object: Acl | undefined } = {
    bucket: enforcesOwner ? undefined : await orMissing("The ACL of the bucket", readAcl(bucket)),
    object:
      enforcesOwner || keys === "" || isPattern
        ? undefined
        : await orMissing("The ACL of the object", orNone(readAcl(bucket, keys), "NoSuchKey", "MethodNotAllowed")),
  };
  if (!enforcesOwner && isPattern)
    notCounted.push("ACLs of single objects are not counted: ask about one object to count its ACL.");
  const ownerId = acls.bucket?.ownerId;
  if (acls.object !== undefined && ownerId !== undefined && acls.object.ownerId !== ownerId)
    notCounted.push(
      "The object belongs to another account. That account and the object's ACL decide, and the bucket's policy can only deny; the answer is for an object of the bucket's account.",
    );
  const policy = text === undefined ? undefined : (parsePolicy(text, "resource").policy ?? "unreadable");
  const isPublic = policy !== undefined && policy !== "unreadable" && isPublicPolicy(policy);
  const layersOf = bucketLayers({ bucket, policy, isRestricted: isPublic && blocks("RestrictPublicBuckets") });
  return {
    notCounted,
    layersFor(action, resource) {
      const place = aclPlace(action, resource);
      const acl = place === undefined ? undefined : acls[place.owner];
      const grants = (acl?.grants ?? []).filter(
        (grant) => grant.grantee !== ownerId && !(isPublicGrant(grant) && blocks("IgnorePublicAcls")),
      );
      return layersOf({ grants, place, ownerId });
    },
  };
}

export async function readAcl(bucket: string, key?: string): Promise<Acl> {
  const { tree } = await callS3({ bucket, ...(key === undefined ? {} : { key }), query: { acl: "" } });
  return {
    ownerId: textOf(childOf(tree, "Owner"), "ID"),
    grants: childrenOf(childOf(tree, "AccessControlList"), "Grant").flatMap(grantOf),
  };
}

function grantOf(node: TreeNode): readonly AclGrant[] {
  const grantee = childOf(node, "Grantee");
  const who = textOf(grantee, "ID") || textOf(grantee, "URI");
  const permission = aclPermissions.find((one) => one === textOf(node, "Permission"));
  return permission === undefined || who === "" ? [] : [{ grantee: who, permission }];
}
