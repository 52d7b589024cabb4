import type { Principal } from "@s3-credentials/policy";
import { expect, test } from "vitest";
import { createDecisionTurns, type DecisionLimits } from "./decision-turns.ts";

const limits: DecisionLimits = { turn: 10, decision: 40, request: 1000, principal: 1500 };
const user = (name: string): Principal => ({
  kind: "user",
  accountId: "123456789012",
  arn: `arn:aws:iam::123456789012:user/${name}`,
  userId: `AIDA${name}`,
  userName: name,
});
const session = (name: string, number: number): Principal => ({
  ...(user(name) as Extract<Principal, { kind: "user" }>),
  kind: "user-session",
  sessionName: `s${number}`,
});
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
  const turns = createDecisionTurns(limits);
  const byTurn = await stepsByTurn((spend) =>
    Promise.all(
      ["ann", "bob", "cas"].map((name) =>
        turns.each({ principal: user(name), costs: times(20, 4), signal: open }, () => spend(4)),
      ),
    ),
  );
  expect(byTurn.reduce((sum, steps) => sum + steps, 0)).toBe(240);
  expect(Math.max(...byTurn)).toBeLessThanOrEqual(10);
});

test("one decision may take a whole turn, and then only this one is made in it", async () => {
  const turns = createDecisionTurns(limits);
  const byTurn = await stepsByTurn((spend) =>
    turns.each({ principal: user("ann"), costs: times(5, 40), signal: open }, () => spend(40)),
  );
  expect(Math.max(...byTurn)).toBe(40);
});

test("a caller with one decision waits for one of each other caller, not for all of theirs", async () => {
  const turns = createDecisionTurns(limits);
  const order: string[] = [];
  const many = times(10, 0).map((_, number) =>
    turns.each({ principal: session("mallory", number), costs: times(10, 10), signal: open }, () =>
      order.push("mallory"),
    ),
  );
  const one = turns.each({ principal: user("ann"), costs: [10], signal: open }, () => order.push("ann"));
  await Promise.all([...many, one]);
  expect(order.length).toBe(101);
  expect(order.indexOf("ann")).toBeLessThanOrEqual(2);
});

test("what costs too much is refused before the first decision", async () => {
  const turns = createDecisionTurns(limits);
  let made = 0;
  const decide = (): number => (made += 1);
  const refused = { kind: "too-costly" };
  await expect(turns.each({ principal: user("ann"), costs: [1, 41], signal: open }, decide)).rejects.toMatchObject(
    refused,
  );
  await expect(
    turns.each({ principal: user("ann"), costs: times(101, 10), signal: open }, decide),
  ).rejects.toMatchObject(refused);
  expect(made).toBe(0);
});

test("a principal has a limit of steps under way, whatever its sessions are called; what is done or refused counts no longer", async () => {
  const turns = createDecisionTurns(limits);
  const ask = (principal: Principal) => turns.each({ principal, costs: times(70, 10), signal: open }, () => undefined);
  const admitted = [ask(session("mallory", 1)), ask(session("mallory", 2))];
  await expect(ask(session("mallory", 3))).rejects.toMatchObject({ kind: "busy" });
  await expect(ask(user("ann"))).resolves.toHaveLength(70);
  await Promise.all(admitted);
  await expect(ask(session("mallory", 3))).resolves.toHaveLength(70);
});

test("a decision that cannot wait is charged to the turn, and has the same limit", async () => {
  const turns = createDecisionTurns(limits);
  let waited = false;
  setImmediate(() => (waited = true));
  expect(turns.atOnce(10, () => "made")).toBe("made");
  await turns.each({ principal: user("ann"), costs: [1], signal: open }, () => expect(waited).toBe(true));
  expect(() => turns.atOnce(41, () => "made")).toThrow("too much matching");
});

test("no decision is made for a client that has left", async () => {
  const turns = createDecisionTurns(limits);
  const controller = new AbortController();
  let made = 0;
  const work = turns.each({ principal: user("ann"), costs: times(50, 10), signal: controller.signal }, () => {
    made += 1;
    if (made === 3) controller.abort();
  });
  await expect(work).rejects.toMatchObject({ name: "AbortError" });
  expect(made).toBe(3);
  await expect(
    turns.each({ principal: user("ann"), costs: times(100, 10), signal: open }, () => undefined),
  ).resolves.toHaveLength(100);
});
