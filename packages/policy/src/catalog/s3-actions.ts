import { matchAction } from "../match/action.ts";
import type { ActionPattern } from "../model/policy.ts";
import { type CatalogAction, conditionKeyType, hasConditionKey, serviceActions } from "./catalog.ts";

/** What a bucket's policy can be about: the bucket or its objects; `none` for actions on neither. */
export type S3ResourceType = "bucket" | "object" | "none";

export interface S3Action {
  /** `s3:GetObject`. */
  readonly name: string;
  readonly resource: S3ResourceType;
  /** Whether requests for the action may have S3's condition key; case does not matter. */
  readonly hasKey: (key: string) => boolean;
}

const all: readonly S3Action[] = (serviceActions("s3") ?? []).map((action) => ({
  name: action.name,
  resource: resourceOf(action),
  hasKey: (key) => hasConditionKey(action, key),
}));

function resourceOf({ resources }: CatalogAction): S3ResourceType {
  const isAskedOn = (type: S3ResourceType): boolean => resources.some((one) => one.type === type);
  return isAskedOn("object") ? "object" : isAskedOn("bucket") ? "bucket" : "none";
}

/** The S3 actions a pattern of a policy means; none for a misspelt one. */
export function s3ActionsMatching(pattern: ActionPattern): readonly S3Action[] {
  return all.filter(({ name }) => matchAction(pattern, name));
}

/** Whether S3 knows the condition key; case does not matter. Global (`aws:`) keys are not S3's. */
export function isS3ConditionKey(key: string): boolean {
  return /^s3:/i.test(key) && conditionKeyType(key) !== undefined;
}
