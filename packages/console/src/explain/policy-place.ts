/** The policy of a change, where it is kept: read, written and put back through the calls that the pages of policies make. */
import { orNone } from "../api/call.ts";
import { iam } from "../api/iam/iam.ts";
import { attachPolicy, deleteInline, detachPolicy, getInline, putInline } from "../api/iam/identity-policies.ts";
import { getPolicy, getVersion, saveVersion } from "../api/iam/policies.ts";
import { getRole } from "../api/iam/roles.ts";
import { changedSince, checkKept } from "../shell/changed-since.ts";
import type { Undo } from "../shell/steps.ts";
import { deleteBucketPolicy, getBucketPolicy, putBucketPolicy } from "../api/s3.ts";
import type { PolicyPlace } from "./place-of.ts";

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
