import { conditionKeyType } from "../../catalog/catalog.ts";
import { operatorOf, requiresKey } from "../condition-view.ts";
import { type Rule, checks, userGuide } from "../rule.ts";

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

export const conditionSetRules = {
  /** `ForAllValues` "also returns true if there are no context keys in the request": an `Allow` then holds for requests without the key. */
  "for-all-values-allow": {
    severity: "security-warning",
    meaning: "`ForAllValues` in an `Allow` that holds without the key",
    page: `${userGuide}/reference_policies_condition_examples-multi-valued-context-keys.html`,
    check: ({ statements }) =>
      statements.flatMap(({ statement, conditions }) =>
        conditions
          .filter(
            ({ condition: { set, key } }) =>
              statement.effect === "Allow" &&
              set === "ForAllValues" &&
              conditionKeyType(key)?.multivalued !== false &&
              !requiresKey(statement, key),
          )
          .map(({ condition: { key }, place }) => ({
            place,
            message: `requests without \`${key}\` are allowed too: \`ForAllValues\` holds for no values`,
            help: `add \`"Null": {"${key}": "false"}\``,
          })),
      ),
  },

  /** "Using ForAllValues qualifier with a single-valued condition key can be overly permissive." */
  "for-all-values-single": {
    severity: "security-warning",
    meaning: "`ForAllValues` with a key that has one value",
    page: `${checks}-security-warning-forallvalues-with-single-valued-key`,
    check: ({ statements }) =>
      statements.flatMap(({ conditions }) =>
        conditions
          .filter(
            ({ condition: { set, key } }) => set === "ForAllValues" && conditionKeyType(key)?.multivalued === false,
          )
          .map(({ condition: { key }, place }) => ({
            place,
            message: `\`${key}\` has one value; with \`ForAllValues\` the condition holds also for requests without it`,
            help: "remove `ForAllValues:`",
          })),
      ),
  },

  /** `ForAnyValue:StringNotEquals` holds as soon as one value of the request is outside the list, whatever the others are. */
  "for-any-value-negated": {
    severity: "warning",
    meaning: "`ForAnyValue` with a negated operator",
    page: `${userGuide}/reference_policies_condition-single-vs-multi-valued-context-keys.html`,
    check: ({ statements }) =>
      statements.flatMap(({ conditions }) =>
        conditions
          .filter(({ condition }) => condition.set === "ForAnyValue" && operatorOf(condition).negated)
          .map(({ condition: { key, operator }, place }) => ({
            place,
            message: `holds when one value of \`${key}\` is outside the list, even if others are in it`,
            help: `for "none of them is in the list" write \`ForAllValues:${operator}\``,
          })),
      ),
  },

  /** "Do not use condition set operators ForAllValues or ForAnyValue with single-valued context keys." */
  "for-any-value-single": {
    severity: "suggestion",
    meaning: "`ForAnyValue` with a key that has one value",
    page: `${userGuide}/reference_policies_condition-single-vs-multi-valued-context-keys.html`,
    check: ({ statements }) =>
      statements.flatMap(({ conditions }) =>
        conditions
          .filter(
            ({ condition: { set, key } }) => set === "ForAnyValue" && conditionKeyType(key)?.multivalued === false,
          )
          .map(({ condition: { key }, place }) => ({
            place,
            message: `\`${key}\` has one value, so \`ForAnyValue\` says nothing`,
            help: "remove `ForAnyValue:`",
          })),
      ),
  },

  /** "For requests that include multiple values for a single condition key, you must use the ForAllValues or ForAnyValue set operators." */
  "multivalued-without-set": {
    severity: "warning",
    meaning: "a key with several values, without `ForAnyValue` or `ForAllValues`",
    page: `${userGuide}/reference_policies_condition-single-vs-multi-valued-context-keys.html`,
    check: ({ statements }) =>
      statements.flatMap(({ conditions }) =>
        conditions
          .filter(
            ({ condition }) =>
              condition.set === undefined &&
              operatorOf(condition).family !== "null" &&
              conditionKeyType(condition.key)?.multivalued === true,
          )
          .map(({ condition: { key, written }, place }) => ({
            place,
            message: `\`${key}\` may have several values, of which \`${written}\` does not say which it means`,
            help: `write \`ForAnyValue:${written}\` (one of them) or \`ForAllValues:${written}\` (each of them)`,
          })),
      ),
  },

  /** A negated operator holds for a request without the key, so that an `Allow` then allows it. */
  "negated-allow": {
    severity: "warning",
    meaning: "a negated condition in an `Allow` that holds without the key",
    page: `${userGuide}/reference_policies_elements_condition_operators.html`,
    check: ({ statements }) =>
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
      ),
  },
} as const satisfies Readonly<Record<string, Rule>>;
