import { readFileSync } from "node:fs";

const read = (file) => JSON.parse(readFileSync(file, "utf8"));
const locked = read("package-lock.json").packages;

/** Packages that have libraries in a bundle, by whose they go with; the build of each lists them. */
const bundles = { cli: ["cli"], gateway: ["gateway", "console"] };

/**
 * What is in a package, and what npm installs with it, as CycloneDX 1.6 (an SBOM). `npm sbom` does not see bundled libraries, because they are
 * no dependencies any more. A library with a copy for each platform has them all here. `name`: the folder in `packages/`.
 * https://cyclonedx.org/docs/1.6/json/
 */
export function billOfMaterials(name) {
  const home = `packages/${name}`;
  const bundled = (bundles[name] ?? []).flatMap((part) => read(`packages/${part}/dist/.libraries.json`));
  const paths = [...new Set([...bundled, ...installedWith(home)])];
  const { description } = read(`${home}/package.json`);
  return {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: { component: { ...component(home), type: "application", description } },
    components: paths.map(component).sort((left, right) => (left.purl < right.purl ? -1 : 1)),
  };
}

/** Paths in the lock file of all that a package depends on, directly or not. */
function installedWith(home) {
  const found = new Set();
  const waiting = [home];
  for (let from = waiting.pop(); from !== undefined; from = waiting.pop()) {
    const { dependencies = {}, optionalDependencies = {} } = locked[from];
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      const path = placeOf(from, name);
      if (found.has(path)) continue;
      found.add(path);
      waiting.push(path);
    }
  }
  return found;
}

/** Where Node finds a package from another: in the nearest `node_modules` above it. One of this workspace is where its sources are. */
function placeOf(from, name) {
  const above = from
    .split("/node_modules/")
    .map((_, at, parts) => parts.slice(0, parts.length - at).join("/node_modules/"));
  const path = [...above.map((folder) => `${folder}/node_modules/${name}`), `node_modules/${name}`].find(
    (one) => one in locked,
  );
  if (path === undefined) throw new Error(`package-lock.json has no ${name} for ${from}`);
  return locked[path].resolved ?? path;
}

function component(path) {
  const known = locked[path];
  const isOurs = path.startsWith("packages/");
  const {
    name = /([^/@]+|@[^/]+\/[^/]+)$/.exec(path)[1],
    version,
    license,
  } = isOurs ? read(`${path}/package.json`) : known;
  const purl = `pkg:npm/${name.replace("@", "%40")}@${version}`;
  return {
    type: "library",
    "bom-ref": purl,
    name,
    version,
    purl,
    licenses: [/ /.test(license) ? { expression: license } : { license: { id: license } }],
    ...(known.integrity === undefined ? {} : { hashes: [sha512(known.integrity)] }),
  };
}

function sha512(integrity) {
  const content = Buffer.from(integrity.replace(/^sha512-/, ""), "base64").toString("hex");
  return { alg: "SHA-512", content };
}
