import type { Check } from "../rule.ts";

const privateAddress =
  /^(10\.|127\.|169\.254\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|::1(\/|$)|f[cd][0-9a-f]{2}:|fe[89ab][0-9a-f]:)/i;

/**
 * "`aws:SourceIp` works only for public IP address ranges": AWS sees no private address. A gateway in one's own network does, which
 * is why this is a suggestion here and not an error.
 */
export const checkPrivateAddresses: Check = ({ statements }) =>
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
  );
