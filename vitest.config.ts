import { sep } from "node:path";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

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

/** The files of `acceptance/` take longest. They come first, so that none of them runs alone at the end. */
class AcceptanceFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isAcceptance = ({ moduleId }: TestSpecification): boolean => moduleId.includes(`${sep}acceptance${sep}`);
    const sorted = await super.sort(files);
    return [...sorted.filter(isAcceptance), ...sorted.filter((file) => !isAcceptance(file))];
  }
}

// Tests read the TypeScript sources; what starts a process or a worker thread runs the build (`npm test` builds first).
export default defineConfig({
  resolve: { alias },
  test: {
    globalSetup: ["packages/gateway/test/kept-records-check.ts"],
    include: ["packages/*/src/**/*.{test,prop}.ts", "packages/*/test/**/*.{test,prop}.ts", "acceptance/**/*.test.ts"],
    testTimeout: long ? 3_600_000 : 180_000,
    hookTimeout: 120_000,
    pool: "forks",
    // Half of the work was to load the same modules for each file. A test that changes its process changes it back.
    isolate: false,
    // One more than the cores of the smallest machine that runs this: a file often waits for the processes it started.
    maxWorkers: 3,
    sequence: { sequencer: AcceptanceFirst },
  },
});
