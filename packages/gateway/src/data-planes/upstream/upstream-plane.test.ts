import { afterAll } from "vitest";
import { dataPlaneContract } from "../../../test/data-plane-contract.ts";
import { useS3Gateway } from "../../../test/s3-gateway.ts";
import { followVersioning, upstreamLacks } from "../../../test/upstream-under-test.ts";
import { systemClock } from "../../server/system-clock.ts";
import { allAbilities } from "./abilities.ts";
import { createUpstreamPlane, type UpstreamPlane } from "./upstream-plane.ts";

const engine = useS3Gateway();
let plane: UpstreamPlane | undefined;
afterAll(() => plane?.close());

dataPlaneContract(async () => {
  plane ??= createUpstreamPlane({
    name: "other",
    endpoint: `http://127.0.0.1:${engine.port}`,
    region: "us-east-1",
    credentials: engine.admin,
    pathStyle: true,
    clock: systemClock,
    abilities: allAbilities,
  });
  return followVersioning(plane);
}, upstreamLacks);
