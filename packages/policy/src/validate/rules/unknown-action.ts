import { nearestAction, serviceActions } from "../../catalog/catalog.ts";
import { actionOfOperation } from "../../catalog/operation-actions.ts";
import { type Check, didYouMean, remark } from "../rule.ts";
import { actionsMatching } from "../statement-actions.ts";

/** An action, or a pattern that takes no action, of a service the catalog holds in full. */
export const checkActions: Check = ({ statements }) =>
  statements.flatMap(({ actions }) =>
    actions
      .filter(({ pattern }) => serviceActions(pattern.service) !== undefined && actionsMatching(pattern).length === 0)
      .map(({ pattern: { text, service }, place }) =>
        /[*?]/.test(text)
          ? { place, message: `\`${text}\` takes no action of \`${service}\`` }
          : remark(place, `\`${text}\` is not an action`, helpFor(text)),
      ),
  );

function helpFor(text: string): string | undefined {
  const meant = actionOfOperation(text);
  return meant === undefined ? didYouMean(nearestAction(text)) : `that operation's action is \`${meant}\``;
}
