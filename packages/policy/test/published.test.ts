import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const folder = join(import.meta.dirname, "..");
const { name, exports, dependencies } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
  readonly name: string;
  readonly exports: Readonly<Record<string, Readonly<Record<string, string>> | string>>;
  readonly dependencies?: unknown;
};
/** `package.json` itself is exported by its path alone; it is no code. */
const code = Object.entries(exports).flatMap(([path, files]) => (typeof files === "string" ? [] : [{ path, files }]));
const subpaths = code.map(({ path }) => `${name}${path.slice(1)}`);

/** A plain Node, which takes the built files; this process takes the sources. */
function exportedNames(): Readonly<Record<string, readonly string[]>> {
  const script = `
    const found = {};
    for (const path of ${JSON.stringify(subpaths)}) found[path] = Object.keys(await import(path)).sort();
    console.log(JSON.stringify(found));`;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", script], {
    cwd: folder,
    encoding: "utf8",
  });
  expect(stderr).toBe("");
  return JSON.parse(stdout) as Readonly<Record<string, readonly string[]>>;
}

test("every subpath imports by its published name; together they are the main entry, each name once", () => {
  const { [name]: main, ...groups } = exportedNames();
  const names = Object.values(groups);
  expect(names).toHaveLength(9);
  for (const group of names) expect(group.length).toBeGreaterThan(0);
  expect(names.flat().sort()).toEqual(main);
});

test("there are no dependencies", () => expect(dependencies).toBeUndefined());

test("the package holds what its exports name and no tests", () => {
  const { stdout } = spawnSync("npm", ["pack", "--dry-run", "--json", "--offline"], { cwd: folder, encoding: "utf8" });
  const [packed] = JSON.parse(stdout) as readonly { readonly files: readonly { readonly path: string }[] }[];
  const paths = packed?.files.map(({ path }) => path) ?? [];
  for (const { files } of code) {
    expect(paths).toContain(files["types"]?.slice(2));
    expect(paths).toContain(files["default"]?.slice(2));
  }
  expect(paths.filter((path) => !/^(package\.json|README\.md|LICENSE)$|^dist\//.test(path))).toEqual([]);
  expect(paths.filter((path) => /\.(test|prop)\.|\/test\//.test(path))).toEqual([]);
});
