import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

/** What each package needs where it runs. */
const parts = {
  "s3-credentials": ["packages/cli", "package.json", "bin", "bundle"],
  "@s3-credentials/gateway": ["packages/gateway", "package.json", "bundle"],
} as const;

/**
 * The build of this repository as a version that has one step more in the schema of the directory, installed in `folder`: Node and the
 * command's file, for `startGateway`. `isCompatible`: this version may go on beside it.
 */
export function newerVersion(
  folder: string,
  step: { readonly name: string; readonly isCompatible: boolean },
): readonly [node: string, file: string] {
  const modules = join(folder, step.name, "node_modules");
  for (const [name, [from, ...names]] of Object.entries(parts))
    for (const part of names) cpSync(join(from, part), join(modules, name, part), { recursive: true });
  const library = join(modules, "libsql");
  mkdirSync(dirname(library), { recursive: true });
  symlinkSync(resolve("node_modules/libsql"), library);
  const sql = `CREATE TABLE made_by_${step.name.replace(/\W/g, "_")} (id INTEGER PRIMARY KEY) STRICT;`;
  const compatible = step.isCompatible ? "compatible:true," : "";
  addStep(join(modules, "@s3-credentials/gateway/bundle"), `{name:"${step.name}",${compatible}sql:"${sql}"}`);
  return [process.execPath, join(modules, "s3-credentials/bin/s3-credentials.js")];
}

/** Steps are sorted by their names, so the new one may stand before any other. */
function addStep(bundle: string, step: string): void {
  const place = /(?=\{name:[`"]0010-identity[`"])/;
  const files = readdirSync(bundle).filter((name) => name.endsWith(".js"));
  const texts = files.map((name) => ({ path: join(bundle, name), text: readFileSync(join(bundle, name), "utf8") }));
  const found = texts.filter(({ text }) => place.test(text));
  if (found.length !== 1) throw new Error(`the steps of the directory are in ${found.length} files of ${bundle}`);
  for (const { path, text } of found) writeFileSync(path, text.replace(place, `${step},`));
}
