import { catalogServices, resourceTemplates } from "../../catalog/catalog.ts";
import { isResourceOfBucket } from "../../match/bucket-resource.ts";
import { iamResourcePaths, isIamResourcePath } from "../../match/iam-resource-path.ts";
import { overlapsTemplate } from "../arn-units.ts";
import { type Remark, type Rule, checks, remark } from "../rule.ts";
import type { LocatedCondition, LocatedStatement } from "../subject.ts";

/** `arn:aws:s3:::bucket:*`: a colon before the first slash, wildcard or variable, where the name of a bucket is, which has none. */
const bucketWithColon = /^arn:[^:]*:s3:::[^/*?$:]*:/;
const slashHelp = "a slash comes after the name of the bucket: `arn:aws:s3:::bucket/*` is its objects";

export const resourceRules = {
  /** An ARN that no resource of its service has: `arn:aws:s3:eu-west-1:111122223333:bucket`. */
  "unmatchable-resource": {
    severity: "error",
    meaning: "no resource of the service has an ARN of this form",
    page: `${checks}-error-invalid-arn-resource`,
    check: ({ statements }) =>
      statements.flatMap(({ resources }) =>
        resources.flatMap(({ pattern, place }) => {
          const service = pattern.text.split(":")[2] ?? "";
          if (!isIamResourcePath(pattern)) return []; // iam-resource-path says more
          if (!catalogServices.includes(service)) return [];
          const hasColon = bucketWithColon.test(pattern.text);
          if (!hasColon && resourceTemplates.some((arn) => overlapsTemplate(pattern, arn))) return [];
          const message = `no resource of \`${service}\` has an ARN such as \`${pattern.text}\``;
          return [remark(place, message, hasColon ? slashHelp : formHelp(service, pattern.text))];
        }),
      ),
  },

  /** IAM stores no policy with it. */
  "iam-resource-path": {
    severity: "error",
    meaning: "an ARN of IAM whose last part begins with no kind of resource: IAM stores no policy with it",
    page: `${checks}-error-invalid-arn-resource`,
    check: ({ statements }) =>
      statements.flatMap(({ resources }) =>
        resources
          .filter(({ pattern }) => !isIamResourcePath(pattern))
          .map(({ pattern, place }) =>
            remark(
              place,
              `\`${pattern.text}\` is not accepted by IAM`,
              `the last part must be \`*\`, \`root\`, or start with ${iamResourcePaths.map((path) => `\`${path}\``).join(", ")}`,
            ),
          ),
      ),
  },

  /** A bucket policy speaks of its own bucket and its objects; S3 refuses others ("Policy has invalid resource"). */
  "foreign-bucket": {
    severity: "error",
    meaning: "a bucket policy that names another bucket",
    page: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html",
    check: ({ kind, bucket, statements }) =>
      kind !== "resource" || bucket === undefined
        ? []
        : statements.flatMap(({ resources }) =>
            resources
              .filter(({ pattern }) => !isResourceOfBucket(pattern, bucket))
              .map(({ pattern: { text }, place }) => ({
                place,
                message: `\`${text}\` is not the bucket \`${bucket}\` or an object of it`,
                help: `write \`arn:aws:s3:::${bucket}\` or \`arn:aws:s3:::${bucket}/*\``,
              })),
          ),
  },

  /**
   * Prefixes are text, not folders: `bucket/tenant1*` and the `s3:prefix` `tenant1` take `tenant10/…` too.
   * https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-prefixes.html
   */
  "prefix-sibling": {
    severity: "suggestion",
    meaning: "a prefix without a slash at its end, which matches longer names too",
    page: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-prefixes.html",
    check: ({ statements }) =>
      statements
        .filter(({ statement }) => statement.effect === "Allow")
        .flatMap((one) => objectRemarks(one).concat(one.conditions.flatMap(prefixRemarks))),
  },
} as const satisfies Readonly<Record<string, Rule>>;

function formHelp(service: string, text: string): string | undefined {
  const [, , , region, account] = text.split(":");
  if (service === "s3" && (region !== "" || account !== ""))
    return "the ARN of a bucket or an object has no region and no account: `arn:aws:s3:::bucket/key`";
  return service === "iam" && region !== ""
    ? "ARNs of IAM have no region: `arn:aws:iam::111122223333:role/name`"
    : undefined;
}

function objectRemarks({ statement, resources }: LocatedStatement): readonly Remark[] {
  if (statement.resource?.negated === true) return [];
  return resources.flatMap(({ pattern: { text }, place }) => {
    const [, prefix] = /^arn:[^:]*:s3:::[^/]+\/(.*[^/*?])\*$/s.exec(text) ?? [];
    return prefix === undefined || isDelimited(prefix) ? [] : [siblingRemark(place, `${prefix}*`, prefix)];
  });
}

function prefixRemarks({ condition, values }: LocatedCondition): readonly Remark[] {
  const { key, operator } = condition;
  if (key.toLowerCase() !== "s3:prefix" || !/^String(Equals|EqualsIgnoreCase|Like)$/.test(operator)) return [];
  return values.flatMap(({ pattern: { text }, place }) => {
    const prefix = operator === "StringLike" ? text.replace(/\*$/, "") : text;
    return prefix === "" || isDelimited(prefix) ? [] : [siblingRemark(place, text, prefix)];
  });
}

/** `logs/`, `logs-`: what comes after it is no longer a part of the name. */
function isDelimited(prefix: string): boolean {
  return /[/*?._=-]$/.test(prefix);
}

function siblingRemark(place: Remark["place"], text: string, prefix: string): Remark {
  const [name = prefix] = /(?:\$\{[^}]*\}|[^/])*$/.exec(prefix) ?? []; // a variable may have a slash in its name
  return {
    place,
    message: `\`${text}\` also takes what begins with \`${name}0\`, \`${name}-old\` and so on`,
    help: `end it with a slash: \`${prefix}/\``,
  };
}
