import { setImmediate as nextTurn } from "node:timers/promises";
import type { ListedBefore, Listing, ListQuery } from "../../ports/object-listing.ts";

const pageSize = 1000;

/**
 * All that a data plane lists below a prefix, a page at a time. `idOf`: by which version or upload the next page goes on; undefined, by
 * the key alone. Between two slices of a page others have their turn.
 */
export async function* listingPages<Item extends { readonly key: string }>(
  prefix: string,
  list: (query: ListQuery) => Promise<Listing<Item>>,
  idOf: (item: Item) => string | undefined,
): AsyncGenerator<readonly Item[]> {
  const turn = async (): Promise<void> => {
    await nextTurn();
  };
  let after: ListedBefore | undefined;
  for (;;) {
    const { entries, truncated } = await list({ prefix, delimiter: "", after, limit: pageSize, turn });
    const items = entries.flatMap((entry) => (entry.kind === "item" ? [entry.item] : []));
    yield items;
    if (!truncated) return;
    const last = items.at(-1);
    if (last === undefined) continue;
    const id = idOf(last);
    after = { key: last.key, ...(id === undefined ? {} : { id }) };
  }
}
