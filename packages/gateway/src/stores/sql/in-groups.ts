/**
 * How many rows one statement is about. On PostgreSQL each statement is a message that is answered, which with one for each row takes
 * hundreds of times as long. Few sizes, so that each text is prepared once.
 */
const sizes = [64, 8, 1] as const;

/** The items in their order, in groups of 64, 8 and 1. */
export function* inGroups<Item>(items: readonly Item[]): Generator<readonly Item[]> {
  for (let from = 0; from < items.length;) {
    const size = sizes.find((one) => one <= items.length - from) ?? 1;
    yield items.slice(from, from + size);
    from += size;
  }
}

/** `one` for each of a group, with commas: `?` or `(?, ?)`. */
export function places(one: string, group: readonly unknown[]): string {
  return group.map(() => one).join(", ");
}
