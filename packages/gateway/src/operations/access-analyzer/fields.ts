import { jsonDefault, jsonInteger, jsonOptional, jsonText } from "../json/json-fields.ts";
import { isRefusal, type Refusal } from "../operation.ts";
import { invalid } from "./define-access-analyzer.ts";

/** No policy is longer; the request itself has a limit too. */
export const policyDocument = jsonText({ max: 64 * 1024 });

export const pageFields = {
  maxResults: jsonDefault(jsonInteger(1, 1000), 100),
  nextToken: jsonOptional(jsonText({ max: 4096 })),
} as const;

/** What the store has as text: it takes none with a NUL or half a character. */
const storable = /^[^\0\p{Cs}]*$/u;

export function isStorable(text: string): boolean {
  return storable.test(text);
}

/** What is looked for in the store. */
export function storedText(max: number) {
  return jsonText({ pattern: storable, max });
}

/** A token is where the next page begins. One that was made up gives nothing that a right one does not. */
export function tokenOf(position: string | undefined): string | undefined {
  return position === undefined ? undefined : Buffer.from(position, "utf8").toString("base64url");
}

export function positionOf(token: string | undefined): string | undefined | Refusal {
  if (token === undefined) return undefined;
  const position = Buffer.from(token, "base64url").toString("utf8");
  return tokenOf(position) === token && isStorable(position)
    ? position
    : invalid("The nextToken is not valid.", "other");
}

/** A page of a short list that is whole in memory, in the order of its names. */
export function pageOf<T>(
  all: readonly T[],
  { maxResults, nextToken }: { readonly maxResults: number; readonly nextToken: string | undefined },
  nameOf: (item: T) => string,
): { readonly items: readonly T[]; readonly nextToken: string | undefined } | Refusal {
  const after = positionOf(nextToken);
  if (isRefusal(after)) return after;
  const left = all.filter((item) => after === undefined || nameOf(item) > after);
  const items = left.slice(0, maxResults);
  const last = items.at(-1);
  return { items, nextToken: left.length > maxResults && last !== undefined ? tokenOf(nameOf(last)) : undefined };
}
