import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";

const dist = join(import.meta.dirname, "../dist");
const kilobyte = 1024;

interface Chunk {
  readonly file: string;
  readonly isEntry?: boolean;
  readonly name?: string;
  readonly imports?: readonly string[];
  readonly dynamicImports?: readonly string[];
  readonly css?: readonly string[];
}

const chunks = JSON.parse(readFileSync(join(dist, "routes.json"), "utf8")) as Readonly<Record<string, Chunk>>;

/** Every file that is loaded with the chunk, styles too. */
function filesOf(name: string, seen = new Set<string>()): ReadonlySet<string> {
  const chunk = chunks[name];
  if (chunk === undefined || seen.has(chunk.file)) return seen;
  for (const file of [chunk.file, ...(chunk.css ?? [])]) seen.add(file);
  for (const one of chunk.imports ?? []) filesOf(one, seen);
  return seen;
}

function sizeOf(files: Iterable<string>): number {
  return [...files].reduce((sum, file) => sum + statSync(join(dist, `${file}.gz`)).size, 0);
}

const entry = Object.keys(chunks).find((name) => chunks[name]?.isEntry === true) ?? "";
const shell = filesOf(entry);

test("the page with its frame is at most 320 KB, gzip", () => {
  expect(shell.size).toBeGreaterThan(1);
  expect(sizeOf(shell)).toBeLessThan(320 * kilobyte);
});

/** Parts that are loaded later: a page each, and the editors. */
const later = new Set(Object.values(chunks).flatMap(({ dynamicImports }) => dynamicImports ?? []));

test("what each part adds when it is opened is at most 170 KB, gzip", () => {
  const added = [...later].map(
    (name) => [name, sizeOf([...filesOf(name)].filter((file) => !shell.has(file)))] as const,
  );
  expect(added.length).toBeGreaterThan(15);
  expect(added.filter(([, size]) => size === 0 || size > 170 * kilobyte)).toEqual([]);
});

test("each page is a part that is loaded when it is opened", () => {
  const pages = join(import.meta.dirname, "../src/pages");
  const names = readdirSync(pages)
    .filter((name) => /^export function Component\(/m.test(readFileSync(join(pages, name), "utf8")))
    .map((name) => name.replace(/\.tsx$/, ""));
  expect(names.length).toBeGreaterThan(15);
  const parts = new Set([...later].map((name) => chunks[name]?.name));
  expect(names.filter((name) => !parts.has(name))).toEqual([]);
});

test("the page has no inline script or style, and its fonts are files", () => {
  const html = readFileSync(join(dist, "index.html"), "utf8");
  expect(html).not.toMatch(/<style|style=|\son\w+=|<script(?![^>]*\ssrc=)/);
  const styles = readdirSync(join(dist, "assets")).filter((name) => name.endsWith(".css"));
  for (const name of styles)
    expect(readFileSync(join(dist, "assets", name), "utf8")).not.toMatch(/url\(["']?data:font/);
});

const source = join(import.meta.dirname, "../src");
const files = readdirSync(source, { recursive: true, encoding: "utf8" }).filter((name) => /\.tsx?$/.test(name));
/** What each file imports, types and parts that are loaded later too. dependency-cruiser's reader of TypeScript knows no JSX. */
const imports = new Map(
  files.map((name) => [
    name,
    Array.from(
      readFileSync(join(source, name), "utf8").matchAll(/(?:from|import)\s*\(?"([^"]+)"/g),
      ([, path = ""]) => path,
    ),
  ]),
);

test("of this workspace, the page imports the policy language alone", () => {
  const imported = [...imports.values()].flat();
  expect(imported.length).toBeGreaterThan(100);
  expect(new Set(imported.filter((path) => path.startsWith("@s3-credentials/")))).toEqual(
    new Set(["@s3-credentials/policy"]),
  );
  const outside = [...imports].flatMap(([name, paths]) =>
    paths.filter((path) => path.startsWith("node:") || join(dirname(name), path).startsWith("..")),
  );
  expect(outside).toEqual([]);
});

test("no file of the page imports itself, by whatever way", () => {
  const circles: string[] = [];
  const done = new Set<string>();
  const follow = (name: string, way: readonly string[]): void => {
    if (way.includes(name)) circles.push([...way.slice(way.indexOf(name)), name].join(" -> "));
    if (done.has(name) || way.includes(name)) return;
    for (const path of imports.get(name) ?? [])
      if (path.startsWith(".")) follow(join(dirname(name), path), [...way, name]);
    done.add(name);
  };
  for (const name of files) follow(name, []);
  expect(done.size).toBeGreaterThanOrEqual(files.length);
  expect(circles).toEqual([]);
});
