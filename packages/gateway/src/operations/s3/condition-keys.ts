import { findAction, hasConditionKey } from "@s3-credentials/policy";
import { type S3ConditionKey, s3ConditionKeys, type S3Demand } from "../demand.ts";

/** What decides which condition keys requests for an operation can have. */
interface Carrier {
  readonly demands: readonly S3Demand[];
  /** What a request for the operation can have, as `modelledMembers` names it. */
  readonly members: ReadonlySet<string>;
  /** It is about an upload, which keeps what its initiation said. */
  readonly isOfUpload: boolean;
  readonly makesObject: boolean | undefined;
}

/** Whether a request for the operation can have the key. A key that is not here has the name of its header, and no other source. */
const carriers: Partial<Record<S3ConditionKey, (carrier: Carrier) => boolean>> = {
  "s3:prefix": ({ members }) => members.has("?prefix"),
  "s3:delimiter": ({ members }) => members.has("?delimiter"),
  "s3:max-keys": ({ members }) => members.has("?max-keys"),
  "s3:VersionId": ({ members }) =>
    ["?versionId", "/Object/VersionId", "x-amz-copy-source"].some((name) => members.has(name)),
  "s3:InventoryAccessibleOptionalFields": ({ members }) => members.has("/OptionalFields/Field"),
  "s3:LocationConstraint": ({ members }) => members.has("/LocationConstraint"),
  "s3:if-match": ({ members }) => members.has("if-match") || members.has("/Object/ETag"),
  "s3:ObjectCreationOperation": ({ makesObject }) => makesObject !== undefined,
  "s3:ExistingObjectTag/": () => true,
  "s3:RequestObjectTag/": bringsTags,
  "s3:RequestObjectTagKeys": bringsTags,
  "s3:object-lock-mode": ({ members }) => members.has("x-amz-object-lock-mode") || members.has("/Mode"),
  "s3:object-lock-legal-hold": ({ members }) => members.has("x-amz-object-lock-legal-hold") || members.has("/Status"),
  "s3:object-lock-retain-until-date": bringsDate,
  "s3:object-lock-remaining-retention-days": bringsDate,
  "s3:x-amz-server-side-encryption": ofUpload("x-amz-server-side-encryption"),
  "s3:x-amz-server-side-encryption-aws-kms-key-id": ofUpload("x-amz-server-side-encryption-aws-kms-key-id"),
  "s3:x-amz-server-side-encryption-customer-algorithm": ofUpload("x-amz-server-side-encryption-customer-algorithm"),
};

function bringsTags({ members }: Carrier): boolean {
  return members.has("x-amz-tagging") || members.has("/TagSet/Tag/Key");
}

function bringsDate({ members }: Carrier): boolean {
  return members.has("x-amz-object-lock-retain-until-date") || members.has("/RetainUntilDate");
}

function ofUpload(header: string) {
  return ({ members, isOfUpload }: Carrier): boolean => isOfUpload || members.has(header);
}

/**
 * The keys of single operations that requests for this one can have: documented for one of its actions, and part of what its requests can
 * have. No row lists them, because a Deny by a key that a row forgot would let requests pass.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
 */
export function conditionKeysOf(carrier: Carrier): readonly S3ConditionKey[] {
  const actions = carrier.demands.flatMap(({ action }) => findAction(action) ?? []);
  return s3ConditionKeys.filter(
    (key) =>
      actions.some((action) => hasConditionKey(action, key)) &&
      (carriers[key]?.(carrier) ?? carrier.members.has(key.slice("s3:".length))),
  );
}
