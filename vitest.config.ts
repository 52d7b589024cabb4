import { defineConfig } from "vitest/config";

/** `npm run test:long` has counts that take minutes. */
const long = process.env["TEST_RUNS"] !== undefined;
const conditions = ["source", "node", "import", "default"];

// Tests read the TypeScript sources; what starts a process or a worker thread runs the build (`npm test` builds first).
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ["node", "import", "default"] } },
  test: {
    include: ["packages/*/src/**/*.{test,prop}.ts", "packages/*/test/**/*.{test,prop}.ts", "acceptance/**/*.test.ts"],
    testTimeout: long ? 3_600_000 : 60_000,
    hookTimeout: 120_000,
    pool: "forks",
    maxWorkers: 2,
  },
});
