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
import type { Layers, NamedProgram } from "../engine/program.ts";
import { parseArn } from "../match/arn.ts";
import { type PolicyOrigin, policyNameOf } from "../model/policy-origin.ts";
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

export interface BucketPolicy {
  readonly bucket: string;
  /** Undefined: the bucket has none. */
  readonly policy: Policy | "unreadable" | undefined;
  /** The policy is public, and public policies are restricted: outside the account, only its denials count. */
  readonly isRestricted: boolean;
}

export interface BucketAcl {
  /** What the ACL at `place` grants to others than the owner, as far as ACLs count. */
  readonly grants: readonly AclGrant[];
  readonly place: AclPlace | undefined;
  readonly ownerId: string | undefined;
}

/**
 * The layers for each ACL that counts beside the policy. Where none grants anything they are the same objects, so that questions about many
 * actions share what is found out about the policy. A policy that cannot be read denies, here as at the service.
 */
export function bucketLayers({ bucket, policy: own, isRestricted }: BucketPolicy): (acl: BucketAcl) => ResourceLayers {
  const layersOf = (policy: Policy, withAcl: boolean): Pick<ResourceLayers, "layer" | "outside"> => {
    const origin = { kind: "bucket", bucket, withAcl } as const;
    const layer = layerOf(origin, compilePolicy(policy));
    const denials = { ...policy, statements: policy.statements.filter(({ effect }) => effect === "Deny") };
    return { layer, outside: isRestricted ? layerOf(origin, compilePolicy(denials)) : layer };
  };
  const ofPolicy =
    own === undefined ? noResourceLayers : own === "unreadable" ? unreadable(bucket) : layersOf(own, false);
  return ({ grants, place, ownerId }) => {
    const statements = place === undefined ? [] : aclStatements(grants, place);
    const granted = statements.length === 0 ? undefined : policyOf(statements);
    if (granted === undefined || own === "unreadable") return { ...ofPolicy, ownerId };
    const whole = { ...(own ?? granted), statements: [...(own?.statements ?? []), ...granted.statements] };
    return { ...layersOf(whole, true), ownerId };
  };
}

function layerOf(origin: PolicyOrigin, program: NamedProgram["program"]): Layers["resource"] {
  return { kind: "resource", policy: { name: policyNameOf(origin), origin, program } };
}

function unreadable(bucket: string): Pick<ResourceLayers, "layer" | "outside"> {
  const layer = layerOf({ kind: "bucket", bucket, withAcl: false }, "unreadable");
  return { layer, outside: layer };
}

function policyOf(Statement: readonly object[]): Policy | undefined {
  return parsePolicy(JSON.stringify({ Version: "2012-10-17", Statement }), "resource").policy;
}
