import { type ConditionKeyKind, conditionKeyType } from "../../catalog/catalog.ts";
import type { OperatorFamily } from "../../condition/operators.ts";
import { operatorOf } from "../condition-view.ts";
import type { Check } from "../rule.ts";

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

/** An operator of another type than the condition key's. */
export const checkOperatorType: Check = ({ statements }) =>
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
  );

function fits(key: string, type: ConditionKeyKind["type"], family: OperatorFamily): boolean {
  // Works with the date operators and with the numeric ones.
  if (key.toLowerCase() === "aws:epochtime" && family === "numeric") return true;
  const fitting: readonly OperatorFamily[] = families[type];
  return fitting.includes(family);
}
