import { expect, test } from "vitest";
import { createTimeBudget, type TimeLimits } from "./time-budget.ts";

const limits: TimeLimits = { turn: 10, slice: 5, decision: 40, request: 1000, caller: 1500 };
const open = new AbortController().signal;
const times = (count: number, cost: number): readonly number[] => Array.from({ length: count }, () => cost);

/** Steps spent between two turns of the event loop, for each turn until all is done. */
async function stepsByTurn(work: (spend: (cost: number) => void) => Promise<unknown>): Promise<readonly number[]> {
  const turns: number[] = [0];
  let running = true;
  const tick = (): void => {
    turns.push(0);
    if (running) setImmediate(tick);
  };
  setImmediate(tick);
  await work((cost) => (turns[turns.length - 1] = (turns.at(-1) ?? 0) + cost));
  running = false;
  return turns;
}

test("all callers together get no more of one turn of the event loop than its steps", async () => {
  const budget = createTimeBudget(limits);
  const byTurn = await stepsByTurn((spend) =>
    Promise.all(["ann", "bob", "cas"].map((name) => budget.of(name, open).each(times(20, 4), () => spend(4)))),
  );
  expect(byTurn.reduce((sum, steps) => sum + steps, 0)).toBe(240);
  expect(Math.max(...byTurn)).toBeLessThanOrEqual(10);
});

test("one decision may take a whole turn, and then only this one is made in it", async () => {
  const budget = createTimeBudget(limits);
  const byTurn = await stepsByTurn((spend) => budget.of("ann", open).each(times(5, 40), () => spend(40)));
  expect(Math.max(...byTurn)).toBe(40);
});

test("a caller with one decision waits for one of each other caller, not for all of theirs", async () => {
  const budget = createTimeBudget(limits);
  const order: string[] = [];
  const many = times(10, 0).map(() => budget.of("mallory", open).each(times(10, 10), () => order.push("mallory")));
  const one = budget.of("ann", open).each([10], () => order.push("ann"));
  await Promise.all([...many, one]);
  expect(order.length).toBe(101);
  expect(order.indexOf("ann")).toBeLessThanOrEqual(2);
});

test("what costs too much is refused before the first decision", async () => {
  const budget = createTimeBudget(limits);
  let made = 0;
  const decide = (): number => (made += 1);
  const refused = { kind: "too-costly" };
  await expect(budget.of("ann", open).each([1, 41], decide)).rejects.toMatchObject(refused);
  await expect(budget.of("ann", open).each(times(101, 10), decide)).rejects.toMatchObject(refused);
  expect(made).toBe(0);
});

test("a caller has a limit of steps under way; what is done or refused counts no longer", async () => {
  const budget = createTimeBudget(limits);
  const ask = (caller: string) => budget.of(caller, open).each(times(70, 10), () => undefined);
  const admitted = [ask("mallory"), ask("mallory")];
  await expect(ask("mallory")).rejects.toMatchObject({ kind: "busy" });
  await expect(ask("ann")).resolves.toHaveLength(70);
  await Promise.all(admitted);
  await expect(ask("mallory")).resolves.toHaveLength(70);
});

test("decisions and slices of other work wait in one line, and share a turn of the event loop", async () => {
  const budget = createTimeBudget(limits);
  const byTurn = await stepsByTurn(async (spend) => {
    const slices = async (caller: string): Promise<void> => {
      const { turn } = budget.of(caller, open);
      for (let slice = 0; slice < 10; slice += 1) {
        await turn();
        spend(5);
      }
    };
    await Promise.all([slices("ann"), slices("bob"), budget.of("cas", open).each(times(20, 4), () => spend(4))]);
  });
  expect(byTurn.reduce((sum, steps) => sum + steps, 0)).toBe(180);
  expect(Math.max(...byTurn)).toBeLessThanOrEqual(10);
});

test("a caller with one slice waits for one of each other caller, however many requests they have", async () => {
  const budget = createTimeBudget(limits);
  const order: string[] = [];
  const work = async (caller: string, slices: number): Promise<void> => {
    for (let slice = 0; slice < slices; slice += 1) {
      await budget.of(caller, open).turn();
      order.push(caller);
    }
  };
  const greedy = Array.from({ length: 20 }, () => work("greedy", 3));
  const modest = work("modest", 1);
  await modest;
  // What one turn has room for, and one slice more.
  expect(order.filter((caller) => caller === "greedy").length).toBeLessThanOrEqual(4);
  await Promise.all(greedy);
  expect(order.length).toBe(61);
});

test("no work is done for a client that has left", async () => {
  const budget = createTimeBudget(limits);
  const controller = new AbortController();
  let made = 0;
  const work = budget.of("ann", controller.signal).each(times(50, 10), () => {
    made += 1;
    if (made === 3) controller.abort();
  });
  await expect(work).rejects.toMatchObject({ name: "AbortError" });
  expect(made).toBe(3);
  await expect(budget.of("ann", open).each(times(100, 10), () => undefined)).resolves.toHaveLength(100);
  await expect(budget.of("ann", controller.signal).turn()).rejects.toMatchObject({ name: "AbortError" });
});
