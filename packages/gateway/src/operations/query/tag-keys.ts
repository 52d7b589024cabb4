/** Condition keys of tags sent with a request. https://docs.aws.amazon.com/IAM/latest/UserGuide/access_tags.html */
export function requestTagKeys(
  tags: ReadonlyMap<string, string>,
): Readonly<Record<string, string | readonly string[]>> {
  if (tags.size === 0) return {};
  return {
    ...Object.fromEntries([...tags].map(([key, value]) => [`aws:RequestTag/${key}`, value])),
    "aws:TagKeys": [...tags.keys()],
  };
}

/** Condition keys of tags on the resource. */
export function resourceTagKeys(tags: ReadonlyMap<string, string>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...tags].flatMap(([key, value]) => [
      [`aws:ResourceTag/${key}`, value] as const,
      [`iam:ResourceTag/${key}`, value] as const,
    ]),
  );
}
