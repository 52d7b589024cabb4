import { expect, test } from "vitest";
import { temporaryFolder } from "../../test/temporary-folder.ts";
import { refuse } from "../operations/operation.ts";
import type { BucketLogging } from "../ports/bucket-logging.ts";
import type { BucketRecord } from "../ports/bucket-registry.ts";
import type { ObjectVersion } from "../ports/object-version.ts";
import { AccessLogSpool } from "../stores/files/access-log-spool.ts";
import { AccessLogDeliverer, logKey } from "./access-log-deliverer.ts";
import type { NewDelivery } from "./deliver.ts";

const minute = 60_000;
const source = { owner: "111122223333", region: "eu-west-1", name: "source" };
const target = { targetBucket: "target", targetPrefix: "p/" };

test.each<readonly [BucketLogging, string]>([
  [target, "p/2026-12-01-00-00-07-AB"],
  [{ ...target, keyFormat: { kind: "simple" } }, "p/2026-12-01-00-00-07-AB"],
  [
    { ...target, keyFormat: { kind: "partitioned", dateSource: "DeliveryTime" } },
    "p/111122223333/eu-west-1/source/2026/12/01/2026-12-01-00-00-07-AB",
  ],
  [
    { ...target, keyFormat: { kind: "partitioned", dateSource: "EventTime" } },
    "p/111122223333/eu-west-1/source/2026/11/30/2026-11-30-00-00-00-AB",
  ],
])("%j names an object %s", (logging, expected) => {
  const delivered = Date.parse("2026-12-01T00:00:07.9Z");
  expect(logKey(source, logging, { day: "20261130", unique: "AB" }, delivered)).toBe(expected);
});

/** Whose every delivery is answered by `answer`. */
async function delivering(bucket: Pick<BucketRecord, "logging"> | undefined, answer: () => "taken" | "denied") {
  let time = Date.parse("2026-11-30T12:00:00Z");
  const clock = { now: () => time, monotonic: () => time };
  const spool = await AccessLogSpool.open(await temporaryFolder(), clock.now, { maxBytes: 1000, gatherMs: minute });
  const sent: NewDelivery[] = [];
  const warned: string[] = [];
  const deliverer = new AccessLogDeliverer({
    spool,
    clock,
    read: async (id) => bucket && ({ ...source, ...bucket, id } as BucketRecord),
    warn: (line) => warned.push(line),
    deliverer: {
      deliver: async (delivery) => {
        sent.push(delivery);
        return answer() === "taken" ? ({ kind: "object" } as ObjectVersion) : refuse("AccessDenied");
      },
    },
  });
  await spool.append({ accountId: source.owner, bucketId: "a".repeat(32), day: "20261130" }, Buffer.from("line\n"));
  const pass = async (minutes: number): Promise<void> => {
    time += minutes * minute;
    await deliverer.run();
    await deliverer.ended();
  };
  return { spool, sent, warned, pass };
}

test("a denied log is kept, tried every five minutes, said once, and delivered when it may", async () => {
  let answer: "taken" | "denied" = "denied";
  const { spool, sent, warned, pass } = await delivering({ logging: target }, () => answer);
  await pass(0);
  expect(sent).toEqual([]);
  await pass(1);
  await pass(1);
  expect(sent).toHaveLength(1);
  await pass(4);
  expect(sent).toHaveLength(2);
  expect(warned).toHaveLength(1);
  answer = "taken";
  await pass(5);
  expect(String(sent.at(-1)?.body)).toBe("line\n");
  expect([spool.bytes, spool.droppedLines]).toEqual([0, 0]);
});

test("what could not be delivered for a day is dropped and counted", async () => {
  const { spool, pass } = await delivering({ logging: target }, () => "denied");
  await pass(1);
  await pass(24 * 60);
  expect([spool.bytes, spool.droppedLines]).toEqual([0, 1]);
});

test.each([undefined, { logging: undefined }])(
  "lines of a bucket that is gone, or logs no more, are dropped: %j",
  async (bucket) => {
    const { spool, sent, pass } = await delivering(bucket, () => "taken");
    await pass(1);
    expect(sent).toEqual([]);
    expect([spool.bytes, spool.droppedLines]).toEqual([0, 1]);
  },
);
