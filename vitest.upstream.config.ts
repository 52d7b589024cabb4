import { mergeConfig } from "vitest/config";
import shared from "./vitest.config.ts";

// The tests of S3 with a second gateway as the engine behind the first: what differs is a list in upstream-differences.ts.
export default mergeConfig(
  { ...shared, test: { ...shared.test, include: ["packages/gateway/test/s3-*.{test,prop}.ts"] } },
  { test: { env: { TEST_UPSTREAM: "1" }, setupFiles: ["packages/gateway/test/upstream-differences.ts"] } },
);
