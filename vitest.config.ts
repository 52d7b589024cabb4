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

/**
 * They take longest of all, by what they start and not by their size, so they come first where nothing is known of an earlier run. Files
 * with a browser, which take what CPU time there is, are beside files that wait for processes.
 */
const slowest = [
  "documents-of-the-gateway",
  "console-pages",
  "documents",
  "console-administration",
  "packages",
  "console-objects",
  "upstream-ceph",
  "console-manners",
  "tour",
  "console",
  "transfer",
  "upgrade",
];

/** The files of `acceptance/` come first, the slowest of them before the others, so that none of them runs alone at the end. */
class AcceptanceFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isAcceptance = ({ moduleId }: TestSpecification): boolean => moduleId.includes(`${sep}acceptance${sep}`);
    const place = (file: TestSpecification): number => {
      if (!isAcceptance(file)) return slowest.length + 1;
      const at = slowest.findIndex((name) => file.moduleId.endsWith(`${sep}acceptance${sep}${name}.test.ts`));
      return at < 0 ? slowest.length : at;
    };
    return (await super.sort(files)).toSorted((one, other) => place(one) - place(other));
  }
}

// Tests read the TypeScript sources; what starts a process or a worker thread runs the build (`npm test` builds first).
export default defineConfig({
  resolve: { alias },
  test: {
    globalSetup: ["packages/gateway/test/kept-records-check.ts"],
    setupFiles: ["packages/gateway/test/property-seed.ts"],
    include: ["packages/*/src/**/*.{test,prop}.ts", "packages/*/test/**/*.{test,prop}.ts", "acceptance/**/*.test.ts"],
    testTimeout: long ? 3_600_000 : 180_000,
    hookTimeout: 120_000,
    // Other tests run at the same time, so what is polled for may take longer than the second that is the default.
    expect: { poll: { timeout: 20_000 } },
    pool: "forks",
    // Half of the work was to load the same modules for each file. A test that changes its process changes it back.
    isolate: false,
    // Nor are the threads of databases started anew for each.
    execArgv: ["--require", `${import.meta.dirname}/packages/gateway/test/keep-threads.cjs`],
    // Every process of a run, and the next run, takes what was transformed once. It is kept by the content of each file.
    experimental: { fsModuleCache: true },
    // Twice the cores of the smallest machine that runs this: a file often waits for the processes it started.
    maxWorkers: 4,
    sequence: { sequencer: AcceptanceFirst },
  },
});
