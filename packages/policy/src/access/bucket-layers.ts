/** What a bucket's policy and its ACLs allow, as far as its public access block lets them count. */
import {
  aclActions,
  type AclGrant,
  type AclOwner,
  aclPermissions,
  type AclStatementPlace,
  aclStatements,
} from "../catalog/acl.ts";
import { compilePolicy } from "../engine/compile-policy.ts";
import type { Layers } from "../engine/program.ts";
import { parseArn } from "../match/arn.ts";
import type { Policy } from "../model/policy.ts";
import { parsePolicy } from "../parse/parse.ts";

/** What a resource itself allows for one action: the policy and the ACL of a bucket, or the trust policy of a role. */
export interface ResourceLayers {
  /** For callers of the resource's account. */
  readonly layer: Layers["resource"];
  /** For all others: a bucket that restricts public policies leaves them nothing of a public one. */
  readonly outside: Layers["resource"];
  /** The canonical user id of the owner, where it is known. */
  readonly ownerId: string | undefined;
}

/** A resource that has no policy. */
export const noResourceLayers: ResourceLayers = { layer: "none", outside: "none", ownerId: undefined };

/** The ACL that can grant an action, and the resource that it grants it on. */
export interface AclPlace extends AclStatementPlace {
  readonly owner: AclOwner;
  /** Of an object; may be a pattern, which has no ACL. */
  readonly key: string;
}

/** `resource`: the ARN of a bucket or of objects in it. Undefined: no ACL grants this. */
export function aclPlace(action: string, resource: string): AclPlace | undefined {
  const [bucketPart = "", ...rest] = (parseArn(resource)?.resource ?? "").split("/");
  const key = rest.join("/");
  const bucket = key === "" ? resource : resource.slice(0, resource.length - key.length - 1);
  const grants = (owner: AclOwner): boolean =>
    aclPermissions.some((one) => aclActions(owner, one).some((name) => name.toLowerCase() === action.toLowerCase()));
  if (bucketPart === "") return undefined;
  if (grants("bucket")) return { owner: "bucket", resource: bucket, key };
  return key !== "" && grants("object") ? { owner: "object", resource, key } : undefined;
}

export interface BucketDocuments {
  readonly bucket: string;
  /** The bucket policy; undefined: it has none. */
  readonly policy: Policy | "unreadable" | undefined;
  /** What the ACL at `place` grants to others than the owner, as far as ACLs count. */
  readonly grants: readonly AclGrant[];
  readonly place: AclPlace | undefined;
  /** The policy is public, and public policies are restricted: outside the account, only its denials count. */
  readonly isRestricted: boolean;
  readonly ownerId: string | undefined;
}

/** A policy that cannot be read denies, here as at the service. */
export function bucketLayers(documents: BucketDocuments): ResourceLayers {
  const { bucket, policy: own, grants, place, isRestricted, ownerId } = documents;
  const name = `bucket policy of ${bucket}`;
  if (own === "unreadable") {
    const layer: Layers["resource"] = { kind: "resource", policy: { name, program: "unreadable" } };
    return { layer, outside: layer, ownerId };
  }
  const statements = place === undefined ? [] : aclStatements(grants, place);
  const granted = statements.length === 0 ? undefined : policyOf(statements);
  const policy = own ?? granted;
  if (policy === undefined) return { ...noResourceLayers, ownerId };
  const whole = { ...policy, statements: [...(own?.statements ?? []), ...(granted?.statements ?? [])] };
  const layerOf = (source: Policy): Layers["resource"] => ({
    kind: "resource",
    policy: {
      name: granted === undefined ? name : `bucket policy and ACL of ${bucket}`,
      program: compilePolicy(source),
    },
  });
  const layer = layerOf(whole);
  const denials = { ...whole, statements: whole.statements.filter(({ effect }) => effect === "Deny") };
  return { layer, outside: isRestricted ? layerOf(denials) : layer, ownerId };
}

function policyOf(Statement: readonly object[]): Policy | undefined {
  return parsePolicy(JSON.stringify({ Version: "2012-10-17", Statement }), "resource").policy;
}
