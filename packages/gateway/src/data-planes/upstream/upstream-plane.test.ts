import { ListBucketsCommand } from "@aws-sdk/client-s3";
import { afterAll, expect, test } from "vitest";
import { dataPlaneContract } from "../../../test/data-plane-contract.ts";
import { useS3Gateway } from "../../../test/s3-gateway.ts";
import { followVersioning, upstreamLacks } from "../../../test/upstream-under-test.ts";
import { systemClock } from "../../server/system-clock.ts";
import { allAbilities } from "./abilities.ts";
import { probeAbilities } from "./probe-abilities.ts";
import type { UpstreamOptions } from "./engine-connections.ts";
import { createUpstreamPlane, type UpstreamPlane } from "./upstream-plane.ts";

/** The engine is another gateway. */
const engine = useS3Gateway();
let plane: UpstreamPlane | undefined;
afterAll(() => plane?.close());

const optionsOf = (): UpstreamOptions => ({
  name: "other",
  endpoint: `http://127.0.0.1:${engine.port}`,
  region: "us-east-1",
  credentials: engine.admin,
  pathStyle: true,
  clock: systemClock,
});

dataPlaneContract(async () => {
  plane ??= createUpstreamPlane({ ...optionsOf(), abilities: allAbilities });
  return followVersioning(plane);
}, upstreamLacks);

test("the probe finds every ability of a gateway, and leaves nothing behind", async () => {
  expect(await probeAbilities(optionsOf(), "probe-of-abilities", { isThere: false })).toEqual(allAbilities);
  const { Buckets = [] } = await engine.s3.send(new ListBucketsCommand({}));
  expect(Buckets.map(({ Name }) => Name)).not.toContain("probe-of-abilities");
});
