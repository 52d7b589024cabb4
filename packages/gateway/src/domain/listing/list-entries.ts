import type { Entry, Listing } from "../../ports/object-listing.ts";

/**
 * What every listing of S3 does with keys: prefix, delimiter, common prefixes, limit, where to go on. Pure but for the scan it
 * is given, so one property test against a naive listing covers them all.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
 */
export interface ListingQuery<Start> {
  readonly prefix: string;
  /** Empty: none. */
  readonly delimiter: string;
  readonly start: Start | undefined;
  /** Items and common prefixes together. */
  readonly limit: number;
}

/** A scan of an ordered index. It can continue after an item, or after all keys that begin with a common prefix. */
export interface ListingScan<Item, Start> {
  /** At most `size` items from `start` on whose keys begin with the query's prefix, in order; fewer only at the end. */
  readonly scan: (start: Start | undefined, size: number) => Promise<readonly Item[]>;
  readonly after: (item: Item) => Start;
  readonly past: (prefix: string) => Start;
  /** Waits until this listing may do its next slice of work. */
  readonly turn: () => Promise<void>;
}

/** Rows read in one turn; less than a millisecond of the one thread. */
export const rowsPerTurn = 50;
/** What beginning a scan costs, in rows. */
const scanCost = 5;
/** After a common prefix the rest of a scan is thrown away, so only one row is asked for until items come again. */
const smallestScan = 1;

export async function listEntries<Item extends { readonly key: string }, Start>(
  query: ListingQuery<Start>,
  { scan, after, past, turn }: ListingScan<Item, Start>,
): Promise<Listing<Item>> {
  const entries: Entry<Item>[] = [];
  if (query.limit === 0) return { entries, truncated: false };
  let start = query.start;
  let size = rowsPerTurn;
  let left = 0;
  for (;;) {
    if (left <= scanCost) {
      await turn();
      left = rowsPerTurn;
    }
    const wanted = Math.min(query.limit - entries.length + 1, size, left);
    const items = await scan(start, wanted);
    left -= items.length + scanCost;
    let rolled = false;
    for (const item of items) {
      if (entries.length === query.limit) return { entries, truncated: true };
      const prefix = commonPrefix(item.key, query);
      if (prefix === undefined) {
        entries.push({ kind: "item", item });
        start = after(item);
      } else {
        entries.push({ kind: "prefix", prefix });
        start = past(prefix);
        rolled = true;
        break;
      }
    }
    if (!rolled && items.length < wanted) return { entries, truncated: false };
    size = rolled ? smallestScan : Math.min(size * 4, rowsPerTurn);
  }
}

/**
 * The common prefix that a listing after this key leaves out, with all keys under it: the key's own, whether the key is it (a page ended
 * with it) or is under it, because common prefixes that are not greater than the marker are not listed, as documented.
 */
export function passedPrefix(
  key: string,
  { prefix, delimiter }: Pick<ListingQuery<unknown>, "prefix" | "delimiter">,
): string | undefined {
  return key.startsWith(prefix) ? commonPrefix(key, { prefix, delimiter }) : undefined;
}

/** The key up to and with the first delimiter after the prefix; undefined when there is none. */
export function commonPrefix(
  key: string,
  { prefix, delimiter }: Pick<ListingQuery<unknown>, "prefix" | "delimiter">,
): string | undefined {
  if (delimiter === "") return undefined;
  const at = key.indexOf(delimiter, prefix.length);
  return at === -1 ? undefined : key.slice(0, at + delimiter.length);
}

/** Rows that need no grouping, read in slices: `limit` and one more, which says that there are more. */
export async function readInTurns<Item>(
  limit: number,
  turn: () => Promise<void>,
  scan: (after: Item | undefined, size: number) => Promise<readonly Item[]>,
): Promise<{ readonly items: readonly Item[]; readonly truncated: boolean }> {
  const items: Item[] = [];
  let wanted: number;
  let found: readonly Item[];
  do {
    await turn();
    wanted = Math.min(rowsPerTurn, limit + 1 - items.length);
    found = await scan(items.at(-1), wanted);
    items.push(...found);
  } while (found.length === wanted && items.length <= limit);
  return { items: items.slice(0, limit), truncated: items.length > limit };
}
