import { type Schema, Validator } from "@cfworker/json-schema";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { GetObjectCommand } from "@aws-sdk/client-s3";
import { ListUsersCommand } from "@aws-sdk/client-iam";
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { iam, run, s3 } from "./clients.ts";
import { startGateway } from "./gateway.ts";

/** What `npm pack` makes of each package: what is in it, and that it works where nothing of this repository is. */
const packages = ["cli", "gateway", "policy", "protocol"] as const;
const runnable = process.platform === "linux" && process.arch === "x64";
const execute = promisify(execFile);

const place = mkdtempSync(join(tmpdir(), "s3-credentials-packages-"));
const prefix = join(place, "installed");
/** `npm test` installs them before. */
const nodeOf = (runtime: string): string => resolve("acceptance/runtimes/node_modules", runtime, "bin/node");
const tarballs = new Map<string, string>();
afterAll(() => rmSync(place, { recursive: true, force: true }));

const npm = (...args: readonly string[]) =>
  execute("npm", [...args, "--no-audit", "--no-fund", "--prefer-offline", "--loglevel", "error"]);

beforeAll(async () => {
  await execute("node", ["tools/pack.mjs", place]);
  for (const file of readdirSync(place).filter((one) => one.endsWith(".tgz"))) {
    const [, name = "cli"] = /^s3-credentials(?:-([a-z]+))?-\d/.exec(file) ?? [];
    tarballs.set(name, join(place, file));
  }
  await npm("install", "--global", "--prefix", prefix, ...tarballs.values());
}, 600_000);

/** The schema of CycloneDX 1.6, with those it refers to. */
const cycloneDx = new Validator(schema("bom-1.6"), "7", false);
for (const name of ["spdx", "jsf-0.82", "cryptography-defs"])
  cycloneDx.addSchema(schema(name), `http://cyclonedx.org/schema/${name}.SNAPSHOT.schema.json`);

function schema(name: string): Schema {
  const file = `node_modules/@cyclonedx/cyclonedx-library/res/schema/${name}.SNAPSHOT.schema.json`;
  return JSON.parse(readFileSync(file, "utf8")) as Schema;
}

interface Manifest {
  readonly name: string;
  readonly bin?: Readonly<Record<string, string>>;
  readonly man?: unknown;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly repository?: unknown;
}

/** The unpacked package. */
async function unpacked(name: string): Promise<{ folder: string; manifest: Manifest; files: readonly string[] }> {
  const folder = join(place, name);
  mkdirSync(folder, { recursive: true });
  await execute("tar", ["-xzf", tarballs.get(name) ?? "", "-C", folder, "--strip-components", "1"]);
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
  return { folder, manifest, files };
}

describe.each(packages)("%s", (name) => {
  test("holds what it names, its licence and a README, and no leftovers of the build", async () => {
    const { folder, manifest, files } = await unpacked(name);
    expect(readFileSync(join(folder, "LICENSE"), "utf8")).toBe(readFileSync("LICENSE", "utf8"));
    expect(readFileSync(join(folder, "README.md"), "utf8")).toContain(`# ${manifest.name}\n`);
    expect(manifest.repository).toBeUndefined();
    const named = [
      ...Object.values(manifest.bin ?? {}),
      ...((manifest.man ?? []) as readonly string[]),
      ...Object.values(manifest.exports).flatMap((target) =>
        typeof target === "string" ? [target] : Object.values(target),
      ),
    ];
    for (const file of named) expect(existsSync(join(folder, file)), file).toBe(true);
    const common = /^(package\.json|README\.md|LICENSE)$/;
    const bundle = /^bundle\/(LICENSES\.txt|[\w-]+\.js)$/;
    const consolePage = /^bundle\/console\/(index\.html|assets\/[\w.-]+\.(js|css|svg|woff2|txt))(\.br|\.gz)?$/;
    const ownFiles: Partial<Record<string, readonly RegExp[]>> = {
      cli: [bundle, /^(bin\/s3-credentials\.js|man\/s3-credentials\.1)$/],
      gateway: [bundle, consolePage, /^dist\/[\w/-]+\.d\.ts$/],
    };
    const own = ownFiles[name] ?? [/^dist\/[\w/-]+(\.d\.ts|\.js)$/];
    const known = (file: string) => [common, ...own].some((pattern) => pattern.test(file));
    expect(files.filter((file) => !known(file) || /(^|\/)test\//.test(file))).toEqual([]);
    // Links of a README lead nowhere outside the repository.
    expect(readFileSync(join(folder, "README.md"), "utf8")).not.toMatch(/\]\((?!https:)/);
  });

  test("has a bill of materials that is CycloneDX and names every library in it", async () => {
    const text = readFileSync((tarballs.get(name) ?? "").replace(/tgz$/, "cdx.json"), "utf8");
    const bill = JSON.parse(text) as { readonly components: readonly { name: string; version: string }[] };
    expect(cycloneDx.validate(bill).errors).toEqual([]);
    const listed = bill.components.map((one) => `${one.name} ${one.version}`);
    const { folder, manifest, files } = await unpacked(name);
    const terms = files.filter((file) => /LICENSES\.txt$|licenses-\w+\.txt$/.test(file));
    const inBundles = terms.flatMap((file) => [
      ...readFileSync(join(folder, file), "utf8").matchAll(/^((?:@[\w-]+\/)?[\w.-]+ \d+\.\d+\.\d+\S*) \([^)]+\)$/gm),
    ]);
    expect(inBundles.length > 0).toBe(["cli", "gateway"].includes(name));
    const dependencies = Object.entries(manifest.dependencies ?? {}).map(([one, version]) => `${one} ${version}`);
    expect(listed).toEqual(expect.arrayContaining([...inBundles.map(([, one]) => one), ...dependencies]));
  });

  test("publint finds nothing", async () => {
    const { buffer } = new Uint8Array(readFileSync(tarballs.get(name) ?? ""));
    const { messages, pkg } = await publint({ pack: { tarball: buffer }, strict: true });
    expect(messages.map((message) => formatMessage(message, pkg ?? {}, { color: false }))).toEqual([]);
  });

  test("Are the Types Wrong finds nothing", async () => {
    const bytes = new Uint8Array(readFileSync(tarballs.get(name) ?? ""));
    const analysis = await checkPackage(createPackageFromTarballData(bytes));
    expect(analysis.types !== false).toBe(name !== "cli");
    // The packages are ES modules for Node 20.19 and later: they need not resolve on older ones.
    const ours = ["node16-esm", "bundler"];
    const problems = analysis.types === false ? [] : analysis.problems;
    expect(
      problems.filter((problem) => !("resolutionKind" in problem) || ours.includes(problem.resolutionKind)),
    ).toEqual([]);
  });
});

describe("installed from the tarballs alone", () => {
  const modules = join(prefix, "lib/node_modules");

  test("the manual page is linked, and no SDK lies beside the bundle", () => {
    expect(readFileSync(join(prefix, "share/man/man1/s3-credentials.1"), "utf8")).toContain(".TH");
    const installed = readdirSync(modules, { recursive: true, encoding: "utf8" });
    expect(installed.some((path) => path.endsWith("@s3-credentials/gateway/package.json"))).toBe(true);
    expect(installed.filter((path) => /(^|\/)@(aws-sdk|smithy|aws-crypto)\//.test(path))).toEqual([]);
  });

  test("the libraries load by every name they export", async () => {
    const names = ["gateway", "policy", "protocol"].flatMap((name) => {
      const manifest = readFileSync(join(modules, "@s3-credentials", name, "package.json"), "utf8");
      return Object.keys((JSON.parse(manifest) as Manifest).exports)
        .filter((path) => path !== "./package.json")
        .map((path) => `@s3-credentials/${name}${path.slice(1)}`);
    });
    const script = `for (const name of ${JSON.stringify(names)}) if (Object.keys(await import(name)).length === 0) throw new Error(name)`;
    const { stdout } = await execute(process.execPath, ["--input-type=module", "-e", script], { cwd: modules });
    expect(stdout).toBe("");
  });

  test.runIf(runnable)(
    "the command works under each release of Node, on the folder that the one before left",
    { timeout: 300_000 },
    async () => {
      const home = join(place, "home");
      mkdirSync(home);
      const kept: string[] = [];
      // Node 20 has no SQLite of its own, so it uses another one than the others: the folder goes there and back.
      for (const runtime of ["node-24", "node-20", "node-22"]) {
        const program = [nodeOf(runtime), join(prefix, "bin/s3-credentials")] as const;
        const gateway = await startGateway({ program, home });
        const command = (args: readonly string[], input = "") =>
          run(gateway, program[0], [program[1], "--local", ...args], { keys: gateway.admin, input });
        const objects = s3(gateway, gateway.admin);
        try {
          const key = `${kept.length} ${runtime} ü`;
          const user = ["--username", `by-${kept.length + 1}`, ...(kept.length === 0 ? ["--create-bucket"] : [])];
          const made = await command(["create", "kept-bucket", ...user]);
          expect(made.code, made.stderr).toBe(0);
          const put = await command(["put-object", "kept-bucket", key, "-"], `${key} ✓`);
          expect(put.code, put.stderr).toBe(0);
          expect((await command(["get-object", "kept-bucket", key])).stdout).toBe(`${key} ✓`);
          kept.push(key);
          for (const Key of kept) {
            const { Body } = await objects.send(new GetObjectCommand({ Bucket: "kept-bucket", Key }));
            expect(await Body?.transformToString()).toBe(`${Key} ✓`);
          }
          const { Users } = await iam(gateway, gateway.admin).send(new ListUsersCommand({}));
          expect(Users?.map(({ UserName }) => UserName)).toEqual(
            expect.arrayContaining(kept.map((_, index) => `by-${index + 1}`)),
          );
        } finally {
          expect(await gateway.stop()).toBe(0);
        }
      }
    },
  );
});
