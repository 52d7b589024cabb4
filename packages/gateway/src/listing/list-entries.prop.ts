import fc from "fast-check";
import { expect, test } from "vitest";
import { commonPrefix, listEntries } from "./list-entries.ts";

const runs = Number(process.env["TEST_RUNS"] ?? 300);

interface Start {
  readonly key: string;
  readonly past?: true;
}

const compare = (left: string, right: string): number => Buffer.compare(Buffer.from(left), Buffer.from(right));
const startsPast = (key: string, { key: from, past }: Start): boolean =>
  compare(key, from) > 0 && !(past === true && key.startsWith(from));

/** Every key filtered, sorted and grouped in memory. */
function naive(keys: readonly string[], prefix: string, delimiter: string): readonly string[] {
  const matching = keys.filter((key) => key.startsWith(prefix)).toSorted(compare);
  return [...new Set(matching.map((key) => commonPrefix(key, { prefix, delimiter }) ?? `item ${key}`))];
}

const text = fc.string({ unit: fc.constantFrom("a", "b", "/", "-", "ü", "\u{1f600}", "\uffff"), maxLength: 6 });

test("pages of any size, put together, are the naive listing", async () => {
  const input = fc.record({
    keys: fc.uniqueArray(text, { maxLength: 40 }),
    prefix: text,
    delimiter: fc.constantFrom("", "/", "a", "b-"),
    limit: fc.integer({ min: 1, max: 7 }),
  });
  await fc.assert(
    fc.asyncProperty(input, async ({ keys, prefix, delimiter, limit }) => {
      const sorted = keys.filter((key) => key.startsWith(prefix)).toSorted(compare);
      const scan = async (start: Start | undefined, size: number): Promise<readonly { key: string }[]> =>
        sorted
          .filter((key) => start === undefined || startsPast(key, start))
          .slice(0, size)
          .map((key) => ({ key }));
      const collected: string[] = [];
      let start: Start | undefined;
      for (let page = 0; page < 100; page += 1) {
        const { entries, truncated } = await listEntries<{ key: string }, Start>(
          { prefix, delimiter, start, limit },
          { scan, after: ({ key }) => ({ key }), past: (key) => ({ key, past: true }) },
        );
        expect(entries.length).toBeLessThanOrEqual(limit);
        for (const entry of entries) collected.push(entry.kind === "item" ? `item ${entry.item.key}` : entry.prefix);
        if (!truncated) break;
        expect(entries.length).toBe(limit);
        const last = entries.at(-1);
        if (last !== undefined)
          start = last.kind === "item" ? { key: last.item.key } : { key: last.prefix, past: true };
      }
      expect(collected).toEqual(naive(keys, prefix, delimiter));
    }),
    { numRuns: runs },
  );
});
