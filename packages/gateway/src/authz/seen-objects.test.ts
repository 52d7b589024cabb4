import { expect, test } from "vitest";
import { copyObject } from "../operations/s3/copy-object.ts";
import { deleteObjects } from "../operations/s3/delete-objects.ts";
import type { BucketRecord } from "../ports/bucket-registry.ts";
import { withSeenObjects } from "./seen-objects.ts";
import { policy, user, caller, bucket, type Given, given, all } from "../../test/s3-question.ts";

test("a thousand items are looked up by key, a few in each turn, and only where something about the object counts", async () => {
  const items = Array.from({ length: 1000 }, (_, at) => ({
    key: `k${at % 500}`,
    versionId: undefined,
    ifMatch: `${at}`,
  }));
  const input = {
    caller: caller(user(), all),
    demands: deleteObjects.demands,
    subject: { bucket: "bucket", items },
  };
  const cost = async (bucketOf: BucketRecord) => {
    let [turns, lookUps] = [0, 0];
    const asked = given({ ...input, bucket: bucketOf });
    const time = { ...asked.time, turn: async () => void (turns += 1) };
    const stateOf = async (): Promise<undefined> => void (lookUps += 1);
    const homes = { keepsTags: () => Promise.resolve(true) };
    const found = await withSeenObjects({ ...asked, time }, { objects: { stateOf }, homes });
    return { turns, lookUps, items: found.refused?.outcome ?? found.input?.seen?.items?.size };
  };
  expect(await cost(bucket())).toEqual({ turns: 0, lookUps: 0, items: undefined });
  const { turns, ...rest } = await cost(bucket({ ownership: "ObjectWriter" }));
  expect(rest).toEqual({ lookUps: 500, items: 1000 });
  expect(turns).toBeGreaterThanOrEqual(50);
});

test("an engine is asked about no object for callers whom no Allow could concern", async () => {
  const tagged = { Condition: { StringEquals: { "s3:ExistingObjectTag/state": "released" } } };
  const open = { Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::bucket/public/*", ...tagged };
  const onEngine = (more: Partial<BucketRecord> = {}) => bucket({ place: "ceph/bucket", ...more });
  const withPolicy = onEngine({
    policy: JSON.stringify({ Version: "2012-10-17", Statement: { Principal: "*", ...open } }),
  });
  const reads = [{ action: "s3:GetObject", resource: "object" }] as const;
  const look = async (parts: Given) => {
    let lookUps = 0;
    const stateOf = async (): Promise<undefined> => void (lookUps += 1);
    const homes = { keepsTags: () => Promise.resolve(true) };
    const found = await withSeenObjects(given(parts), { objects: { stateOf }, homes });
    const outcome = found.refused?.outcome.code ?? (found.input?.seen === undefined ? "unseen" : "seen");
    return [outcome, lookUps];
  };
  const anonymous = caller({ kind: "anonymous" });
  const of = (key: string) => ({ bucket: "bucket", key });
  const get = { caller: anonymous, demands: reads, bucket: withPolicy };
  expect(await look({ ...get, subject: of("private/a") })).toEqual(["AccessDenied", 0]);
  expect(await look({ ...get, subject: of("public/a") })).toEqual(["seen", 1]);
  const denies = policy({ Effect: "Deny", Action: "*", Resource: "*", ...tagged });
  expect(await look({ caller: caller(user(), denies), demands: reads, bucket: onEngine() })).toEqual([
    "AccessDenied",
    0,
  ]);
  const headers = new Map([["x-amz-copy-source", "bucket/a"]]);
  const copies = { demands: copyObject.demands, headers, bucket: onEngine(), source: onEngine() };
  const subject = { ...of("b"), source: { ...of("a"), versionId: undefined } };
  expect(await look({ ...copies, caller: anonymous, subject })).toEqual(["AccessDenied", 0]);
  const all = policy({ Effect: "Allow", Action: "s3:*", Resource: "*" });
  expect(await look({ ...copies, caller: caller(user(), all), subject })).toEqual(["seen", 1]);
});
