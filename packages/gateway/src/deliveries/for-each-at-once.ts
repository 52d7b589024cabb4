/**
 * Does `work` for each item, for `atOnce` of them together. Where one fails, the others have their turn all the same. Rejects with the
 * first failure, and only when all have ended: a job that ended earlier would be begun again while some of it still runs.
 */
export async function forEachAtOnce<Item>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const remaining = items.values(); // all the loops below take from it
  const failures: unknown[] = [];
  const takeTurns = async (): Promise<void> => {
    for (const item of remaining) await work(item).catch((error: unknown) => failures.push(error));
  };
  await Promise.all(Array.from({ length: atOnce }, takeTurns));
  if (failures.length > 0) throw failures[0];
}
