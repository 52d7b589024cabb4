/** The pages that need a gateway, which they do not start; and what the documents promise besides their examples. */
import { execFile, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { keepRecordsUnder } from "../packages/gateway/test/kept-records.ts";
import { startCommandService } from "./command-service.ts";
import { inShell, runExamples } from "./documented-examples.ts";
import { cleanEnvironment, command } from "./gateway.ts";

runExamples({ startGateways: false });

/** What GitHub Actions would run: the steps of the guide's workflow after the installation, in order, each by `bash -e`, until one fails. */
describe("the workflow that checks a pull request", () => {
  const guide = readFileSync("docs/guide/review-policies.md", "utf8");
  const [, workflow = ""] = /^```yaml\n(.*?)^```$/ms.exec(guide) ?? [];
  const steps = [...workflow.matchAll(/^ {6}- run: (?:\|\n((?: {10}.*\n)+)|(.*)\n)/gm)].map(([, lines, line]) =>
    (lines ?? line ?? "").replace("${{ github.base_ref }}", "main"),
  );
  let home: string;
  let env: NodeJS.ProcessEnv;
  let service: { stop(): void } | undefined;
  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), "s3-credentials-workflow-"));
    const bin = join(home, "bin");
    mkdirSync(bin);
    service = await startCommandService(bin);
    env = { ...cleanEnvironment(home), PATH: `${bin}:${process.env["PATH"] ?? ""}` };
    for (const name of ["GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"]) env[name] = "a reviewer";
    for (const name of ["GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"]) env[name] = "reviewer@example.com";
  });
  afterAll(() => {
    service?.stop();
    rmSync(home, { recursive: true, force: true });
  });

  /** Exit codes of the steps that ran, in a clone whose branch makes this of the policy of `main`. */
  async function checks(name: string, makeChange: string): Promise<readonly number[]> {
    const made = `git init -q -b main ${name}; cd ${name}; mkdir policies
s3-credentials policy my-bucket --prefix reports/ > policies/app.json; git add .; git commit -qm base
git clone -q . checkout; cd checkout; git switch -qc change; ${makeChange} > policies/app.json`;
    await inShell(made, { cwd: home, env });
    const codes: number[] = [];
    for (const step of steps) {
      const { status } = await ended(step, { cwd: join(home, name, "checkout"), env });
      codes.push(status);
      if (status !== 0) break;
    }
    return codes;
  }
  const ended = (step: string, options: { cwd: string; env: NodeJS.ProcessEnv }) =>
    new Promise<{ status: number }>((done) => {
      const child = execFile("/bin/bash", ["-e", "-c", step], options, () => done({ status: child.exitCode ?? 1 }));
      child.stdin?.end();
    });

  test("a narrower policy passes, a wider one and one outside the bucket do not", async () => {
    expect(steps).toHaveLength(2);
    expect(await checks("narrower", "s3-credentials policy my-bucket --prefix reports/ --read-only")).toEqual([0, 0]);
    expect(await checks("wider", "s3-credentials policy my-bucket")).toEqual([1]);
    const [run] = (
      JSON.parse(readFileSync(join(home, "wider/checkout/wider.sarif"), "utf8")) as { readonly runs: unknown[] }
    ).runs;
    expect(run).toMatchObject({
      results: expect.arrayContaining([
        expect.objectContaining({
          ruleId: "wider-access",
          locations: [
            expect.objectContaining({
              physicalLocation: expect.objectContaining({ artifactLocation: { uri: "policies/app.json" } }),
            }),
          ],
        }),
      ]),
    });
    expect(await checks("elsewhere", "s3-credentials policy other-bucket")).toEqual([1]);
  });
});

test("running the gateway names every option of serve", () => {
  const { stdout } = spawnSync(command, ["serve", "--help"], { env: cleanEnvironment(tmpdir()), encoding: "utf8" });
  const options = [...stdout.matchAll(/^ {2}(--[a-z-]+)(?: <\S+>)? {2,}\S/gm)].map(([, option]) => option ?? "");
  expect(options).toContain("--max-connections-per-address");
  const guide = readFileSync("docs/guide/running-the-gateway.md", "utf8");
  expect(options.filter((option) => !guide.includes(`\`${option}`))).toEqual([]);
});

function freePort(): Promise<number> {
  return new Promise((done) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => done(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

describe("npm start", () => {
  test("the main job, twice on one data folder: every row as expected", async () => {
    const home = mkdtempSync(join(tmpdir(), "s3-credentials-start-"));
    const port = String(await freePort());
    const words = ["--once", "--port", port, "--console-port", "0", "--data", join(home, "data")];
    const env = { ...cleanEnvironment(home), npm_config_cache: join(home, "npm") };
    const first = spawnSync("npm", ["start", "--silent", "--", ...words], { env, encoding: "utf8" });
    expect(first.stderr).toBe("");
    expect(first.status, first.stdout).toBe(0);
    expect(first.stdout).toMatch(/^read-write +put reports\/a\.txt +allowed +identity: s3\.read-write\.tour-bucket/m);
    expect(first.stdout).toMatch(
      /^read-only, reports\/, 15 minutes +get private\/b\.txt +refused +session: no statement allows it$/m,
    );
    expect(first.stdout).toMatch(/^write-only +get logs\/today +refused +identity: no statement allows it$/m);
    // The same command, which would only look for something to build once more.
    const second = spawnSync(process.execPath, ["packages/cli/dist/tour/main.js", ...words], { env, encoding: "utf8" });
    expect(second.status, second.stdout).toBe(0);
    expect(second.stdout).toContain("found the read-write keys of an earlier start");
    keepRecordsUnder(home);
    rmSync(home, { recursive: true, force: true });
  });
});
