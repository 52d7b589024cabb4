import fc from "fast-check";
import { expect, test } from "vitest";
import { commonPrefix, listEntries, readInTurns, rowsPerTurn } from "./list-entries.ts";

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
          { scan, after: ({ key }) => ({ key }), past: (key) => ({ key, past: true }), turn: async () => {} },
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

test("no turn reads more rows than its slice, whatever the keys and the delimiter", async () => {
  const flat = Array.from({ length: 1500 }, (_, index) => ({ key: `a${String(index).padStart(4, "0")}` }));
  const folders = Array.from({ length: 1500 }, (_, index) => ({ key: `${String(index).padStart(4, "0")}/x` }));
  for (const [keys, delimiter, turnsNeeded] of [
    [flat, "", 11],
    [folders, "/", 60],
    [folders, "x", 11],
  ] as const) {
    const rows: number[] = [];
    const scans: number[] = [];
    const scan = async (start: Start | undefined, size: number): Promise<readonly { key: string }[]> => {
      const from = start === undefined ? 0 : keys.findIndex(({ key }) => startsPast(key, start));
      const found = from === -1 ? [] : keys.slice(from, from + size);
      rows[rows.length - 1] = (rows.at(-1) ?? 0) + found.length;
      scans[scans.length - 1] = (scans.at(-1) ?? 0) + 1;
      return found;
    };
    const turn = async (): Promise<void> => {
      rows.push(0);
      scans.push(0);
    };
    const { entries } = await listEntries<{ key: string }, Start>(
      { prefix: "", delimiter, start: undefined, limit: 1000 },
      { scan, after: ({ key }) => ({ key }), past: (key) => ({ key, past: true }), turn },
    );
    expect(entries.length).toBe(1000);
    expect(Math.max(...rows)).toBeLessThanOrEqual(rowsPerTurn);
    expect(Math.max(...scans)).toBeLessThanOrEqual(rowsPerTurn / 5);
    expect(rows.length).toBeGreaterThanOrEqual(turnsNeeded);
  }
});

test("rows read in turns are the first of all, and say whether there are more", async () => {
  for (const [all, limit] of [
    [0, 5],
    [5, 5],
    [6, 5],
    [250, 1000],
    [1001, 1000],
    [1000, 1000],
    [5, 0],
  ] as const) {
    const numbers = Array.from({ length: all }, (_, index) => index);
    let most = 0;
    const read = await readInTurns<number>(
      limit,
      async () => {},
      async (after, size) => {
        most = Math.max(most, size);
        return numbers.filter((one) => one > (after ?? -1)).slice(0, size);
      },
    );
    expect(read).toEqual({ items: numbers.slice(0, limit), truncated: all > limit });
    expect(most).toBeLessThanOrEqual(rowsPerTurn);
  }
});
