import { expect, test } from "vitest";
import type { AccessEntry, AnsweredRequest } from "../ports/access-log.ts";
import type { BucketRecord } from "../ports/bucket-registry.ts";
import { AccessLogBuffer } from "./access-log-buffer.ts";

const bucket = (name: string, isLogged = true) =>
  ({
    id: name,
    name,
    region: "us-east-1",
    owner: "111122223333",
    logging: isLogged ? { targetBucket: "t", targetPrefix: "" } : undefined,
  }) as BucketRecord;

const entry = { time: Date.UTC(2026, 10, 30), method: "GET", uri: "/", sent: 0, totalMs: 1, key: "k" } as AccessEntry;
const request = (bucketName: string, used?: AnsweredRequest["used"]): AnsweredRequest => ({
  bucketName,
  used,
  operation: "GetObject",
  isVisit: false,
  entry,
});

function buffering(maxBytes = 10_000) {
  const written: string[] = [];
  const warned: string[] = [];
  let disk: "there" | "full" = "there";
  const buffer = new AccessLogBuffer({
    find: async (name) => bucket(name, name !== "quiet"),
    canonicalId: async (id) => `canonical-${id}`,
    queue: {
      append: async ({ bucketId, day }, lines) => {
        if (disk === "full") throw new Error("the disk is full");
        written.push(
          ...Buffer.from(lines)
            .toString()
            .trimEnd()
            .split("\n")
            .map((line) => `${bucketId} ${day}: ${line}`),
        );
      },
    },
    warn: (line) => warned.push(line),
    maxBytes,
  });
  return { buffer, written, warned, set: (state: typeof disk) => (disk = state) };
}

test("a request is logged where logging is on, also when nobody looked for its bucket", async () => {
  const { buffer, written } = buffering();
  buffer.add(request("found", { bucket: bucket("found") }));
  buffer.add(request("looked-for"));
  buffer.add(request("quiet"));
  await buffer.flush();
  expect(written).toEqual([
    expect.stringMatching(/^found 20261130: canonical-111122223333 found \[30\/Nov\/2026:00:00:00 \+0000\] /),
    expect.stringMatching(/^looked-for 20261130: canonical-111122223333 looked-for /),
  ]);
});

test("a copy has a line in the log of its source too", async () => {
  const { buffer, written } = buffering();
  const source = { bucket: bucket("source"), key: "s", versionId: "v" };
  buffer.add({ ...request("to", { bucket: bucket("to", false), source }), operation: "CopyObject" });
  await buffer.flush();
  expect(written).toEqual([expect.stringMatching(/^source .* REST\.COPY\.OBJECT_GET s /)]);
});

test("in the log of its source, a copy into a bucket of another owner does not say where to", async () => {
  const { buffer, written } = buffering();
  const sent = { ...entry, uri: "/secret/plan?uploadId=u7", host: "secret.s3.test", referer: "https://secret.test/" };
  const source = { bucket: bucket("source"), key: "s", versionId: "v" };
  for (const owner of ["111122223333", "444455556666"]) {
    const target = { ...bucket("to", false), owner };
    buffer.add({ ...request("to", { bucket: target, source }), operation: "UploadPartCopy", entry: sent });
  }
  await buffer.flush();
  expect(written).toEqual([expect.stringContaining("/secret/plan"), expect.not.stringMatching(/secret|plan|u7/)]);
  expect(written[1]).toMatch(/ REST\.COPY\.PART_GET s "-" /);
});

test("what there is no room for, and what the disk does not take, is counted, and said once", async () => {
  const { buffer, written, warned, set } = buffering(200);
  for (let at = 0; at < 3; at += 1) buffer.add(request("b", { bucket: bucket("b") }));
  await buffer.flush();
  expect([written.length, buffer.dropped, warned.length]).toEqual([1, 2, 1]);
  set("full");
  buffer.add(request("b", { bucket: bucket("b") }));
  await buffer.flush();
  expect([written.length, buffer.dropped]).toEqual([1, 3]);
  expect(warned.at(-1)).toBe("lines of access logs are dropped: the disk is full");
});

test("an account that is asked for much does not push out the lines of another", async () => {
  const { buffer, written } = buffering(2000);
  for (let at = 0; at < 40; at += 1) buffer.add(request("busy", { bucket: bucket("busy") }));
  const other = { ...bucket("other"), owner: "444455556666" };
  for (let at = 0; at < 2; at += 1) buffer.add(request("other", { bucket: other }));
  await buffer.flush();
  expect(written.filter((line) => line.startsWith("other "))).toHaveLength(2);
  expect(written.length + buffer.dropped).toBe(42);
});
