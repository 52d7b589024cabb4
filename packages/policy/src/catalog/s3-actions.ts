import { matchAction } from "../names/action.ts";
import type { ActionPattern } from "../syntax/policy.ts";
import { s3Actions, s3ConditionKeys, type S3ResourceType } from "./s3.ts";

export interface S3Action {
  /** `s3:GetObject`. */
  readonly name: string;
  readonly resource: S3ResourceType;
}

const all: readonly S3Action[] = (Object.keys(s3Actions) as S3ResourceType[]).flatMap((resource) =>
  s3Actions[resource].map((name) => ({ name: `s3:${name}`, resource })),
);

/** The S3 actions a pattern of a policy means; none for a misspelt one. */
export function s3ActionsMatching(pattern: ActionPattern): readonly S3Action[] {
  return all.filter(({ name }) => matchAction(pattern, name));
}

const foldedKeys = s3ConditionKeys.map((key) => key.toLowerCase());

/** Whether S3 knows the condition key; case does not matter. Global (`aws:`) keys are not S3's. */
export function isS3ConditionKey(key: string): boolean {
  const folded = key.toLowerCase();
  return foldedKeys.some((known) =>
    known.endsWith("/") ? folded.startsWith(known) && folded.length > known.length : folded === known,
  );
}
