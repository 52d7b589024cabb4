import { catalogServices, conditionKeyType, nearestConditionKey } from "../../catalog/catalog.ts";
import { replacedKeys } from "../deprecated-names.ts";
import { type Check, didYouMean, remark } from "../rule.ts";

/**
 * A condition key that no request has. Keys of other services and of identity providers are not the catalog's to know, unless they
 * are nearly one of its own.
 */
export const checkConditionKeys: Check = ({ statements }) =>
  statements.flatMap(({ conditions }) =>
    conditions.flatMap(({ condition: { key }, place }) => {
      if (conditionKeyType(key) !== undefined || replacedKeys.has(key.toLowerCase())) return [];
      const near = nearestConditionKey(key);
      const prefix = key.slice(0, key.indexOf(":")).toLowerCase();
      const isOurs = prefix === "aws" || catalogServices.includes(prefix);
      // A host name is an identity provider's: its keys are whatever its tokens claim.
      if (!isOurs && (near === undefined || prefix.includes("."))) return [];
      const needsName = key.endsWith("/") || conditionKeyType(`${key}/name`) !== undefined;
      if (needsName) {
        const family = key.endsWith("/") ? key : `${key}/`;
        return [{ place, message: `\`${key}\` needs the name of a tag`, help: `write \`${family}name\`` }];
      }
      return [remark(place, `\`${key}\` is not a condition key`, didYouMean(near))];
    }),
  );
