// The library's reference, read from the source: what each subpath exports, its docstring and its signature, and an example (run by packages/policy/test/examples.test.ts).
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

const folder = "packages/policy";
const comment = /\/\*\*((?:(?!\*\/)[^])*)\*\/\s*$/;

function words(doc) {
  return doc
    .split("\n")
    .map((line) => line.replace(/^\s*\*? ?/, "").trim())
    .join(" ")
    .trim();
}

/** The names in the braces, without `type`. */
function namesOf(list) {
  return list
    .split(",")
    .map((name) => name.trim().replace(/^type /, ""))
    .filter((name) => name !== "");
}

/** The declaration with its body left out: an interface keeps its fields. */
function declaration(file, name) {
  const text = readFileSync(file, "utf8");
  const found = new RegExp(`^export (?:declare )?(?:function|interface|type|const) ${name}\\b`, "m").exec(text);
  if (found === null) throw new Error(`${file} declares no ${name}`);
  const doc = comment.exec(text.slice(0, found.index))?.[1];
  const rest = text.slice(found.index);
  const end = /^export (?:declare )?interface/.test(rest) ? rest.search(/^}/m) + 1 : rest.search(/;$/m) + 1;
  return {
    name,
    doc: doc === undefined ? "" : words(doc),
    signature: rest.slice(0, end).replace(/^export (declare )?/, ""),
  };
}

function exportsOf(entry) {
  const text = readFileSync(entry, "utf8");
  return [...text.matchAll(/^export (?:type )?(\*|\{[^}]*\}) from "(.+)";/gm)].flatMap(([, list, from]) => {
    const file = join(dirname(entry), from.replace(/\.[jt]s$/, ".d.ts"));
    const names =
      list === "*"
        ? [
            ...readFileSync(file, "utf8").matchAll(/^export (?:declare )?(?:function|interface|type|const) (\w+)/gm),
          ].map(([, name]) => name)
        : namesOf(list.slice(1, -1));
    return names.map((name) => declaration(file, name));
  });
}

export function policyApi() {
  const { name: base, exports } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  let page = `# The policy library\n\nZero dependencies, ESM, for Node and browsers. \`${base}\` exports everything; each part also has a path of its own.\n`;
  for (const [subpath, { types }] of Object.entries(exports)) {
    if (subpath === "." || types === undefined) continue;
    const source = types.replace("./dist/", "src/").replace(/\.d\.ts$/, ".ts");
    const head = comment.exec(/^\/\*\*[^]*?\*\//.exec(readFileSync(join(folder, source), "utf8"))?.[0] ?? "");
    page += `\n## \`${base}${subpath.slice(1)}\`\n\n${words(head?.[1] ?? "")}\n`;
    page += `\n\`\`\`js\n${readFileSync(join(folder, "examples", `${subpath.slice(2)}.js`), "utf8")}\`\`\`\n`;
    for (const { name, doc, signature } of exportsOf(join(folder, types)))
      page += `\n### ${name}\n\n${doc === "" ? "" : `${doc}\n\n`}\`\`\`text\n${signature}\n\`\`\`\n`;
  }
  return page;
}
