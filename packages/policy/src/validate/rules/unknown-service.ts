import { catalogServices, nearestAction } from "../../catalog/catalog.ts";
import { matchAction } from "../../match/action.ts";
import type { ActionPattern } from "../../model/policy.ts";
import { type Check, didYouMean, remark } from "../rule.ts";

/**
 * An action of a service the catalog does not hold: nothing here can check it, and nothing here answers it. `NotAction` names the
 * services a statement leaves alone, which are rightly others; there only what looks like a misspelt one is told.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_aws_deny-requested-region.html
 */
export const checkServices: Check = ({ statements }) =>
  statements.flatMap(({ statement, actions }) =>
    actions
      .filter(
        ({ pattern }) => !isKnown(pattern) && (!statement.action.negated || nearestAction(pattern.text) !== undefined),
      )
      .map(({ pattern: { text, service }, place }) => {
        const known = catalogServices.join(", ");
        const message = `\`${service}\` is not a service whose actions are known here (${known})`;
        return remark(place, message, didYouMean(nearestAction(text)));
      }),
  );

function isKnown({ text, service }: ActionPattern): boolean {
  return catalogServices.some((one) => matchAction({ text, service, name: "*" }, `${one}:Any`));
}
