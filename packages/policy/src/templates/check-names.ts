/** What may be put into a template: text that would widen the policy is refused, what surprises people is warned of. */

/** Why this cannot be a bucket's name; undefined when it can. https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
export function checkBucketName(name: string): string | undefined {
  if (/[*?]|\$\{/.test(name)) return `\`${name}\` holds a wildcard or a variable and would name more than one bucket`;
  if (name.length < 3 || name.length > 255) return `\`${name}\` is not a bucket name: it must have 3 to 63 characters`;
  // Buckets of before 2018 may have capital letters and underscores.
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name))
    return `\`${name}\` is not a bucket name: letters, digits, dots and hyphens only`;
  return undefined;
}

export interface PrefixCheck {
  readonly error?: string;
  readonly warnings: readonly string[];
}

/** A single `*` at the end is what the template would add itself. */
export function checkPrefix(prefix: string): PrefixCheck {
  const text = prefix.endsWith("*") ? prefix.slice(0, -1) : prefix;
  if (/[*?]/.test(text))
    return { error: `the prefix \`${prefix}\` holds a wildcard, which would match more than it says`, warnings: [] };
  if (text.includes("${"))
    return { error: `the prefix \`${prefix}\` holds \`\${\`, which a policy reads as a variable`, warnings: [] };
  const warnings: string[] = [];
  if (text.startsWith("/")) warnings.push(`the prefix \`${prefix}\` begins with \`/\`: keys rarely do`);
  if (text !== "" && !text.endsWith("/"))
    warnings.push(`the prefix \`${text}\` also matches \`${text}0\` and the like; end it with \`/\` to mean a folder`);
  return { warnings };
}
