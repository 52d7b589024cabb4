import { defineConfig } from "vitest/config";

/** `npm run test:long` has counts that take minutes. */
const long = process.env["TEST_RUNS"] !== undefined;
/** Packages of this workspace by their sources: what they publish names the build alone. */
const alias = [
  {
    find: /^@s3-credentials\/(policy|protocol|gateway)$/,
    replacement: `${import.meta.dirname}/packages/$1/src/index.ts`,
  },
  { find: /^@s3-credentials\/policy\/(.+)$/, replacement: `${import.meta.dirname}/packages/policy/src/$1.ts` },
];

// Tests read the TypeScript sources; what starts a process or a worker thread runs the build (`npm test` builds first).
export default defineConfig({
  resolve: { alias },
  test: {
    include: ["packages/*/src/**/*.{test,prop}.ts", "packages/*/test/**/*.{test,prop}.ts", "acceptance/**/*.test.ts"],
    testTimeout: long ? 3_600_000 : 60_000,
    hookTimeout: 120_000,
    pool: "forks",
    maxWorkers: 2,
  },
});
