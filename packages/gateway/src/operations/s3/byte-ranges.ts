import { trimBlanks } from "@s3-credentials/protocol";
import type { ByteRange } from "../../ports/object-bytes.ts";

/**
 * The bytes a `Range` header asks for. What is not one well-formed range of bytes is ignored, as S3 does. Numbers may be beyond what a
 * number holds: clients ask for the rest of an object with the largest number that they know. The unit is in any case (RFC 9110, 14.1).
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html#API_GetObject_RequestSyntax
 */
export function resolveRange(header: string | undefined, size: number): ByteRange | "whole" | "unsatisfiable" {
  const [, from, to] = /^bytes=(\d*)-(\d*)$/i.exec(trimBlanks(header ?? "")) ?? [];
  if (from === undefined || to === undefined || (from === "" && to === "")) return "whole";
  if (from === "") {
    const length = Number(to);
    if (length === 0 || size === 0) return "unsatisfiable";
    return { first: Math.max(0, size - length), last: size - 1 };
  }
  const first = Number(from);
  const last = to === "" ? size - 1 : Number(to);
  if (to !== "" && last < first) return "whole";
  return first >= size ? "unsatisfiable" : { first, last: Math.min(last, size - 1) };
}

/** The range as a data plane can be asked for it before the size is known. Undefined: the header is none, and the whole object is meant. */
export function rangeText(header: string | undefined): string | undefined {
  const text = trimBlanks(header ?? "").toLowerCase();
  return resolveRange(text, Number.MAX_SAFE_INTEGER) === "whole" ? undefined : text;
}

/**
 * The bytes of part `number` (from 1); undefined when there is no such part. An object put whole is its own part 1, and no range
 * names the bytes of an object or a part that has none.
 */
export function partRange(partSizes: readonly number[], size: number, number: number): ByteRange | "whole" | undefined {
  const sizes = partSizes.length === 0 ? [size] : partSizes;
  const length = sizes[number - 1];
  if (size === 0) return number <= sizes.length ? "whole" : undefined;
  if (length === undefined || length === 0) return undefined;
  const first = sizes.slice(0, number - 1).reduce((sum, one) => sum + one, 0);
  return { first, last: first + length - 1 };
}

/** The index of the part that has exactly these bytes. */
export function partAt(partSizes: readonly number[], { first, last }: ByteRange): number | undefined {
  let start = 0;
  for (const [index, size] of partSizes.entries()) {
    if (start >= first) return start === first && size === last - first + 1 ? index : undefined;
    start += size;
  }
  return undefined;
}
