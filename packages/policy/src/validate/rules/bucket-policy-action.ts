import { catalogServices } from "../../catalog/catalog.ts";
import { actionsMatching } from "../statement-actions.ts";
import type { Check } from "../rule.ts";

/** A bucket policy holds actions on the bucket and its objects only: S3 refuses others ("Policy has invalid action"). */
export const checkBucketActions: Check = ({ kind, statements }) =>
  kind !== "resource"
    ? []
    : statements.flatMap(({ actions }) =>
        actions.flatMap(({ pattern, place }) => {
          const meant = actionsMatching(pattern);
          const isKnown = catalogServices.includes(pattern.service);
          if (!isKnown || meant.length === 0 || meant.some(({ resources }) => resources.some(isOfBucket))) return [];
          return [
            {
              place,
              message: `\`${pattern.text}\` is not asked on a bucket or an object, so a bucket policy cannot hold it`,
              help: "grant it in a policy of the user or role",
            },
          ];
        }),
      );

function isOfBucket({ arn }: { readonly arn: string }): boolean {
  return arn.startsWith("arn:${Partition}:s3:::");
}
