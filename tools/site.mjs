// `npm run site`: the documentation as a folder of static files, site/dist, that any web server can show.
import { execFileSync } from "node:child_process";
import { cpSync, rmSync } from "node:fs";

const pages = "site/pages";
const inherit = { stdio: "inherit" };

rmSync(pages, { recursive: true, force: true });
for (const name of ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "docs"])
  cpSync(name, `${pages}/${name}`, { recursive: true });
// Nothing that npm installs for it needs a script, or a download of its own.
execFileSync("npm", ["ci", "--prefix", "site", "--ignore-scripts", "--no-audit", "--no-fund"], inherit);
execFileSync("node_modules/.bin/vitepress", ["build", "."], { ...inherit, cwd: "site" });
