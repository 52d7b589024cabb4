/** Where the policy of a change is kept, by what the change and the request say. */
import { arnOf, type Change, isAwsManaged, type Layers, parseArn, type Principal } from "@s3-credentials/policy";

interface PolicyIdentity {
  readonly kind: "User" | "Group" | "Role";
  readonly name: string;
}

export type PolicyPlace =
  | { readonly kind: "inline"; readonly identity: PolicyIdentity; readonly name: string }
  /** `identity`: whom it is attached to; undefined for a boundary. */
  | { readonly kind: "managed"; readonly arn: string; readonly identity: PolicyIdentity | undefined }
  | { readonly kind: "bucket"; readonly bucket: string }
  | { readonly kind: "trust"; readonly role: string };

/** Undefined: nobody can change it here, such as the policy of a session that was issued. */
export function placeOf(change: Change, caller: Principal, layers: Layers, resource: string): PolicyPlace | undefined {
  if (change.kind === "set-key" || change.kind === "act-as") return undefined;
  const identity = identityOf(caller);
  if (change.layer === "resource") return resourcePlace(resource, "accountId" in caller ? caller.accountId : "");
  if (change.layer === "boundary") {
    const origin = layers.boundary === "none" ? undefined : layers.boundary.origin;
    return origin?.kind !== "managed" || isAwsManaged(origin)
      ? undefined
      : { kind: "managed", arn: origin.arn, identity: undefined };
  }
  if (change.layer !== "identity" || identity === undefined) return undefined;
  if (change.kind === "add-statement") return { kind: "inline", identity, name: newPolicyName(change.action) };
  const { origin } = change;
  if (origin?.kind !== "inline" && origin?.kind !== "managed") return undefined;
  const of: PolicyIdentity = origin.group === undefined ? identity : { kind: "Group", name: origin.group };
  if (origin.kind === "inline") return { kind: "inline", identity: of, name: origin.name };
  // A policy of AWS is nobody's to change: it can only be detached.
  if (isAwsManaged(origin) && change.kind !== "remove-statement") return undefined;
  return { kind: "managed", arn: origin.arn, identity: of };
}

/** A user, or the role of a session. */
function identityOf(caller: Principal): PolicyIdentity | undefined {
  if (caller.kind === "role-session") return { kind: "Role", name: caller.roleName };
  if (caller.kind !== "user" && caller.kind !== "user-session") return undefined;
  return { kind: "User", name: arnOf(caller).split("/").at(-1) ?? "" };
}

/** The bucket that a resource is or is in; empty for anything else. */
export function bucketOf(resource: string): string {
  const arn = parseArn(resource);
  return arn?.service === "s3" && arn.account === "" ? (arn.resource.split("/")[0] ?? "") : "";
}

/**
 * `account`: of the caller, which is that of this page. A role of another account may have the name of one that is here: whoever asks for it
 * chooses which, and would be let into this one.
 */
function resourcePlace(resource: string, account: string): PolicyPlace | undefined {
  const bucket = bucketOf(resource);
  if (bucket !== "") return { kind: "bucket", bucket };
  const [, of, role] = /^arn:[\w-]+:iam::(\d+):role\/(?:.*\/)?([^/]+)$/.exec(resource) ?? [];
  return role === undefined || of !== account ? undefined : { kind: "trust", role };
}

/** `allow-s3-GetObject` */
function newPolicyName(action: string): string {
  return `allow-${action.replace(":", "-")}`;
}
