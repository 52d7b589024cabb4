import { statSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { temporaryFolder } from "../../test/temporary-folder.ts";
import type { MessageQueue, WaitingMessage } from "../ports/message-queue.ts";
import { StoreError } from "../ports/store-error.ts";
import { messageFile } from "../server/folder-databases.ts";
import { openAsyncDatabase } from "../stores/sqlite/asynchronous.ts";
import { messageQueue } from "../stores/sql/notifications/message-queue.ts";
import type { Outcome, Transport } from "./dispatcher.ts";
import { type NewMessage, testMessage } from "./event-message.ts";
import { Outbox, type OutboxParts, type TargetCounts } from "./outbox.ts";

const [account, other] = ["111122223333", "444455556666"];

/** A target that takes what `take` lets it, and the texts that it took. */
class ScriptedTarget implements Transport {
  readonly taken: string[] = [];
  readonly #take: (text: string) => Outcome;
  #waiting: { readonly count: number; readonly resolve: () => void } | undefined;

  constructor(take: (text: string) => Outcome = () => "delivered") {
    this.#take = take;
  }

  async deliver(messages: readonly WaitingMessage[]): Promise<readonly Outcome[]> {
    return messages.map(({ body }) => {
      const { Bucket } = JSON.parse(String(body)) as { readonly Bucket: string };
      const outcome = this.#take(Bucket);
      if (outcome === "delivered") this.taken.push(Bucket);
      if (this.taken.length >= (this.#waiting?.count ?? Infinity)) this.#waiting?.resolve();
      return outcome;
    });
  }

  /** Resolves when it took so many. */
  async took(count: number): Promise<readonly string[]> {
    if (this.taken.length < count) await new Promise<void>((resolve) => (this.#waiting = { count, resolve }));
    return this.taken;
  }
}

/** The outbox of a folder, by the clock of the test. */
async function opened(
  targets: Readonly<Record<string, Transport>>,
  {
    wrap = (queue) => queue,
    ...more
  }: Partial<OutboxParts> & { readonly wrap?: (queue: MessageQueue) => MessageQueue } = {},
  folder?: string,
) {
  const dataDir = folder ?? (await temporaryFolder());
  const database = await openAsyncDatabase({ ...messageFile(dataDir), soleWriter: true });
  const warnings: string[] = [];
  const outbox = await Outbox.open({
    queue: wrap(messageQueue(database)),
    transports: new Map(Object.entries(targets)),
    permits: () => true,
    reserveSpace: (_bytes, work) => work(),
    now: () => Date.now(),
    warn: (line) => void warnings.push(line),
    fault: (error) => void warnings.push(String(error)),
    minBackoff: 1,
    ...more,
  });
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => (closed ??= outbox.stop().then(() => database.close()));
  onTestFinished(close);
  return { outbox, warnings, dataDir, close };
}

/** A message that is known by its text. */
function message(target: string, accountId: string, text: string): NewMessage {
  return testMessage({ name: text, owner: accountId }, target, "request", Date.now());
}

/** The counts of the only target, or of the last one, once they are as the test waits for. */
async function countsWhen(outbox: Outbox, isSo: (counts: TargetCounts) => boolean): Promise<TargetCounts> {
  for (;;) {
    const last = (await outbox.counts()).at(-1);
    if (last !== undefined && isSo(last)) return last;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const texts = (from: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, n) => `${from}${n}`);

test("a target that takes nothing holds up neither another target nor, for an account, another account", async () => {
  const dead = new ScriptedTarget(() => ({ failed: "no answer came" }));
  const choosy = new ScriptedTarget((text) => (text.startsWith("bad") ? { failed: "status 500" } : "delivered"));
  const { outbox, warnings } = await opened({ dead, choosy });
  for (const text of texts("bad", 40))
    await outbox.send([message("dead", account, text), message("choosy", account, text)]);
  await outbox.send(texts("good", 40).map((text) => message("choosy", other, text)));
  expect(await choosy.took(40)).toEqual(texts("good", 40));
  expect(warnings).toContain(
    "the notification target dead does not take everything: no answer came; it is tried again",
  );
  expect(await countsWhen(outbox, ({ waiting }) => waiting === 40)).toMatchObject({ target: "choosy", delivered: 40 });
  expect((await outbox.counts())[0]).toMatchObject({ target: "dead", delivered: 0, waiting: 40 });
});

test("messages that are never taken hold up no later ones of their account, but those of the same object", async () => {
  const isBad = (text: string): boolean => text.startsWith("bad") && !text.endsWith("3");
  const target = new ScriptedTarget((text) => (isBad(text) ? { failed: "status 500" } : "delivered"));
  const { outbox } = await opened({ target });
  const behind = {
    ...message("target", account, "behind"),
    orderingKey: message("target", account, "bad1").orderingKey,
  };
  const bad = texts("bad", 40).map((text) => message("target", account, text));
  await outbox.send([...bad, behind, ...texts("good", 40).map((text) => message("target", account, text))]);
  expect(await target.took(44)).toEqual(["bad3", "bad13", "bad23", "bad33", ...texts("good", 40)]);
  expect(await countsWhen(outbox, ({ failed }) => failed > 100)).toMatchObject({ delivered: 44, waiting: 37 });
  await outbox.send([message("target", account, "last")]);
  expect((await target.took(45)).at(-1)).toBe("last");
});

test("a long queue of one object waits longer from try to try, and is passed over without keeping others waiting", async () => {
  let [reads, most] = [0, 0];
  const wrap = (queue: MessageQueue): MessageQueue => ({
    ...queue,
    oldest: (...args) => {
      most = Math.max(most, (reads += 1));
      setImmediate(() => (reads = 0));
      return queue.oldest(...args);
    },
  });
  const { outbox } = await opened({ target: new ScriptedTarget(() => ({ failed: "away" })) }, { wrap });
  const timers = vi.spyOn(globalThis, "setTimeout");
  onTestFinished(() => timers.mockRestore());
  await outbox.send(texts("m", 100).map((text) => ({ ...message("target", account, text), orderingKey: "one" })));
  await countsWhen(outbox, ({ failed }) => failed >= 8 * 16);
  expect(Math.max(...timers.mock.calls.map(([, ms = 0]) => ms))).toBeGreaterThanOrEqual(32);
  // Two, where a pause of a millisecond is over within the same round of the event loop; without turns all seven reads of the hundred are made.
  expect(most).toBeLessThanOrEqual(2);
});

test("what was taken and could not be removed is not delivered again after later ones of its object", async () => {
  const target = new ScriptedTarget((text) => (text === "bad" ? { failed: "status 500" } : "delivered"));
  let isBroken = true;
  const wrap = (queue: MessageQueue): MessageQueue => ({
    ...queue,
    async remove(...args) {
      if (isBroken) throw new StoreError("unavailable", "the disk is full");
      await queue.remove(...args);
    },
    async oldest(name, accountId, after, limit) {
      // The first read after the failure finds the disk whole again.
      if (target.taken.length > 0) isBroken = false;
      return queue.oldest(name, accountId, after, Math.min(limit, 2));
    },
  });
  const { outbox } = await opened({ target }, { wrap });
  const ofOne = (text: string): NewMessage => ({ ...message("target", account, text), orderingKey: "one" });
  await outbox.send([ofOne("first"), message("target", account, "bad"), ofOne("second")]);
  expect(await target.took(3)).toEqual(["first", "first", "second"]);
});

test("what is refused for a while comes later, and what is refused for good does not", async () => {
  let refusals = 5;
  const target = new ScriptedTarget((text) => {
    if (text === "poison") return "rejected";
    return (refusals -= 1) >= 0 ? { failed: "status 503" } : "delivered";
  });
  const { outbox } = await opened({ target });
  await outbox.send([
    message("target", account, "poison"),
    ...texts("m", 3).map((text) => message("target", account, text)),
  ]);
  expect((await target.took(3)).toSorted()).toEqual(texts("m", 3));
  expect((await outbox.counts())[0]).toMatchObject({ delivered: 3, rejected: 1, failed: 5, dropped: 0 });
});

test("a backlog has a limit: what comes beyond it is dropped, counted and said, and other accounts have theirs", async () => {
  const target = new ScriptedTarget((text) => (text.startsWith("a") ? { failed: "away" } : "delivered"));
  const { outbox, warnings } = await opened({ target }, { maxBacklog: 2000 });
  for (const text of texts("a", 10)) await outbox.send([message("target", account, text)]);
  await outbox.send([message("target", other, "b")]);
  expect(await target.took(1)).toEqual(["b"]);
  const [counts] = await outbox.counts();
  expect(counts?.dropped).toBeGreaterThan(0);
  expect((counts?.dropped ?? 0) + (counts?.waiting ?? 0)).toBeGreaterThanOrEqual(10);
  expect(warnings).toContainEqual(
    expect.stringMatching(/^notifications of the account 111122223333 for target are dropped: too much waits/),
  );
});

test("what waited is delivered when the folder is opened again, in its order, and sequences grow whatever the clock says", async () => {
  const away = await opened({ target: new ScriptedTarget(() => ({ failed: "away" })) });
  await away.outbox.send(texts("m", 30).map((text) => message("target", account, text)));
  await away.close();
  const back = new ScriptedTarget();
  const again = await opened({ target: back }, { now: () => 1000 }, away.dataDir);
  await again.outbox.send([message("target", account, "last")]);
  expect(await back.took(31)).toEqual([...texts("m", 30), "last"]);
});

test("what waits for a target that is gone, or is not permitted any more, waits on, and that is said", async () => {
  const away = await opened({ target: new ScriptedTarget(() => ({ failed: "away" })) });
  await away.outbox.send([message("target", account, "m")]);
  await away.close();
  const target = new ScriptedTarget();
  const forbidden = await opened({ target }, { permits: () => false }, away.dataDir);
  expect(forbidden.warnings).toEqual([
    "1 notifications of the account 111122223333 wait for target, which is no target that it may use; they wait until it is",
  ]);
  await forbidden.outbox.send([message("target", account, "later")]);
  expect((await forbidden.outbox.counts())[0]).toMatchObject({ dropped: 1, waiting: 1 });
  expect(forbidden.warnings.slice(1)).toEqual([
    "notifications of the account 111122223333 for target are dropped: it is no target that the account may use",
  ]);
  await forbidden.close();
  expect(target.taken).toEqual([]);
  await opened({ target }, {}, away.dataDir);
  expect(await target.took(1)).toEqual(["m"]);
});

test("a message that nobody takes for four days is dropped and counted", async () => {
  let now = Date.parse("2026-11-01");
  const tried = new ScriptedTarget((text) => (text === "old" ? { failed: "away" } : "delivered"));
  const { outbox } = await opened({ tried }, { now: () => now });
  await outbox.send([message("tried", account, "old")]);
  now += 5 * 24 * 60 * 60 * 1000;
  await outbox.send([message("tried", account, "new")]);
  await tried.took(1);
  expect(await countsWhen(outbox, ({ expired }) => expired > 0)).toMatchObject({ delivered: 1, expired: 1 });
});

test("a full disk drops notifications and fails nobody", async () => {
  const target = new ScriptedTarget();
  const { outbox, warnings } = await opened(
    { target },
    { reserveSpace: () => Promise.reject(new Error("the disk is full")) },
  );
  await outbox.send([message("target", account, "m")]);
  expect((await outbox.counts())[0]).toMatchObject({ dropped: 1, waiting: 0 });
  expect(warnings[0]).toContain("are dropped: the disk is full");
});

test("the file of the queue is private", async () => {
  const { dataDir } = await opened({});
  expect(statSync(join(dataDir, "notifications.db")).mode & 0o777).toBe(0o600);
});
