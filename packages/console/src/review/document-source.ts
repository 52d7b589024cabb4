/** Where a document under review comes from: a version of a managed policy, or text that was pasted. */
export interface DocumentSource {
  readonly arn: string;
  /** Empty: the default version. */
  readonly version: string;
}

/** What a link says in place of an ARN when the text was pasted: the text itself is in no address. */
export const pasted = "text";

/** `arn:aws:iam::123456789012:policy/reports-read:v2`, without `:v2` for the default version. */
export function readSource(written: string): DocumentSource {
  const [, arn = written, version = ""] = /^(.*):(v\d+)$/.exec(written) ?? [];
  return { arn, version };
}

export function sourceText({ arn, version }: DocumentSource): string {
  return version === "" ? arn : `${arn}:${version}`;
}

export function reviewPath(before: DocumentSource, after: DocumentSource): string {
  return `/review?${new URLSearchParams({ before: sourceText(before), after: sourceText(after) })}`;
}

/** Nothing chosen yet. */
export const noSource: DocumentSource = { arn: "", version: "" };
