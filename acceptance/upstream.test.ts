import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe } from "vitest";
import { makeUser } from "./fixtures.ts";
import { type Keys, readKeys, type RunningGateway } from "./gateway.ts";
import { startGatewayHere } from "./gateway-here.ts";
import { upstreamRuns } from "./upstream-runs.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "upstream-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("in front of a second gateway", () => {
  let engine: RunningGateway;
  let keys: Keys;
  beforeAll(async () => {
    engine = await startGatewayHere();
    // A user and not the administrator, as an operator would do it. Its secret is searched for in all logs and events.
    const managed = ["arn:aws:iam::aws:policy/AmazonS3FullAccess"];
    ({ keys } = await makeUser(engine, "gateway", { managed }));
  });
  afterAll(() => engine.stop());
  upstreamRuns(
    () => ({ endpoint: engine.endpoint, region: "us-east-1", keys }),
    () => folder,
    { clients: true },
  );
});

/** Any engine: see CONTRIBUTING.md. */
const {
  UPSTREAM_TEST_URL: endpoint,
  UPSTREAM_TEST_CREDENTIALS: file,
  UPSTREAM_TEST_REGION: region = "us-east-1",
} = process.env;
if (endpoint !== undefined && file !== undefined) {
  describe(`in front of ${endpoint}`, () => {
    upstreamRuns(
      () => ({ endpoint, region, keys: readKeys(file) }),
      () => folder,
      { clients: true },
    );
  });
}
