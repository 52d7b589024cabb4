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

/** Condition keys of tags on the resource. `iam:ResourceTag` is documented for users and roles only. */
export function resourceTagKeys(
  kind: "user" | "role" | "policy" | "mfa" | "oidc-provider" | "analyzer",
  tags: ReadonlyMap<string, string>,
): Readonly<Record<string, string>> {
  const hasOwnKey = kind === "user" || kind === "role";
  const prefixes = hasOwnKey ? ["aws:ResourceTag", "iam:ResourceTag"] : ["aws:ResourceTag"];
  return Object.fromEntries(
    [...tags].flatMap(([key, value]) => prefixes.map((prefix) => [`${prefix}/${key}`, value] as const)),
  );
}
