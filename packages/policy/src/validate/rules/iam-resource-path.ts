import { iamResourcePaths, isIamResourcePath } from "../../match/iam-resource-path.ts";
import { type Check, remark } from "../rule.ts";

/** IAM stores no policy with it. */
export const checkIamResourcePaths: Check = ({ statements }) =>
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
  );
