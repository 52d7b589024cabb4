import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test } from "vitest";
import { EngineError, StoreError } from "../ports/store-error.ts";
import { type Attempt, ObjectTurns } from "./object-turns.ts";

/** An object whose changes are decided by what it was, and fail when it is something else by then. */
function changingObject() {
  const state = { version: 0, tries: 0 };
  const change = async (conflict: StoreError, attempts: number): Promise<Attempt<number>> => {
    state.tries += 1;
    const seen = state.version;
    await nextTurn();
    if (state.version !== seen) return { conflict, attempts };
    state.version += 1;
    return { outcome: state.version };
  };
  return { state, change };
}

const conflict = new StoreError("conflict", "changed");
const mayChange = async (): Promise<undefined> => undefined;

test("of many changes of one object, each that failed is tried once more in its turn, and later ones wait for theirs", async () => {
  const turns = new ObjectTurns();
  const { state, change } = changingObject();
  const many = (count: number, attempts: number, object: string | undefined) =>
    Array.from({ length: count }, async () => turns.repeat(object, async () => change(conflict, attempts), mayChange));
  const first = many(20, 2, "bucket/key");
  await nextTurn();
  await Promise.all([...first, ...many(5, 1, "bucket/key")]);
  expect(state).toEqual({ version: 25, tries: 20 + 19 + 5 });
  const withoutTurns = await Promise.allSettled(many(3, 2, undefined));
  expect(withoutTurns.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected"]);
});

test("nobody waits for one whose engine had the conflict, for a change of another object, nor for somebody without the right", async () => {
  const turns = new ObjectTurns();
  let end: (tried: Attempt<string>) => void = () => {};
  const held = new Promise<Attempt<string>>((resolve) => {
    end = resolve;
  });
  const holding = (error: StoreError, object: string) => {
    const tries = [{ conflict: error, attempts: 2 }];
    return turns.repeat(object, async () => tries.shift() ?? held, mayChange);
  };
  const both = [holding(new EngineError("conflict", "changed"), "bucket/engine"), holding(conflict, "bucket/key")];
  await nextTurn();
  for (const object of ["bucket/engine", "bucket/other"])
    expect(await turns.repeat(object, async () => ({ outcome: "at once" }), mayChange)).toBe("at once");
  const behind = turns.repeat("bucket/key", async () => ({ outcome: "behind" }), mayChange);
  // It is answered while the turn of another one goes on.
  const withoutRight = turns.repeat(
    "bucket/key",
    async () => ({ outcome: "in turn" }),
    async () => "refused",
  );
  expect(await withoutRight).toBe("refused");
  end({ outcome: "held" });
  expect(await Promise.all([...both, behind])).toEqual(["held", "held", "behind"]);
});

test("a change that fails gives its turn to the next", async () => {
  const turns = new ObjectTurns();
  const tries = [
    { conflict, attempts: 2 },
    { conflict, attempts: 2 },
  ];
  const failing = turns.repeat("bucket/key", async () => tries.shift() ?? { outcome: "never" }, mayChange);
  await Promise.resolve();
  const next = turns.repeat("bucket/key", async () => ({ outcome: "next" }), mayChange);
  await expect(failing).rejects.toBe(conflict);
  expect(await next).toBe("next");
});
