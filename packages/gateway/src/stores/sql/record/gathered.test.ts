import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test } from "vitest";
import { gathered } from "./gathered.ts";

/** The groups that are written, and how each one ends. */
function writes(): {
  readonly groups: (readonly string[])[];
  readonly end: ((error?: Error) => void)[];
  readonly add: (item: string) => Promise<void>;
} {
  const groups: (readonly string[])[] = [];
  const end: ((error?: Error) => void)[] = [];
  const add = gathered<string>(
    (items) =>
      new Promise((resolve, reject) => {
        groups.push(items);
        end.push((error) => (error === undefined ? resolve() : reject(error)));
      }),
  );
  return { groups, end, add: (item) => add([item], 0) };
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await nextTurn();
}

test("who is alone is written at once, and who comes meanwhile with the next group", async () => {
  const { groups, end, add } = writes();
  const first = add("a");
  await turns(2);
  expect(groups).toEqual([["a"]]);
  const others = ["b", "c", "d"].map((item) => add(item));
  await turns(5);
  expect(groups).toEqual([["a"]]); // one after the other
  end[0]?.();
  await first;
  await turns(3);
  expect(groups).toEqual([["a"], ["b", "c", "d"]]);
  end[1]?.();
  await Promise.all(others);
});

test("a group is written even if every turn brings one more", async () => {
  const { groups, end, add } = writes();
  const added: Promise<void>[] = [];
  for (let item = 0; groups.length === 0; item += 1) {
    added.push(add(String(item)));
    await nextTurn();
  }
  expect(groups[0]?.length).toBeLessThanOrEqual(33);
  end[0]?.();
  await added[0];
  await turns(3);
  end[1]?.();
  await Promise.all(added);
  expect(groups.flat()).toHaveLength(added.length);
});

test("an error reaches all of its group, and no other", async () => {
  const { end, add } = writes();
  const failed = [add("a"), add("b")];
  await turns(3);
  const later = add("c");
  end[0]?.(new Error("full"));
  for (const one of failed) await expect(one).rejects.toThrow("full");
  await turns(3);
  end[1]?.();
  await expect(later).resolves.toBeUndefined();
});
