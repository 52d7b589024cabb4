import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const folder = "packages/policy/examples";

/** What an example says it prints: the text after each `// →`. */
function promised(source: string): readonly string[] {
  return [...source.matchAll(/\/\/ → ?(.*)$/gm)].map(([, text = ""]) => text);
}

test("every part of the library has an example", () => {
  const { exports } = JSON.parse(readFileSync("packages/policy/package.json", "utf8")) as { exports: object };
  const parts = Object.keys(exports).flatMap((path) =>
    path === "." || path === "./package.json" ? [] : [`${path.slice(2)}.js`],
  );
  expect(readdirSync(folder).toSorted()).toEqual(parts.toSorted());
});

test.each(readdirSync(folder))("%s prints what it says", (name) => {
  const printed = execFileSync(process.execPath, [`${folder}/${name}`], { encoding: "utf8" });
  expect(printed.trimEnd().split("\n")).toEqual(promised(readFileSync(`${folder}/${name}`, "utf8")));
});
