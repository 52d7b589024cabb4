import { checkBucketName } from "@s3-credentials/policy";

/** Which rule a bucket's name breaks; undefined when none. https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
export function bucketNameFault(name: string): string | undefined {
  const fault = checkBucketName(name);
  if (fault === undefined || /[*?]|\$\{/.test(name)) return fault;
  const rule = brokenRule(name);
  return rule === undefined ? fault : `\`${name}\` is not a bucket name: ${rule}`;
}

function brokenRule(name: string): string | undefined {
  if (name === "") return "it is empty";
  if (/^(s3|arn):/.test(name)) return "give the name alone, without s3:// or the beginning of an ARN";
  const foreign = /[^A-Za-z0-9._-]/u.exec(name)?.[0];
  if (foreign === "/") return "it holds a `/`: give the name alone, and keys with --prefix";
  if (foreign !== undefined) return `it holds \`${foreign}\`, and may have letters, digits, dots and hyphens only`;
  if (name.length < 3) return `it has ${name.length} characters, and must have at least 3`;
  if (name.length > 63) return `it has ${name.length} characters, and may have at most 63`;
  return /^[A-Za-z0-9]/.test(name) ? undefined : "it must begin with a letter or a digit";
}
