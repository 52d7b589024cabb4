import type { Check } from "../rule.ts";
import { overlapsTemplate } from "../arn-units.ts";

/** A bucket policy speaks of its own bucket and its objects; S3 refuses others ("Policy has invalid resource"). */
export const checkBucketResources: Check = ({ kind, bucket, statements }) =>
  kind !== "resource" || bucket === undefined
    ? []
    : statements.flatMap(({ resources }) =>
        resources
          .filter(
            ({ pattern }) =>
              !overlapsTemplate(pattern, "arn:${Partition}:s3:::" + bucket) &&
              !overlapsTemplate(pattern, "arn:${Partition}:s3:::" + bucket + "/${ObjectName}"),
          )
          .map(({ pattern: { text }, place }) => ({
            place,
            message: `\`${text}\` is not the bucket \`${bucket}\` or an object of it`,
            help: `write \`arn:aws:s3:::${bucket}\` or \`arn:aws:s3:::${bucket}/*\``,
          })),
      );
