import { expect, test } from "vitest";
import { memoryBucketRegistry } from "../../../test/memory-bucket-registry.ts";
import { testGrant } from "../../../test/test-grant.ts";
import type { Grant } from "../../ports/grant.ts";
import type { Ports } from "../../ports/ports.ts";
import { PlaceTaken } from "../../ports/store-error.ts";
import { createBucket } from "./create-bucket.ts";
import type { S3Context } from "./define-s3.ts";

// Two gateways in front of one engine can want the same name at the same moment.
test("a bucket whose place somebody else took meanwhile is not kept, and the place is left alone", async () => {
  const buckets = memoryBucketRegistry();
  const asked: string[] = [];
  let isTheirs = true;
  const ports = {
    buckets,
    region: "us-east-1",
    ids: { bucketId: () => `id-${asked.length}` },
    homes: { choose: () => ({ place: "ceph/photos" }), isTaken: async () => false },
    objects: {
      openBucket: async (_grant: Grant, place: string) => {
        asked.push(place);
        if (isTheirs) throw new PlaceTaken("BucketAlreadyExists");
      },
    },
  } as unknown as Ports;
  const principal = { kind: "user", accountId: "111122223333" };
  const context = { ports, bucketName: "photos", principal, now: 1 } as unknown as S3Context;
  const create = () =>
    createBucket.run(
      testGrant() as never,
      { location: undefined, ownership: undefined, acl: new Map() },
      context as never,
    );
  expect(await create()).toMatchObject({ kind: "refusal", code: "BucketAlreadyExists" });
  expect(await buckets.findAny("photos")).toBeUndefined();
  expect(await buckets.unsettled()).toEqual([]);
  isTheirs = false;
  expect(await create()).toMatchObject({ status: 200 });
  expect(await buckets.find("photos")).toMatchObject({ state: "active", place: "ceph/photos" });
  expect(asked).toEqual(["ceph/photos", "ceph/photos"]);
});
