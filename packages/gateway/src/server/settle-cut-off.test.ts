import { expect, onTestFinished, test } from "vitest";
import { openDirectory, openRecord } from "../../test/stores/stores-database.ts";
import { temporaryFolder } from "../../test/temporary-folder.ts";
import { account, canonicalId } from "../../test/test-directory.ts";
import { testGrant } from "../../test/test-grant.ts";
import { bucketRegistry } from "../stores/sql/buckets/bucket-registry.ts";
import { readOutbox } from "../stores/sql/record/event-outbox.ts";
import { openGuard } from "./open-guard.ts";
import { recordOver } from "./open-record.ts";
import { parseConfig } from "./parse-config.ts";
import { createRequestLog } from "./request-log.ts";
import { CutOff } from "./settle-cut-off.ts";
import { systemClock } from "./system-clock.ts";

const minutes = 60_000;
const grant = testGrant();

async function open() {
  const folder = await temporaryFolder();
  const parsed = parseConfig(["--data", folder], { HOME: folder });
  if (parsed.kind !== "config") throw new Error(parsed.kind);
  const { config } = parsed;
  const directory = await openDirectory(folder);
  const guard = await openGuard(config, systemClock, createRequestLog("silent"));
  const parts = { config, guard, clock: systemClock, forgotten: () => {} };
  const record = await recordOver(await openRecord(folder), parts);
  onTestFinished(async () => {
    await record.close();
    await directory.close();
  });
  await directory.write("createAccount", { id: account, canonicalId, createdAt: 1 });
  return { directory, record, registry: bucketRegistry(directory) };
}

test("what is half done for ten minutes is ended, and what is under way is left alone", async () => {
  const { directory, record, registry } = await open();
  const bucket = (name: string) => ({
    id: name,
    place: `engine/${name}`,
    name,
    owner: account,
    region: "r",
    createdAt: 1,
  });
  for (const name of ["creating", "deleting", "later"]) await registry.create(grant, bucket(name));
  for (const name of ["deleting", "later"]) await registry.move(grant, name, "creating", "active");
  await registry.move(grant, "deleting", "active", "deleting");
  const event = { accountId: account, eventId: "e".repeat(36), changed: true, keys: [], body: "{}" };
  await directory.write("recordChange", { events: [event], stored: [] });
  let now = 0;
  const cutOff = new CutOff({ monotonic: () => now });
  let turns = 0;
  const look = () =>
    cutOff.settle(registry, directory, record, async (work) => {
      turns += 1;
      await work();
    });
  const states = async () => (await registry.unsettled()).map(({ id, state }) => `${id} ${state}`).toSorted();
  await look();
  now = 9 * minutes;
  await registry.move(grant, "later", "active", "deleting");
  await look();
  expect([turns, await states()]).toEqual([0, ["creating creating", "deleting deleting", "later deleting"]]);
  now = 10 * minutes;
  await look();
  expect([turns, await states()]).toEqual([1, ["later deleting"]]);
  expect(await registry.findAny("creating")).toBeUndefined();
  expect(await registry.find("deleting")).toMatchObject({ state: "active" });
  expect(await readOutbox(directory.reader)).toEqual([]);
  const wanted = { accountId: account, key: `EventId=${event.eventId}`, from: 0, to: Date.now(), before: undefined };
  expect((await record.store.lookup({ ...wanted, limit: 2 })).events).toMatchObject([{ body: "{}" }]);
  now = 19 * minutes;
  await look();
  expect([turns, await states()]).toEqual([2, []]);
});
