import { operatorOf, requiresKey } from "../condition-view.ts";
import type { Check } from "../rule.ts";

/**
 * Keys that are in the context of every request.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
 */
const alwaysThere: ReadonlySet<string> = new Set([
  "aws:currenttime",
  "aws:epochtime",
  "aws:principalaccount",
  "aws:principaltype",
  "aws:requestedregion",
  "aws:resourceaccount",
  "aws:securetransport",
  "aws:sourceip",
  "s3:authtype",
  "s3:resourceaccount",
  "s3:signatureversion",
  "s3:tlsversion",
]);

/** A negated operator holds for a request that has not the key: an `Allow` then allows it. */
export const checkNegatedAllow: Check = ({ statements }) =>
  statements.flatMap(({ statement, conditions }) =>
    conditions
      .filter(
        ({ condition }) =>
          statement.effect === "Allow" &&
          operatorOf(condition).negated &&
          condition.set === undefined &&
          !alwaysThere.has(condition.key.toLowerCase()) &&
          !requiresKey(statement, condition.key),
      )
      .map(({ condition: { key, written }, place }) => ({
        place,
        message: `requests without \`${key}\` are allowed too: \`${written}\` holds when the key is missing`,
        help: `add \`"Null": {"${key}": "false"}\`, or deny what must not be`,
      })),
  );
