import type { Check, Remark } from "../rule.ts";
import type { LocatedCondition, LocatedStatement } from "../subject.ts";

/**
 * Prefixes are text, not folders: `bucket/tenant1*` and the `s3:prefix` `tenant1` take `tenant10/…` too.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-prefixes.html
 */
export const checkPrefixes: Check = ({ statements }) =>
  statements
    .filter(({ statement }) => statement.effect === "Allow")
    .flatMap((one) => objectRemarks(one).concat(one.conditions.flatMap(prefixRemarks)));

function objectRemarks({ statement, resources }: LocatedStatement): readonly Remark[] {
  if (statement.resource?.negated === true) return [];
  return resources.flatMap(({ pattern: { text }, place }) => {
    const [, prefix] = /^arn:[^:]*:s3:::[^/]+\/(.*[^/*?])\*$/s.exec(text) ?? [];
    return prefix === undefined ? [] : [siblingRemark(place, `${prefix}*`, prefix)];
  });
}

function prefixRemarks({ condition, values }: LocatedCondition): readonly Remark[] {
  const { key, operator } = condition;
  if (key.toLowerCase() !== "s3:prefix" || !/^String(Equals|EqualsIgnoreCase|Like)$/.test(operator)) return [];
  return values.flatMap(({ pattern: { text }, place }) => {
    const prefix = operator === "StringLike" ? text.replace(/\*$/, "") : text;
    return prefix === "" || /[/*?]$/.test(prefix) ? [] : [siblingRemark(place, text, prefix)];
  });
}

function siblingRemark(place: Remark["place"], text: string, prefix: string): Remark {
  const name = prefix.slice(prefix.lastIndexOf("/") + 1);
  return {
    place,
    message: `\`${text}\` also takes what begins with \`${name}0\`, \`${name}-old\` and so on`,
    help: `end it with a slash: \`${prefix}/\``,
  };
}
