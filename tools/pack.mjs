// `node tools/pack.mjs FOLDER`: every package as npm would publish it, what is in each (an SBOM), and the hashes of all these files. The console
// goes with the gateway.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { billOfMaterials } from "./bill-of-materials.mjs";

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error("say where: node tools/pack.mjs FOLDER");
mkdirSync(folder, { recursive: true });

const packages = ["cli", "gateway", "policy", "protocol"];
const workspaces = packages.flatMap((name) => ["--workspace", `packages/${name}`]);
const packed = execFileSync("npm", ["pack", ...workspaces, "--pack-destination", folder, "--json"], {
  encoding: "utf8",
  stdio: ["ignore", "pipe", "inherit"],
  maxBuffer: 1 << 26,
});
const files = Object.values(JSON.parse(packed)).flatMap(({ name, filename }) => {
  const part = name === "s3-credentials" ? "cli" : name.replace("@s3-credentials/", "");
  const bill = filename.replace(/\.tgz$/, ".cdx.json");
  writeFileSync(join(folder, bill), `${JSON.stringify(billOfMaterials(part), undefined, 2)}\n`);
  return [filename, bill];
});
const sums = files.map(
  (file) =>
    `${createHash("sha256")
      .update(readFileSync(join(folder, file)))
      .digest("hex")}  ${file}\n`,
);
writeFileSync(join(folder, "SHA256SUMS"), sums.join(""));
