import { isOperatorName, operators } from "../../condition/operators.ts";
import type { Statement } from "../../model/policy.ts";
import type { Check } from "../rule.ts";
import { mayAllow } from "../statement-actions.ts";

/** `iam:PassRole` on roles nobody listed: "it can allow your principals to access more services or features than you intended". */
export const checkPassRole: Check = ({ statements }) =>
  statements
    .filter(
      ({ statement }) => mayAllow(statement, "iam:PassRole") && meansManyRoles(statement) && !namesService(statement),
    )
    .map(({ actions, element, statement, resources }) => {
      const wide = resources.find(({ pattern }) => /[*?]/.test(pattern.text));
      const written = actions.find(({ pattern }) => pattern.name.includes("pass"));
      return {
        place: written?.place ?? wide?.place ?? element(statement.action.negated ? "NotAction" : "Action"),
        message: "any of many roles may be passed to any service (`iam:PassRole`)",
        help: "list the roles' ARNs in `Resource`, or add the condition key `iam:PassedToService`",
      };
    });

/** A prefix such as `role/Service*` is a list of a kind: "some AWS services include their namespace in the name of their role". */
function meansManyRoles({ resource }: Statement): boolean {
  if (resource === undefined || resource.negated) return resource !== undefined;
  return resource.patterns.some(({ text }) => /(^|:)(\*|role\*|role\/\*)$/.test(text));
}

function namesService({ conditions }: Statement): boolean {
  return conditions.some(({ key, operator }) => {
    return key.toLowerCase() === "iam:passedtoservice" && isOperatorName(operator) && !operators[operator].negated;
  });
}
