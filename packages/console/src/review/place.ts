/** Where a document under review comes from: a version of a managed policy, or text that was pasted. */
export interface Place {
  readonly arn: string;
  /** Empty: the default version. */
  readonly version: string;
}

/** What a link says in place of an ARN when the text was pasted: the text itself is in no address. */
export const pasted = "text";

/** `arn:aws:iam::123456789012:policy/reports-read:v2`, without `:v2` for the default version. */
export function readPlace(written: string): Place {
  const [, arn = written, version = ""] = /^(.*):(v\d+)$/.exec(written) ?? [];
  return { arn, version };
}

export function placeText({ arn, version }: Place): string {
  return version === "" ? arn : `${arn}:${version}`;
}

export function reviewPath(before: Place, after: Place): string {
  return `/review?${new URLSearchParams({ before: placeText(before), after: placeText(after) })}`;
}

/** Nothing chosen yet. */
export const nowhere: Place = { arn: "", version: "" };
