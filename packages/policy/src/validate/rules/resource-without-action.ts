import { catalogServices, resourceTemplates } from "../../catalog/catalog.ts";
import { overlapsTemplate } from "../arn-units.ts";
import type { Check } from "../rule.ts";
import { actionsOfStatement, isBeyondCatalog } from "../statement-actions.ts";

/** A resource that none of the statement's actions is asked on: a bucket's ARN with actions on objects only. */
export const checkResourceActions: Check = ({ statements }) =>
  statements.flatMap((one) => {
    const { statement, actions, resources } = one;
    if (statement.resource?.negated === true || actions.some(({ pattern }) => isBeyondCatalog(pattern))) return [];
    const meant = actionsOfStatement(statement);
    // Misspelt actions are reported as such; they say nothing of the resources.
    if (meant.length === 0) return [];
    return resources
      .filter(({ pattern }) => pattern.text !== "*" && catalogServices.includes(pattern.text.split(":")[2] ?? ""))
      .filter(({ pattern }) => resourceTemplates.some((arn) => overlapsTemplate(pattern, arn)))
      .filter(({ pattern }) => !pattern.text.endsWith(":*"))
      .filter(
        ({ pattern }) => !meant.some((action) => action.resources.some(({ arn }) => overlapsTemplate(pattern, arn))),
      )
      .map(({ pattern: { text }, place }) => ({
        place,
        message: `none of the statement's actions is asked on \`${text}\``,
        help: "remove it, or add the action it was written for",
      }));
  });
