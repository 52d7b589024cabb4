import { mergeConfig } from "vitest/config";
import shared from "./vitest.config.ts";

// The tests of S3 with a second gateway as the engine behind the first: what differs is a list in upstream-differences.ts.
/** Of what no engine behind the gateway does: Object Lock and lifecycles are for buckets in the data folder. */
const onFolders = ["s3-object-lock", "s3-lifecycle"];
export default mergeConfig(
  { ...shared, test: { ...shared.test, include: ["packages/gateway/test/s3-*.{test,prop}.ts"] } },
  {
    test: {
      env: { TEST_UPSTREAM: "1" },
      exclude: onFolders.map((name) => `**/${name}.test.ts`),
      setupFiles: ["packages/gateway/test/upstream-differences.ts"],
    },
  },
);
