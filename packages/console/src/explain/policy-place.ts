/** Where the policy of a change is kept: read, written and put back through the calls that the pages of policies make. */
import { arnOf, type Change, type Layers, parseArn, type Principal } from "@s3-credentials/policy";
import { orNone } from "../api/call.ts";
import {
  deleteInline,
  detachPolicy,
  attachPolicy,
  getInline,
  getPolicy,
  getRole,
  getVersion,
  iam,
  type IdentityKind,
  putInline,
  saveVersion,
} from "../api/iam.ts";
import { changedSince, checkKept } from "../shell/changed-since.ts";
import type { Undo } from "../shell/steps.ts";
import { deleteBucketPolicy, getBucketPolicy, putBucketPolicy } from "../api/s3.ts";

export interface PolicyIdentity {
  readonly kind: IdentityKind;
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
  if (change.layer === "resource") return resourcePlace(resource);
  if (change.layer === "boundary") {
    const { boundary } = layers;
    return boundary === "none" || isOfAws(boundary.name)
      ? undefined
      : { kind: "managed", arn: boundary.name, identity: undefined };
  }
  if (change.layer !== "identity" || identity === undefined) return undefined;
  if (change.kind === "add-statement") return { kind: "inline", identity, name: newPolicyName(change.action) };
  const [, own = "", group] = /^(.*?)(?: \(of group (.+)\))?$/.exec(change.policy) ?? [];
  const of: PolicyIdentity = group === undefined ? identity : { kind: "Group", name: group };
  // A policy of AWS is nobody's to change: it can only be detached.
  if (isOfAws(own) && change.kind !== "remove-statement") return undefined;
  if (own.startsWith("arn:")) return { kind: "managed", arn: own, identity: of };
  return { kind: "inline", identity: of, name: own.replace(/ \(inline\)$/, "") };
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

function resourcePlace(resource: string): PolicyPlace | undefined {
  const bucket = bucketOf(resource);
  if (bucket !== "") return { kind: "bucket", bucket };
  const [, role] = /^arn:[\w-]+:iam::\d+:role\/(?:.*\/)?([^/]+)$/.exec(resource) ?? [];
  return role === undefined ? undefined : { kind: "trust", role };
}

export function isOfAws(arn: string): boolean {
  return arn.startsWith("arn:aws:iam::aws:");
}

/** `allow-s3-GetObject` */
function newPolicyName(action: string): string {
  return `allow-${action.replace(":", "-")}`;
}

/** Undefined: there is none yet. */
export async function readPlace(place: PolicyPlace): Promise<string | undefined> {
  switch (place.kind) {
    case "inline":
      return orNone(getInline(place.identity.kind, place.identity.name, place.name), "NoSuchEntity");
    case "managed":
      return getVersion(place.arn, (await getPolicy(place.arn)).defaultVersion);
    case "bucket":
      return getBucketPolicy(place.bucket);
    case "trust":
      return (await getRole(place.role)).trust;
  }
}

/**
 * `after` undefined: the policy goes, and a managed one is detached. Resolves with what takes the change back. Rejects when the policy is not
 * `before` any more: what somebody has written since it was read, a Deny for example, would be gone.
 */
export async function writePlace(
  place: PolicyPlace,
  before: string | undefined,
  after: string | undefined,
): Promise<Undo> {
  checkKept(await readPlace(place), before, placeWords(place));
  if (place.kind === "managed") return writeManaged(place, after);
  await put(place, after);
  return async () => {
    checkKept(await readPlace(place), after, placeWords(place));
    await put(place, before);
  };
}

async function writeManaged(
  { arn, identity }: Extract<PolicyPlace, { readonly kind: "managed" }>,
  after: string | undefined,
): Promise<Undo> {
  if (after === undefined) {
    if (identity === undefined) throw new Error(`a boundary that says nothing is not written: ${arn}`);
    await detachPolicy(identity.kind, identity.name, arn);
    return () => attachPolicy(identity.kind, identity.name, arn);
  }
  const { defaultVersion } = await getPolicy(arn);
  const version = await saveVersion(arn, after);
  return async () => {
    if ((await getPolicy(arn)).defaultVersion !== version) throw changedSince(arn);
    await iam("SetDefaultPolicyVersion", { PolicyArn: arn, VersionId: defaultVersion });
    await iam("DeletePolicyVersion", { PolicyArn: arn, VersionId: version });
  };
}

async function put(
  place: Exclude<PolicyPlace, { readonly kind: "managed" }>,
  text: string | undefined,
): Promise<unknown> {
  if (place.kind === "inline") {
    const { identity, name } = place;
    return text === undefined
      ? deleteInline(identity.kind, identity.name, name)
      : putInline(identity.kind, identity.name, name, text);
  }
  if (place.kind === "bucket")
    return text === undefined ? deleteBucketPolicy(place.bucket) : putBucketPolicy(place.bucket, text);
  if (text === undefined) throw new Error(`a role always has a trust policy: ${place.role}`);
  return iam("UpdateAssumeRolePolicy", { RoleName: place.role, PolicyDocument: text });
}

/** "the policy reports-read", "the bucket policy of reports" */
export function placeWords(place: PolicyPlace): string {
  switch (place.kind) {
    case "inline":
      return `the policy ${place.name} of the ${place.identity.kind.toLowerCase()} ${place.identity.name}`;
    case "managed":
      return `the policy ${place.arn.split("/").at(-1) ?? place.arn}`;
    case "bucket":
      return `the bucket policy of ${place.bucket}`;
    case "trust":
      return `the trust policy of ${place.role}`;
  }
}
