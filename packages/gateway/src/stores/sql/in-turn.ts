/** What `read` gives for each item, one after the other: a transaction has one connection, which does one thing at a time. */
export async function inTurn<Item, Found>(
  items: Iterable<Item>,
  read: (item: Item) => Promise<Found>,
): Promise<readonly Found[]> {
  const found: Found[] = [];
  for (const item of items) found.push(await read(item));
  return found;
}
