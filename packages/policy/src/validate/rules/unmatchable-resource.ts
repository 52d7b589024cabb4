import { catalogServices, resourceTemplates } from "../../catalog/catalog.ts";
import { isIamResourcePath } from "../../match/iam-resource-path.ts";
import { overlapsTemplate } from "../arn-units.ts";
import { type Check, remark } from "../rule.ts";

/** An ARN that no resource of its service has: `arn:aws:s3:eu-west-1:111122223333:bucket`. */
export const checkResourceForms: Check = ({ statements }) =>
  statements.flatMap(({ resources }) =>
    resources.flatMap(({ pattern, place }) => {
      const service = pattern.text.split(":")[2] ?? "";
      if (!isIamResourcePath(pattern)) return []; // iam-resource-path says more
      if (!catalogServices.includes(service) || resourceTemplates.some((arn) => overlapsTemplate(pattern, arn)))
        return [];
      const [, , , region, account] = pattern.text.split(":");
      const isBucket = service === "s3" && (region !== "" || account !== "");
      const help = isBucket
        ? "the ARN of a bucket or an object has no region and no account: `arn:aws:s3:::bucket/key`"
        : service === "iam" && region !== ""
          ? "ARNs of IAM have no region: `arn:aws:iam::111122223333:role/name`"
          : undefined;
      const message = `no resource of \`${service}\` has an ARN such as \`${pattern.text}\``;
      return [remark(place, message, help)];
    }),
  );
