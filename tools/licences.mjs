import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

/** Folders of the libraries that these files are of, below the repository's: as the lock file has them. */
export function librariesOf(moduleIds) {
  const folders = moduleIds.map((id) => /^.*\/node_modules\/(@[^/]+\/)?[^/]+(?=\/)/.exec(id)?.[0]);
  return [...new Set(folders)].filter((folder) => folder !== undefined).map((folder) => relative("", folder));
}

/** What the licences of bundled libraries ask for: their text goes where their code goes. `moduleIds`: the files that were bundled. */
export function licences(moduleIds) {
  const found = new Map();
  for (const library of librariesOf(moduleIds)) {
    const { name, version, license } = JSON.parse(readFileSync(join(library, "package.json"), "utf8"));
    const [file, notice] = [/^(licen[cs]e|copying)/i, /^notice/i].map((name) =>
      readdirSync(library).find((one) => name.test(one)),
    );
    const texts = [file, notice]
      .filter((one) => one !== undefined)
      .map((one) => readFileSync(join(library, one), "utf8"));
    const text = file === undefined ? `${license}\n` : texts.join("\n");
    found.set(library, { title: `${name} ${version} (${license})`, text: text.trim() });
  }
  // Many libraries have one text.
  const byText = new Map();
  for (const { title, text } of [...found.values()].sort((left, right) => (left.title < right.title ? -1 : 1)))
    byText.set(text, [...(byText.get(text) ?? []), title]);
  return [...byText].map(([text, titles]) => `${titles.join("\n")}\n\n${text}\n`).join("\n\n");
}
