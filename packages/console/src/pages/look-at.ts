import { eachOf } from "../api/each-of.ts";

/** What the page looks at, at most, of each kind: a large account is not read whole to greet somebody. */
const maxLooked = 50;

export interface Looked<M> {
  readonly found: readonly M[];
  /** `50 of 300 users`, when there are more than were looked at. */
  readonly part?: string;
}

/**
 * What is found in the first ones of `all`, a few asked at a time: a page that greets somebody does not take the gateway for itself. What may
 * not be looked at hides nothing of the rest; nothing found is said only when all was looked at.
 */
export async function lookAt<T, M>(
  what: string,
  all: readonly T[],
  look: (one: T) => Promise<readonly M[]>,
): Promise<Looked<M>> {
  let refused: { readonly reason: unknown } | undefined;
  const looked = await eachOf(all.slice(0, maxLooked), (one) =>
    look(one).catch((reason: unknown) => {
      refused ??= { reason };
      return [];
    }),
  );
  const found = looked.flat();
  if (found.length === 0 && refused !== undefined) throw refused.reason;
  return all.length > maxLooked ? { found, part: `${maxLooked} of ${all.length} ${what}` } : { found };
}
