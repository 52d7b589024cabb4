import { expect, test } from "vitest";
import { AccountTurns } from "./account-turns.ts";

/** Work that says when it is begun, and goes on until it is let go. */
function held() {
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const work = async (piece: string): Promise<void> => {
    begun.push(piece);
    await new Promise<void>((resolve) => ends.set(piece, resolve));
  };
  const letGo = async (piece: string): Promise<void> => {
    ends.get(piece)?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { begun, work, letGo };
}

test("of each account one piece is under way, of so many accounts, and each has its turn", async () => {
  const { begun, work, letGo } = held();
  const turns = new AccountTurns(2);
  const all = new Map(["a", "b", "c"].map((account) => [account, [`${account}1`, `${account}2`]]));
  turns.begin(all, work);
  expect([begun, turns.isFull]).toEqual([["a1", "b1"], true]);
  await letGo("b1");
  await letGo("b2");
  expect(begun).toEqual(["a1", "b1", "b2"]);
  // Who has something under way is passed over, and who had no turn comes before who had one.
  turns.begin(all, work);
  expect(begun.at(-1)).toBe("c1");
});

test("a failure ends nothing else, and is thrown once", async () => {
  const turns = new AccountTurns(2);
  const done: string[] = [];
  turns.begin(new Map([["a", ["fails", "works"]]]), async (piece) => {
    if (piece === "fails") throw new Error("no disk");
    done.push(piece);
  });
  await turns.ended();
  expect(done).toEqual(["works"]);
  expect(() => turns.throwFailure()).toThrow("no disk");
  expect(() => turns.throwFailure()).not.toThrow();
});

test("when it is stopped, what is under way ends and nothing else begins", async () => {
  const { begun, work, letGo } = held();
  const turns = new AccountTurns(1);
  turns.begin(new Map([["a", ["a1", "a2"]]]), work);
  const stopped = turns.stop();
  await letGo("a1");
  await stopped;
  expect(begun).toEqual(["a1"]);
});
