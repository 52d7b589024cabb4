import { expect, test } from "vitest";
import { StoreError } from "../ports/store-error.ts";
import { EventSegments } from "../stores/files/event-segments.ts";
import { temporaryFolder } from "../../test/temporary-folder.ts";
import { dataEventsIn, type RecordedEvent } from "../../test/recorded-events.ts";
import { DataEventBuffer } from "./data-event-buffer.ts";

const account = "111122223333";
const other = "444455556666";

const event = (eventName: string, recipientAccountId = account): string =>
  JSON.stringify({ eventName, recipientAccountId });

/** A buffer over real files, on a disk that is full when the test says so. */
async function buffer({
  maxBytes,
  outsidersBytes = 1024,
}: {
  readonly maxBytes: number;
  readonly outsidersBytes?: number;
}) {
  const folder = await temporaryFolder();
  const segments = await EventSegments.open(folder, () => 60_000, { maxBytes: 1024 ** 3, maxAge: 1e12 });
  const [disk, clock] = [{ full: false }, { now: 60_000 }];
  const warnings: string[] = [];
  const data = new DataEventBuffer({
    async append(accountId, lines) {
      if (disk.full) throw new StoreError("full", "the disk is full");
      await segments.append(accountId, lines);
    },
    now: () => clock.now,
    region: "us-east-1",
    warn: (line) => void warnings.push(line),
    maxBytes,
    outsidersBytes,
  });
  const written = (): readonly RecordedEvent[] => dataEventsIn(folder);
  return { data, disk, clock, warnings, written };
}

const summary = (events: readonly RecordedEvent[]) =>
  events.map(({ eventName, recipientAccountId, serviceEventDetails }) =>
    serviceEventDetails === undefined
      ? [eventName, recipientAccountId]
      : [eventName, recipientAccountId, serviceEventDetails],
  );

test("what there is no room for is dropped of the account with the most, counted, and said with the next write", async () => {
  const room = event("GetObject-1").length + 1;
  const { data, warnings, written } = await buffer({ maxBytes: 2 * room });
  for (const at of [1, 2, 3, 4]) data.add(account, event(`GetObject-${at}`));
  data.add(other, event("GetObject-5", other));
  expect(data.dropped).toBe(3);
  expect(warnings).toEqual([expect.stringContaining("they come faster than they can be written")]);
  await data.flush();
  const since = "1970-01-01T00:01:00Z";
  expect(summary(written())).toEqual([
    ["DataEventsDropped", account, { count: 3, since }],
    ["GetObject-1", account],
    ["GetObject-5", other],
  ]);
  expect(written()[0]).toMatchObject({
    eventSource: "cloudtrail.amazonaws.com",
    eventType: "AwsServiceEvent",
    eventCategory: "Data",
    managementEvent: false,
  });
  data.add(account, event("GetObject-6"));
  await data.flush();
  expect(summary(written())).toContainEqual(["GetObject-6", account]);
});

test("a flood of one account's calls pushes out no event of another", async () => {
  const { data, written } = await buffer({ maxBytes: 100 * 80 });
  const others = Array.from({ length: 20 }, (_, at) => `GetObject-${at}`);
  for (const name of others) {
    for (let at = 0; at < 1000; at += 1) data.add(account, event(`Flood-${at}`));
    data.add(other, event(name, other));
  }
  await data.flush();
  const names = (id: string) => summary(written()).flatMap(([name, of]) => (of === id ? [name] : []));
  expect(names(other)).toEqual(others);
  const [first, ...flood] = names(account);
  expect(first).toBe("DataEventsDropped");
  expect(data.dropped).toBe(20_000 - flood.length);
});

test("a disk that cannot take them drops them; once it can again, an event says how many", async () => {
  const { data, disk, warnings, written } = await buffer({ maxBytes: 1024 });
  disk.full = true;
  data.add(account, event("GetObject-1"));
  data.add(other, event("GetObject-2", other));
  await data.flush();
  expect(written()).toEqual([]);
  expect(warnings).toEqual([expect.stringContaining("the disk is full")]);
  disk.full = false;
  await data.flush();
  expect(summary(written()).map(([name, id]) => [name, id])).toEqual([
    ["DataEventsDropped", account],
    ["DataEventsDropped", other],
  ]);
  expect(data.dropped).toBe(2);
  data.add(account, event("GetObject-3"));
  await data.flush();
  expect(written()).toHaveLength(3);
  expect(summary(written())).toContainEqual(["GetObject-3", account]);
});

test("denied calls of outsiders take a share of each day, and the others of the account and its own calls stay", async () => {
  const one = event("Denied-0").length;
  const { data, clock, warnings, written } = await buffer({ maxBytes: 1024 ** 2, outsidersBytes: 3 * one });
  const names = () => summary(written()).map(([name, , details]) => (details === undefined ? name : details));
  for (let at = 0; at < 1000; at += 1) {
    data.add(account, event(`Denied-${at % 10}`), "outsider");
    if (at % 250 === 0) data.add(account, event(`Own-${at}`));
  }
  data.add(other, event("Denied-0", other), "outsider");
  await data.flush();
  const since = "1970-01-01T00:01:00Z";
  expect(names()).toEqual([{ count: 997, since }, "Denied-0", "Own-0", "Denied-1", "Denied-2", "Own-250", "Own-500", "Own-750", "Denied-0"]); // prettier-ignore
  expect(warnings).toEqual([expect.stringContaining("have had their share of today")]);
  clock.now += 24 * 60 * 60 * 1000;
  data.add(account, event("Denied-9"), "outsider");
  await data.flush();
  expect(names()).toContain("Denied-9");
  expect(data.dropped).toBe(997);
});
