import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { type Items, administer, nameOf, openItems } from "../../../test/stores/postgres-items.ts";
import { type PostgresLink, linkTo } from "../../../test/stores/postgres-link.ts";
import { type PostgresServer, startPostgres } from "../../../test/stores/postgres-server.ts";
import type { Clock } from "../../ports/clock.ts";

let server: PostgresServer;
let made = 0;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

const clock: Clock = { now: () => Date.now(), monotonic: () => performance.now() };
/** Milliseconds. A test would not end if anything waited for a lease that is as long as this. */
const endless = 3_600_000;
const short = 600;

interface Gateway extends Items {
  readonly link: PostgresLink;
}

/** Gateways on one schema, each with a link of its own. They have their leases. */
async function gateways(schema: string, ...lengths: readonly number[]): Promise<readonly Gateway[]> {
  return await Promise.all(
    lengths.map(async (length) => {
      const link = await linkTo(server.address);
      const limits = { connect: 400, statement: 400, lock: 400, idleInTransaction: 400, answer: 400 };
      const items = await openItems(link.address, schema, {
        lease: { length, clock },
        ...(length === short && { limits }),
      });
      onTestFinished(async () => {
        await items.close();
        await link.close();
      });
      await expect.poll(() => usesMemory(items)).toBe(true);
      return { ...items, link };
    }),
  );
}

function newSchema(): string {
  made += 1;
  return `leases${made}`;
}

/** Without a lease the number moves with every call. */
function usesMemory({ reader }: Items): boolean {
  return reader.changes() === reader.changes();
}

function rows(schema: string): Promise<unknown[]> {
  return administer(server.address, schema, "SELECT id FROM gateways");
}

async function pair(...lengths: readonly [number, number]): Promise<readonly [Gateway, Gateway, string]> {
  const schema = newSchema();
  const [here, there] = await gateways(schema, ...lengths);
  if (here === undefined || there === undefined) throw new Error("two gateways");
  return [here, there, schema];
}

test("a change counts in every gateway when it is acknowledged, and both go on using their memory", async () => {
  const [here, there] = await pair(endless, endless);
  for (let id = 0; id < 6; id += 1) {
    const before = [here, there].map(({ reader }) => reader.changes());
    await (id % 2 === 0 ? here : there).write("put", { id, name: `${id}` });
    const after = [here, there].map(({ reader }) => reader.changes());
    expect(after.map((changes, at) => changes !== before[at])).toEqual([true, true]);
    expect([usesMemory(here), usesMemory(there)]).toEqual([true, true]);
  }
});

test("what changes no rights moves nothing and waits for nobody", async () => {
  const [here, there] = await pair(endless, endless);
  there.link.freeze();
  const before = here.reader.changes();
  await here.write("mark", "a");
  expect(here.reader.changes()).toBe(before);
  there.link.mend();
});

test("who finds done already what another gateway is still waiting for waits too", async () => {
  const [here, there, away] = await gateways(newSchema(), endless, endless, endless);
  if (here === undefined || there === undefined || away === undefined) throw new Error("three gateways");
  await here.write("put", { id: 1, name: "a" });
  away.link.freeze();
  const first = here.write("take", 1);
  await expect.poll(() => nameOf(there, 1)).toBeUndefined();
  const ended: string[] = [];
  const again = there.write("take", 1).then((isTaken) => ended.push(`taken again: ${isTaken}`));
  // Of a later group, so the one before has had its answer from the database.
  await there.write("mark", "b");
  await there.write("mark", "c");
  expect(ended).toEqual([]);
  away.link.mend();
  expect(await first).toBe(true);
  await again;
  expect(ended).toEqual(["taken again: false"]);
});

test("a notification that is lost is made up for by the next request for a lease", async () => {
  const [here, there] = await pair(endless, endless);
  for (const { link } of [here, there]) link.loseNotifications();
  const before = there.reader.changes();
  await here.write("put", { id: 1, name: "a" });
  expect(there.reader.changes()).not.toBe(before);
});

test.each(["cut", "freeze"] as const)(
  "a gateway whose link is in trouble (%s) holds a change up until its lease is over",
  async (trouble) => {
    const [here, there, schema] = await pair(endless, short);
    there.link[trouble]();
    await here.write("put", { id: 1, name: "a" });
    expect(usesMemory(there)).toBe(false);
    await expect.poll(async () => (await rows(schema)).length).toBe(1);
    there.link.mend();
    await expect.poll(() => usesMemory(there)).toBe(true);
    expect(await rows(schema)).toHaveLength(2);
  },
);

test("a gateway that is closed is waited for by nobody", async () => {
  const [here, there, schema] = await pair(endless, endless);
  await there.close();
  expect(usesMemory(there)).toBe(false);
  expect(await rows(schema)).toHaveLength(1);
  await here.write("put", { id: 1, name: "a" });
});

test("a gateway whose process stands still is not waited for longer than its lease", async () => {
  const schema = newSchema();
  const [here] = await gateways(schema, endless);
  // Its row is there, and it never says anything again.
  await administer(server.address, schema, `INSERT INTO gateways VALUES ('gone', 0, ${short})`);
  await here?.write("put", { id: 1, name: "a" });
  await expect.poll(async () => (await rows(schema)).length).toBe(1);
});

test("a lease whose connection is ended goes on with another one", async () => {
  const [here, there] = await pair(endless, endless);
  await administer(
    server.address,
    "public",
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 's3-credentials'",
  );
  await expect.poll(() => here.write("put", { id: 1, name: "a" }).catch(() => "away")).toBe(1);
  const before = there.reader.changes();
  await here.write("put", { id: 2, name: "b" });
  expect(there.reader.changes()).not.toBe(before);
  expect(usesMemory(there)).toBe(true);
});

test("without the server nothing that is kept is used when the lease is over, and reads are refused", async () => {
  const [here] = await gateways(newSchema(), short);
  if (here === undefined) throw new Error("one gateway");
  server.pause();
  try {
    await expect.poll(() => usesMemory(here)).toBe(false);
    await expect(here.reader.get("SELECT 1", [], () => 1)).rejects.toMatchObject({ kind: "unavailable" });
  } finally {
    server.resume();
  }
  await expect.poll(() => usesMemory(here)).toBe(true);
});

test("a server that was started again, perhaps from a copy that lacks something, is another one for what is kept", async () => {
  const [here] = await gateways(newSchema(), endless);
  if (here === undefined) throw new Error("one gateway");
  const [history, changes] = [here.reader.history?.(), here.reader.changes()];
  await here.write("put", { id: 1, name: "a" });
  expect(here.reader.history?.()).toBe(history);
  await server.kill();
  await server.start();
  await expect.poll(() => nameOf(here, 1).catch(() => "away")).toBe("a");
  expect(here.reader.history?.()).toBe((history ?? 0) + 1);
  expect(here.reader.changes()).toBeGreaterThan(changes);
});
