import type { Check } from "../rule.ts";

/** Keys that mean little without another: the same private address is in use in many networks. */
const partners: ReadonlyMap<string, readonly string[]> = new Map([
  ["aws:vpcsourceip", ["aws:SourceVpc", "aws:SourceVpce", "aws:SourceVpcArn"]],
]);

/** "Some condition keys are more secure when paired with other related condition keys." */
export const checkPairedKeys: Check = ({ statements }) =>
  statements.flatMap(({ conditions }) => {
    const present = new Set(conditions.map(({ condition }) => condition.key.toLowerCase()));
    return conditions.flatMap(({ condition: { key }, place }) => {
      const wanted = partners.get(key.toLowerCase());
      if (wanted === undefined || wanted.some((one) => present.has(one.toLowerCase()))) return [];
      const help = `add a condition on \`${wanted[0] ?? ""}\``;
      return [{ place, message: `\`${key}\` alone does not say in which network the address is`, help }];
    });
  });
