import { operatorOf } from "../condition-view.ts";
import type { Check } from "../rule.ts";

/** "The non-zero bits in the IP address after the masked bits are ignored." */
export const checkIpRanges: Check = ({ statements }) =>
  statements.flatMap(({ conditions }) =>
    conditions.flatMap(({ condition, values }) =>
      operatorOf(condition).family !== "ip-address"
        ? []
        : values.flatMap(({ pattern: { text }, place }) => {
            const meant = firstAddress(text);
            if (meant === undefined || meant === text) return [];
            return [
              { place, message: `the range begins before \`${text}\`: it is \`${meant}\``, help: `write \`${meant}\`` },
            ];
          }),
    ),
  );

/** The range with the bits after its mask cleared; only for IPv4, whose text has one form. */
function firstAddress(range: string): string | undefined {
  const found = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(range);
  if (found === null) return undefined;
  const [, ...numbers] = found.map(Number);
  const bits = numbers.pop() ?? 32;
  const address = numbers.reduce((sum, octet) => sum * 256 + octet, 0);
  const size = 2 ** (32 - bits);
  const first = Math.floor(address / size) * size;
  const octets = [24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256);
  return `${octets.join(".")}/${bits}`;
}
