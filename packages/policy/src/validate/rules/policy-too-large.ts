import { policySize } from "../../parse/print.ts";
import type { Check } from "../rule.ts";
import type { SizeLimit } from "../subject.ts";

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
export const checkSize: Check = ({ text, limit, document }) => {
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
};

function sizeOf(text: string, { unit }: SizeLimit): number {
  return unit === "characters" ? policySize(text) : octetsOf(text);
}

/** The length of the text in UTF-8. */
function octetsOf(text: string): number {
  let octets = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    octets += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return octets;
}
