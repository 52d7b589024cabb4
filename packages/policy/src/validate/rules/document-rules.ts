import { policySize } from "../../parse/print.ts";
import { type Rule, checks, userGuide } from "../rule.ts";
import type { SizeLimit } from "../subject.ts";

export const documentRules = {
  /** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
  "policy-too-large": {
    severity: "error",
    meaning: "the document is larger than its kind of policy may be",
    page: `${userGuide}/reference_iam-quotas.html#reference_iam-quotas-entity-length`,
    check: ({ text, limit, document }) => {
      if (limit === undefined) return [];
      const size = sizeOf(text, limit);
      if (size <= limit.size) return [];
      return [
        {
          place: document,
          message: `the policy has ${size} ${limit.unit}; ${limit.of} may have ${limit.size}`,
          help: "split it into several policies, or say more with fewer patterns",
        },
      ];
    },
  },

  /** A document without `Version` is read as version 2008-10-17, which has no policy variables. */
  "missing-version": {
    severity: "warning",
    meaning: "the document has no `Version`",
    page: `${checks}-general-warning-missing-version`,
    check: ({ policy, document }) =>
      policy.explicitVersion
        ? []
        : [
            {
              place: document,
              message: "the policy does not say its `Version`, so it is read as version 2008-10-17",
              help: 'add `"Version": "2012-10-17"`',
            },
          ],
  },

  /** In version 2008-10-17 "variables such as ${aws:username} aren't recognized as variables and are instead treated as literal strings". */
  "variable-without-version": {
    severity: "error",
    meaning: "a policy variable in a version that has no variables",
    page: `${checks}-error-variable-unsupported-in-version`,
    check: ({ policy, statements }) => {
      if (policy.version !== "2008-10-17") return [];
      return statements.flatMap(({ resources, conditions }) =>
        [...resources, ...conditions.flatMap(({ values }) => values)]
          .filter(({ pattern }) => /\$\{[^}]+\}/.test(pattern.text))
          .map(({ pattern: { text }, place }) => ({
            place,
            message: `\`${text}\` is read as it is written: version 2008-10-17 has no policy variables`,
            help: 'set `"Version": "2012-10-17"`',
          })),
      );
    },
  },

  /** "Add a value to the empty string in the Sid element." */
  "empty-sid": {
    severity: "suggestion",
    meaning: "an empty `Sid`",
    page: `${checks}-suggestion-empty-sid-value`,
    check: ({ statements }) =>
      statements
        .filter(({ statement }) => statement.sid === "")
        .map(({ element }) => ({
          place: element("Sid"),
          message: "`Sid` is empty",
          help: "give it a name or remove it",
        })),
  },

  /** "This condition block is empty and it does not affect the policy." */
  "empty-condition-block": {
    severity: "suggestion",
    meaning: "a `Condition` without conditions",
    page: `${checks}-suggestion-empty-object-condition`,
    check: ({ statements }) =>
      statements
        .filter(({ node, statement }) => node("Condition") !== undefined && statement.conditions.length === 0)
        .map(({ element }) => ({
          place: element("Condition"),
          message: "`Condition` asks nothing",
          help: "remove it or say what must hold",
        })),
  },
} as const satisfies Readonly<Record<string, Rule>>;

function sizeOf(text: string, { unit }: SizeLimit): number {
  return unit === "characters" ? policySize(text) : bytesOf(text);
}

/** The length of the text in UTF-8. */
function bytesOf(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}
