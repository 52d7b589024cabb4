import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Abilities, allAbilities } from "../packages/gateway/src/data-planes/upstream/abilities.ts";
import { probeAbilities } from "../packages/gateway/src/data-planes/upstream/probe-abilities.ts";
import {
  createUpstreamPlane,
  type UpstreamPlane,
} from "../packages/gateway/src/data-planes/upstream/upstream-plane.ts";
import type { UpstreamOptions } from "../packages/gateway/src/data-planes/upstream/engine-connections.ts";
import { systemClock } from "../packages/gateway/src/server/system-clock.ts";
import { dataPlaneContract } from "../packages/gateway/test/data-plane-contract.ts";
import type { Lacks } from "../packages/gateway/test/contract/plane-under-test.ts";
import { followVersioning, upstreamLacks } from "../packages/gateway/test/upstream-under-test.ts";
import { type Ceph, startCeph } from "./ceph.ts";
import { cephProviderRuns } from "./ceph-provider.ts";
import { upstreamRuns } from "./upstream-runs.ts";

let ceph: Ceph | undefined;
let plane: UpstreamPlane | undefined;

function started(): Ceph {
  if (ceph === undefined) throw new Error("Ceph has not started");
  return ceph;
}

function optionsOf(): UpstreamOptions {
  const { endpoint, admin } = started();
  return { name: "ceph", endpoint, region: "us-east-1", credentials: admin, pathStyle: true, clock: systemClock };
}

/** What Ceph 16 can do. */
const abilities: Abilities = {
  ...allAbilities,
  conditionalVersions: false,
  conditionalComplete: false,
  conditionalCopy: false,
  conditionalDelete: false,
  checksums: false,
  trailers: false,
  encryption: false,
  copies: "x-amz-copy-if-match",
  copiesTags: false,
  quotesIfMatch: false,
  tagsUploads: false,
  partCopies: false,
  storageClasses: ["STANDARD", "STANDARD_IA", "GLACIER_IR"],
};

const lacks: Lacks = {
  ...upstreamLacks,
  checksums: "Ceph 16 keeps no checksums of objects",
  "order of uploads": "Ceph sorts the uploads of a key by their ids, which are random",
  "conditions with versioning": "Ceph 16 refuses every If-Match in a bucket with versioning, and ignores If-None-Match",
  "tags of uploads": "Ceph 16 ignores the tags that an upload is begun with",
  "found markers": "HeadObject of Ceph 16 does not say that a delete marker is there",
  "order of tags": "Ceph sorts tags by their keys",
  "part numbers in errors": "Ceph does not say which part is too small or missing, and finds the small one first",
  "unnamed parts": "Ceph 16 completes an upload only when every part that was sent is named",
  "deleted markers of pages": "Ceph 16 goes on after the key when the version is no longer there",
  encryption: "it needs a key service of its own",
  "conditional deletes": "Ceph 16 ignores If-Match on DeleteObject",
  "conditional completes": "Ceph 16 ignores conditions on CompleteMultipartUpload",
  "conditional copies": "Ceph 16 ignores conditions on the target of a copy",
};

beforeAll(async () => {
  ceph = await startCeph({ storageClasses: ["STANDARD_IA", "GLACIER_IR"] });
}, 120_000);
afterAll(async () => {
  await plane?.close();
  await ceph?.stop();
});

test("the probe finds what Ceph can do", async () => {
  expect(await probeAbilities(optionsOf(), "probe-of-abilities", { isThere: false })).toEqual(abilities);
});

dataPlaneContract(async () => {
  plane ??= createUpstreamPlane({ ...optionsOf(), abilities });
  return followVersioning(plane);
}, lacks);

describe("as the command's provider", () => cephProviderRuns(started));

describe("a gateway in front of it", () => {
  upstreamRuns(
    () => ({ endpoint: optionsOf().endpoint, region: "us-east-1", keys: optionsOf().credentials }),
    () => started().home,
    { clients: process.env["TEST_RUNS"] !== undefined },
  );
});
