import { type ConditionKeyKind, conditionKeyType } from "../../catalog/catalog.ts";
import type { OperatorFamily } from "../../condition/operators.ts";
import { operatorOf } from "../condition-view.ts";
import { type Rule, checks, userGuide } from "../rule.ts";

/** The operators that fit a key's type. ARNs are text too. */
const families = {
  String: ["string", "binary"],
  ARN: ["arn", "string"],
  Numeric: ["numeric"],
  Date: ["date"],
  Bool: ["bool"],
  IPAddress: ["ip-address"],
} as const satisfies Record<ConditionKeyKind["type"], readonly OperatorFamily[]>;

const operatorNames = {
  String: "`String…`",
  ARN: "`Arn…`",
  Numeric: "`Numeric…`",
  Date: "`Date…`",
  Bool: "`Bool`",
  IPAddress: "`IpAddress` or `NotIpAddress`",
} as const satisfies Record<ConditionKeyKind["type"], string>;

const privateAddress =
  /^(10\.|127\.|169\.254\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|::1(\/|$)|f[cd][0-9a-f]{2}:|fe[89ab][0-9a-f]:)/i;

export const conditionValueRules = {
  /** An operator of another type than the condition key's. */
  "type-mismatch": {
    severity: "warning",
    meaning: "an operator of another type than the condition key's",
    page: `${checks}-general-warning-type-mismatch`,
    check: ({ statements }) =>
      statements.flatMap(({ conditions }) =>
        conditions.flatMap(({ condition, place }) => {
          const kind = conditionKeyType(condition.key);
          const { family } = operatorOf(condition);
          if (kind === undefined || family === "null" || fits(condition.key, kind.type, family)) return [];
          return [
            {
              place,
              message: `\`${condition.key}\` is of type ${kind.type}, which \`${condition.operator}\` does not compare`,
              help: `use ${operatorNames[kind.type]}`,
            },
          ];
        }),
      ),
  },

  /** `true` and `false` together hold for every request that has the key. */
  "both-booleans": {
    severity: "error",
    meaning: "a Boolean condition with both values",
    page: `${checks}-error-invalid-condition-multiple-boolean`,
    check: ({ statements }) =>
      statements.flatMap(({ conditions }) =>
        conditions
          .filter(({ condition, values }) => {
            const { family } = operatorOf(condition);
            const texts = new Set(values.map(({ pattern }) => pattern.text.toLowerCase()));
            return (family === "bool" || family === "null") && texts.has("true") && texts.has("false");
          })
          .map(({ condition: { written }, place }) => ({
            place,
            message: `\`${written}\` with both \`true\` and \`false\` asks nothing`,
            help: "keep one of them",
          })),
      ),
  },

  /** "When you specify a condition value that uses a wildcard (*, ?), you must use the Like version of the condition operator." */
  "wildcard-without-like": {
    severity: "warning",
    meaning: "a wildcard under an operator that has no wildcards",
    page: `${checks}-general-warning-wildcard-without-like-operator`,
    check: ({ statements }) =>
      statements.flatMap(({ conditions }) =>
        conditions.flatMap(({ condition: { operator }, values }) => {
          if (!/^String(Not)?Equals/.test(operator)) return [];
          const like = operator.startsWith("StringNot") ? "StringNotLike" : "StringLike";
          return values
            .filter(({ pattern }) => /[*?]/.test(pattern.text.replaceAll(/\$\{[^}]*\}/g, "")))
            .map(({ pattern: { text }, place }) => ({
              place,
              message: `\`${text}\` is compared as it is written: \`${operator}\` has no wildcards`,
              help: `use \`${like}\`, or write \`\${*}\` or \`\${?}\` for the character itself`,
            }));
        }),
      ),
  },

  /** The value `*` takes whatever the request has: the condition only asks whether the key is there. */
  "matches-any-value": {
    severity: "suggestion",
    meaning: "a condition whose value is `*`",
    page: `${userGuide}/reference_policies_elements_condition_operators.html#Conditions_Null`,
    check: ({ statements }) =>
      statements.flatMap(({ conditions }) =>
        conditions.flatMap(({ condition, values }) => {
          const { family, wildcards, negated } = operatorOf(condition);
          if (family !== "string" || !wildcards) return [];
          return values
            .filter(({ pattern }) => pattern.text === "*")
            .map(({ place }) => ({
              place,
              message: `\`*\` takes every value: the condition only asks whether \`${condition.key}\` is there`,
              help: `write \`"Null": {"${condition.key}": "${negated ? "true" : "false"}"}\``,
            }));
        }),
      ),
  },

  /** "Epoch time might not resolve to the precise time that you expect. AWS recommends the W3C standard for date and time formats." */
  "epoch-date": {
    severity: "warning",
    meaning: "a date written as a number",
    page: `${checks}-general-warning-invalid-date-value`,
    check: ({ statements }) =>
      statements.flatMap(({ conditions }) =>
        conditions.flatMap(({ condition, values }) =>
          operatorOf(condition).family !== "date" || condition.key.toLowerCase() === "aws:epochtime"
            ? []
            : values
                .filter(({ pattern }) => /^\d+$/.test(pattern.text))
                .map(({ pattern: { text }, place }) => ({
                  place,
                  message: `\`${text}\` is read as seconds since 1970`,
                  help: "write the date as `2026-01-31T12:00:00Z`",
                })),
        ),
      ),
  },

  /**
   * "`aws:SourceIp` works only for public IP address ranges": AWS sees no private address. A gateway in one's own network does, which
   * is why this is a suggestion here and not an error.
   */
  "private-source-ip": {
    severity: "suggestion",
    meaning: "a private address for `aws:SourceIp`",
    page: `${checks}-error-private-ip-address`,
    check: ({ statements }) =>
      statements.flatMap(({ conditions }) =>
        conditions.flatMap(({ condition, values }) =>
          condition.key.toLowerCase() !== "aws:sourceip"
            ? []
            : values
                .filter(({ pattern }) => privateAddress.test(pattern.text))
                .map(({ pattern: { text }, place }) => ({
                  place,
                  message: `\`${text}\` is a private address: on AWS \`aws:SourceIp\` is always a public one`,
                  help: "right for a gateway in that network; on AWS use `aws:VpcSourceIp`",
                })),
        ),
      ),
  },

  /** "The non-zero bits in the IP address after the masked bits are ignored." */
  "imprecise-ip-range": {
    severity: "suggestion",
    meaning: "a range of addresses with bits after its mask",
    page: `${checks}-suggestion-improve-ip-range`,
    check: ({ statements }) =>
      statements.flatMap(({ conditions }) =>
        conditions.flatMap(({ condition, values }) =>
          operatorOf(condition).family !== "ip-address"
            ? []
            : values.flatMap(({ pattern: { text }, place }) => {
                const corrected = firstAddress(text);
                if (corrected === undefined || corrected === text) return [];
                return [
                  {
                    place,
                    message: `the range begins before \`${text}\`: it is \`${corrected}\``,
                    help: `write \`${corrected}\``,
                  },
                ];
              }),
        ),
      ),
  },
} as const satisfies Readonly<Record<string, Rule>>;

function fits(key: string, type: ConditionKeyKind["type"], family: OperatorFamily): boolean {
  // Works with the date operators and with the numeric ones.
  if (key.toLowerCase() === "aws:epochtime" && family === "numeric") return true;
  const fitting: readonly OperatorFamily[] = families[type];
  return fitting.includes(family);
}

/** The range with the bits after its mask cleared; only for IPv4, whose text has one form. */
function firstAddress(range: string): string | undefined {
  const found = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(range);
  if (found === null) return undefined;
  const [, ...numbers] = found.map(Number);
  const bits = numbers.pop() ?? 32;
  const address = numbers.reduce((sum, byte) => sum * 256 + byte, 0);
  const size = 2 ** (32 - bits);
  const first = Math.floor(address / size) * size;
  const bytes = [24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256);
  return `${bytes.join(".")}/${bits}`;
}
