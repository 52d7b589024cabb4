/** Tags that mark the users that this tool made, and say what they are for. */
export const toolTags = {
  /** ARN of who ran the tool. */
  creator: "s3-credentials:creator",
  /** `read-only my-bucket/reports/`. */
  purpose: "s3-credentials:purpose",
  /** ISO 8601, UTC, whole seconds. */
  expires: "s3-credentials:expires",
} as const;

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html: 256 characters of a few kinds; others become `_`. */
export function tagValue(text: string): string {
  return [...text.replace(/[^\p{L}\p{Z}\p{N}_.:/=+\-@]/gu, "_")].slice(0, 256).join("");
}

/** Whether a user with these tags was made by this tool. */
export function isOurs(tags: ReadonlyMap<string, string>): boolean {
  return tags.has(toolTags.creator);
}

/** `2026-12-23T00:00:00Z` */
export function isoSeconds(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

export function isToolTag(key: string): boolean {
  return Object.values<string>(toolTags).includes(key);
}

/** Tags as IAM and STS take them. */
export function tagList(tags: ReadonlyMap<string, string>): { readonly Key: string; readonly Value: string }[] {
  return [...tags].map(([Key, Value]) => ({ Key, Value }));
}
