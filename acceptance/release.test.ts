/** What is made for a release, in a clone of its own: it takes minutes, so only `npm run test:long` does it. */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const execute = promisify(execFile);
const isLong = process.env["TEST_RUNS"] !== undefined;

describe.runIf(isLong)("in a clone", { timeout: 600_000 }, () => {
  const place = mkdtempSync(join(tmpdir(), "s3-credentials-clone-"));
  const clone = join(place, "clone");
  const there = { cwd: clone };
  const git = (...args: readonly string[]) =>
    execute("git", ["-c", "user.name=a", "-c", "user.email=a@example.com", ...args], there);
  beforeAll(async () => {
    await execute("git", ["clone", "-q", ".", clone]);
    await execute("npm", ["ci", "--no-audit", "--no-fund", "--prefer-offline"], there);
    await execute("npm", ["run", "build"], there);
  }, 600_000);
  afterAll(() => rmSync(place, { recursive: true, force: true }));

  test("the site has every page, and no link of it leads nowhere", async () => {
    await execute("npm", ["run", "site"], there);
    const page = readFileSync(join(clone, "site/dist/docs/guide/creating-credentials.html"), "utf8");
    expect(page).toContain("<h1");
    writeFileSync(join(clone, "docs/differences.md"), "# Differences\n\n[nothing](nowhere.md)\n");
    await expect(execute("npm", ["run", "site"], there)).rejects.toThrow("nowhere");
    await git("checkout", "-q", "docs");
  });

  test("a release needs a heading and no changes, and then installs and works", async () => {
    const { version } = JSON.parse(readFileSync(join(clone, "package.json"), "utf8")) as { version: string };
    const changes = readFileSync(join(clone, "CHANGELOG.md"), "utf8");
    const heading = `## ${version} (2026-01-01)`;
    const without = changes.replaceAll(`## ${version} (`, "## another (");
    writeFileSync(join(clone, "CHANGELOG.md"), without);
    await expect(execute("npm", ["run", "release"], there)).rejects.toThrow("commit them first");
    await git("commit", "-qam", "without");
    await expect(execute("npm", ["run", "release"], there)).rejects.toThrow(`has no "## ${version} (DATE)"`);
    writeFileSync(join(clone, "CHANGELOG.md"), `${heading}\n\n${without}`);
    await git("commit", "-qam", "with");
    const { stdout } = await execute("npm", ["run", "--silent", "release"], there);
    expect(stdout).toContain(`release/ has the packages of ${version}`);
    const { stdout: sums } = await execute("sha256sum", ["-c", "SHA256SUMS"], { cwd: join(clone, "release") });
    expect(sums.match(/: OK$/gm)).toHaveLength(8);
  });
});
