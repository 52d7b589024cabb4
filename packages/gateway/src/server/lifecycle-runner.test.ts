import { dayMs } from "../ports/clock.ts";
import { expect, onTestFinished, test } from "vitest";
import { grant, itemsOf, keys, listAll, metadata, startUpload, target } from "../../test/contract/plane-under-test.ts";
import { temporaryFolder } from "../../test/temporary-folder.ts";
import { testBody } from "../../test/test-body.ts";
import { openLocalPlane } from "../data-planes/local/local-plane.ts";
import type { BucketRecord, Versioning } from "../ports/bucket-registry.ts";
import type { DataPlane } from "../ports/data-plane.ts";
import type { ObjectMetadata } from "../ports/object-version.ts";
import type { LifecycleRule } from "../ports/lifecycle.ts";
import type { Notifications } from "../ports/notifications.ts";
import { StoreError } from "../ports/store-error.ts";
import { LifecycleRunner } from "./lifecycle-runner.ts";
import { randomIds } from "./random-ids.ts";
import { systemClock } from "./system-clock.ts";

/** A bucket whose lifecycle is carried out by the clock of the test. */
async function opened(versioning: Versioning, wrap: (plane: DataPlane) => DataPlane = (plane) => plane) {
  let time = Date.parse("2026-11-01T12:00:00Z");
  const clock = { now: () => time, monotonic: () => time };
  const plane = await openLocalPlane({ dataDir: await temporaryFolder(), clock, ids: randomIds });
  onTestFinished(() => plane.close());
  const bucketId = randomIds.bucketId();
  const bucket = { id: bucketId, place: bucketId, name: "b", owner: "111122223333" };
  let revision = 0;
  let lifecycle = "";
  let isVersioned = versioning;
  const record = () => ({ ...bucket, state: "active", versioning: isVersioned, lifecycle }) as BucketRecord;
  const lines: string[] = [];
  const published: unknown[] = [];
  const notifications: Notifications = {
    permits: () => true,
    publish: async (_bucket, events, { principalId }) =>
      void published.push(...events.map((event) => ({ ...event, principalId }))),
    publishTest: async () => {},
  };
  const runner = new LifecycleRunner({
    buckets: {
      revision: async () => `${(revision += 1)}`,
      withLifecycle: async (after) => (after === "" ? [bucketId] : []),
      read: async () => record(),
      find: async () => record(),
    },
    plane: wrap(plane),
    clock,
    region: "us-east-1",
    notifications,
    appendData: async (_account, bytes) => void lines.push(...String(bytes).trimEnd().split("\n")),
  });
  const at = { plane, bucketId, lacks: {}, otherBucketId: "" };
  return {
    ...at,
    runner,
    rules: (...rules: readonly Partial<LifecycleRule>[]) => {
      const whole = rules.map((rule, n) => ({
        id: `r${n}`,
        isEnabled: true,
        hasOldForm: false,
        filter: { tags: [] },
        ...rule,
      }));
      lifecycle = JSON.stringify({ rules: whole, minimumSize: "all_storage_classes_128K" });
    },
    enableVersioning: () => (isVersioned = "enabled"),
    pass: (days: number) => (time += days * dayMs),
    put: async (key: string, more: Partial<ObjectMetadata> = {}, body = "x") => {
      const written = await plane.put(
        grant,
        target(bucketId, key, versioning),
        { ...metadata, ...more },
        testBody(body),
      );
      if (written.kind !== "written") throw new Error(written.kind);
      return written.version;
    },
    keys: () => keys(at),
    versions: async () =>
      itemsOf(await plane.listVersions(grant, bucketId, listAll)).map(({ kind, key }) => `${kind} ${key}`),
    published,
    events: () => lines.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>),
  };
}

test("without versioning an expired object is gone, and the record says by which rule", async () => {
  const { put, pass, rules, runner, keys: left, events, versions, published } = await opened("off");
  await put("logs/old");
  await put("logs/kept", { tags: [{ key: "keep", value: "yes" }] });
  await put("other");
  rules({ filter: { tags: [], prefix: "logs/" }, expiration: { days: 1 } });
  await runner.run();
  expect(await left()).toHaveLength(3);
  pass(1.5);
  await put("logs/new");
  await runner.run();
  expect(await left()).toEqual(["logs/new", "other"]);
  expect(await versions()).toEqual(["object logs/new", "object other"]);
  const expired = { name: "LifecycleExpiration:Delete", versionId: undefined, principalId: "s3.amazonaws.com" };
  expect(published).toEqual([
    { ...expired, key: "logs/kept" },
    { ...expired, key: "logs/old" },
  ]);
  expect(events()).toMatchObject([
    { eventName: "DeleteObject", requestParameters: { bucketName: "b", key: "logs/kept" } },
    {
      eventName: "DeleteObject",
      userIdentity: { type: "AWSService" },
      requestParameters: { key: "logs/old" },
      responseElements: null,
      additionalEventData: { lifecycleRule: "r0" },
      recipientAccountId: "111122223333",
    },
  ]);
});

test("tags and sizes choose", async () => {
  const { put, pass, rules, runner, keys: left } = await opened("off");
  await put("tagged", {
    tags: [
      { key: "a", value: "b" },
      { key: "c", value: "d" },
    ],
  });
  await put("otherwise", { tags: [{ key: "a", value: "c" }] });
  await put("large", {}, "x".repeat(100));
  await put("small");
  rules(
    { filter: { tags: [{ key: "a", value: "b" }] }, expiration: { days: 1 } },
    { filter: { tags: [], largerThan: 50 }, expiration: { days: 1 } },
    { isEnabled: false, expiration: { days: 1 } },
  );
  pass(2);
  await runner.run();
  expect(await left()).toEqual(["otherwise", "small"]);
});

test("with versioning an expired object gets a marker; noncurrent versions and lone markers go", async () => {
  const { put, pass, rules, runner, keys: left, versions, events, published } = await opened("enabled");
  for (let n = 0; n < 4; n += 1) await put("k");
  rules({ expiration: { days: 1 } });
  pass(2);
  await runner.run();
  expect(await left()).toEqual([]);
  expect(await versions()).toEqual(["delete-marker k", ...Array.from({ length: 4 }, () => "object k")]);
  expect(events()).toMatchObject([{ responseElements: { "x-amz-delete-marker": "true" } }]);
  rules({ noncurrent: { days: 1, newer: 3 }, expiration: { expiredMarkers: true } });
  pass(2);
  await runner.run();
  expect(await versions()).toEqual(["delete-marker k", "object k", "object k", "object k"]);
  rules({ noncurrent: { days: 1, newer: 0 }, expiration: { expiredMarkers: true } });
  await runner.run();
  expect(await versions()).toEqual(["delete-marker k"]);
  pass(1);
  await runner.run();
  expect(await versions()).toEqual([]);
  const ended = { name: "LifecycleExpiration:Delete", key: "k", versionId: expect.any(String) };
  expect(published).toMatchObject([
    { ...ended, name: "LifecycleExpiration:DeleteMarkerCreated" },
    ...Array.from({ length: 5 }, () => ended),
  ]);
});

test("objects get the class that is due, in their versions and in listings, and the record says by which rule", async () => {
  const { put, pass, rules, runner, plane, bucketId, events, published } = await opened("enabled");
  const body = "x".repeat(128 * 1024);
  const classes = async () =>
    itemsOf(await plane.listVersions(grant, bucketId, listAll)).map((version) =>
      version.kind === "object" ? `${version.key} ${version.metadata.storageClass}` : version.kind,
    );
  const listed = async () =>
    itemsOf(await plane.listObjects(grant, bucketId, listAll)).map(({ key, storageClass }) => `${key} ${storageClass}`);
  const storageClass = "STANDARD";
  await put("k", { storageClass }, body);
  await put(
    "k",
    { storageClass, lock: { retention: { mode: "COMPLIANCE", until: Date.parse("2027-11-10T00:00:00Z") } } },
    body,
  );
  await put("small", { storageClass });
  await put("tagged", { storageClass, tags: [{ key: "hot", value: "yes" }] }, body);
  rules(
    {
      transitions: [
        { storageClass: "STANDARD_IA", at: { days: 30 } },
        { storageClass: "GLACIER_IR", at: { days: 90 } },
      ],
      noncurrentTransitions: [{ storageClass: "GLACIER_IR", days: 1, newer: 0 }],
    },
    { filter: { tags: [{ key: "hot", value: "yes" }] }, expiration: { days: 60 } },
    { filter: { tags: [{ key: "hot", value: "no" }] }, expiration: { days: 1 } },
  );
  pass(3);
  await runner.run();
  expect(await classes()).toEqual(["k STANDARD", "k GLACIER_IR", "small STANDARD", "tagged STANDARD"]);
  pass(30);
  await runner.run();
  expect(await listed()).toEqual(["k STANDARD_IA", "small STANDARD", "tagged STANDARD_IA"]);
  const before = events().length;
  await runner.run();
  expect(events()).toHaveLength(before);
  pass(90);
  await runner.run();
  expect(await listed()).toEqual(["k GLACIER_IR", "small STANDARD"]);
  expect(events()).toMatchObject([
    { eventName: "TransitionObject", additionalEventData: { lifecycleRule: "r0", storageClass: "GLACIER_IR" } },
    { eventName: "TransitionObject", requestParameters: { key: "k" } },
    { eventName: "TransitionObject", requestParameters: { key: "tagged" } },
    { eventName: "TransitionObject", additionalEventData: { storageClass: "GLACIER_IR" } },
    { eventName: "DeleteObject", requestParameters: { key: "tagged" } },
  ]);
  expect(published[0]).toMatchObject({
    name: "LifecycleTransition",
    key: "k",
    versionId: expect.any(String),
    storageClass: "GLACIER_IR",
  });
});

test("what Object Lock keeps stays, and goes when its time has come", async () => {
  const { put, pass, rules, runner, versions } = await opened("enabled");
  const until = Date.parse("2026-11-10T00:00:00Z");
  await put("k", { lock: { retention: { mode: "COMPLIANCE", until } } });
  await put("k");
  rules({ noncurrent: { days: 1, newer: 0 } });
  pass(5);
  await runner.run();
  expect(await versions()).toEqual(["object k", "object k"]);
  pass(5);
  await runner.run();
  expect(await versions()).toEqual(["object k"]);
});

test("an object that is replaced between the look and the deletion is not deleted", async () => {
  let replace: (() => Promise<unknown>) | undefined;
  const {
    put,
    pass,
    rules,
    runner,
    keys: left,
    events,
  } = await opened("off", (plane) => ({
    ...plane,
    delete: async (granted, asked) => {
      await replace?.();
      return plane.delete(granted, asked);
    },
  }));
  await put("k");
  rules({ expiration: { days: 1 } });
  pass(2);
  replace = () => put("k", {}, "new");
  await runner.run();
  expect(await left()).toEqual(["k"]);
  expect(events()).toEqual([]);
});

test("uploads that nobody completed are aborted", async () => {
  const it = await opened("off");
  await startUpload(it, { key: "up" });
  it.rules({ abortDays: 2 });
  const uploads = async () => itemsOf(await it.plane.listUploads(grant, it.bucketId, listAll)).length;
  it.pass(2);
  // `startUpload` began at the clock of the plane.
  await it.runner.run();
  expect(await uploads()).toBe(1);
  it.pass(1);
  await it.runner.run();
  expect(await uploads()).toBe(0);
  expect(it.events()).toMatchObject([{ eventName: "AbortMultipartUpload", requestParameters: { key: "up" } }]);
});

test("more than a page of keys", async () => {
  const { put, pass, rules, runner, keys: left, events } = await opened("off");
  for (let n = 0; n < 1100; n += 1) await put(`k${n}`);
  rules({ expiration: { days: 1 } });
  pass(2);
  await runner.run();
  expect(await left()).toEqual([]);
  expect(new Set(events().map(({ eventID }) => eventID)).size).toBe(1100);
});

test("a run that failed is made again on the same day", async () => {
  let fails = true;
  const {
    put,
    pass,
    rules,
    runner,
    keys: left,
  } = await opened("off", (plane) => ({
    ...plane,
    delete: async (granted, asked) => {
      if (fails) throw new StoreError("unavailable", "not now");
      return plane.delete(granted, asked);
    },
  }));
  await put("k");
  rules({ expiration: { days: 1 } });
  pass(2);
  await expect(runner.run()).rejects.toThrow("not now");
  fails = false;
  await runner.run();
  expect(await left()).toEqual([]);
});

/** Forty objects that are due, and what happens in the middle of their deletion. */
async function inTheMiddle(happens: (it: Awaited<ReturnType<typeof opened>>) => unknown) {
  let deletions = 0;
  const it = await opened("off", (plane) => ({
    ...plane,
    delete: async (granted, asked) => {
      deletions += 1;
      if (deletions === 5) happens(it);
      return plane.delete(granted, asked);
    },
  }));
  for (let n = 0; n < 40; n += 1) await it.put(`k${n}`);
  it.rules({ expiration: { days: 1 } });
  it.pass(2);
  await it.runner.run();
  return it;
}

test("a rule that is taken back during a run deletes nothing more", async () => {
  const it = await inTheMiddle(({ rules }) => rules({ isEnabled: false, expiration: { days: 1 } }));
  const left = await it.keys();
  expect(left.length).toBeGreaterThan(20);
  await it.runner.run();
  expect(await it.keys()).toEqual(left);
});

test("versions that a bucket keeps from the middle of a run on are kept, and the rest of the run is made up for", async () => {
  const it = await inTheMiddle(({ enableVersioning }) => enableVersioning());
  const left = await it.keys();
  expect(left.length).toBeGreaterThan(20);
  await it.runner.run();
  expect(await it.keys()).toEqual([]);
  const kept = left.map((key) => `object ${key}`);
  expect((await it.versions()).filter((version) => version.startsWith("object"))).toEqual(kept);
});

test("the delete marker of an object stays when a run is stopped after looking at it", async () => {
  let pages = 0;
  const it = await opened("enabled", (plane) => ({
    ...plane,
    listVersions: async (granted, place, query) => {
      pages += 1;
      if (pages === 2) it.runner.stop();
      return plane.listVersions(granted, place, { ...query, limit: 1 });
    },
  }));
  await it.put("k");
  await it.plane.delete(grant, { ...target(it.bucketId, "k", "enabled"), versionId: undefined });
  it.rules({ expiration: { expiredMarkers: true } });
  it.pass(2);
  await it.runner.run();
  expect(await it.versions()).toEqual(["delete-marker k", "object k"]);
});

test("a version that has become the current one is none of the noncurrent ones", async () => {
  let restore: (() => Promise<unknown>) | undefined;
  const it = await opened("enabled", (plane) => ({
    ...plane,
    delete: async (granted, asked) => {
      await restore?.();
      return plane.delete(granted, asked);
    },
  }));
  const place = { ...target(it.bucketId, "k", "enabled"), versionId: undefined };
  await it.put("k");
  const marker = await it.plane.delete(grant, place);
  if (marker.kind !== "deleted") throw new Error(marker.kind);
  it.rules({ noncurrent: { days: 1, newer: 0 } });
  it.pass(3);
  restore = () => it.plane.delete(grant, { ...place, versionId: marker.versionId });
  await it.runner.run();
  expect(await it.keys()).toEqual(["k"]);
});

test("many large lifecycles are looked at a few at a time, and again only after a change", async () => {
  const plane = await openLocalPlane({ dataDir: await temporaryFolder(), clock: systemClock, ids: randomIds });
  onTestFinished(() => plane.close());
  const filter = { prefix: "p".repeat(500_000), tags: [] };
  const lifecycle = JSON.stringify({ rules: [{ id: "r", isEnabled: false, filter, expiration: { days: 1 } }] });
  const ids = Array.from({ length: 20 }, (_, n) => `id${String(n).padStart(2, "0")}`);
  const record = (id: string) =>
    ({ id, place: id, name: id, owner: "111122223333", state: "active", versioning: "off", lifecycle }) as BucketRecord;
  let revision = 1;
  const read: string[] = [];
  const runner = new LifecycleRunner({
    buckets: {
      revision: async () => `${revision}`,
      withLifecycle: async (after, limit) => ids.filter((id) => id > after).slice(0, limit),
      read: async (id) => {
        read.push(id);
        return record(id);
      },
      find: async (name) => record(name),
    },
    plane,
    clock: systemClock,
    region: "us-east-1",
    appendData: async () => {},
  });
  await runner.run();
  expect(read).toEqual(ids.slice(0, 5));
  for (const _run of [2, 3, 4, 5]) await runner.run();
  expect(read.splice(0)).toEqual(ids);
  await runner.run();
  expect(read).toEqual([]);
  revision = 2;
  await runner.run();
  expect(read).toEqual(ids.slice(0, 5));
});
