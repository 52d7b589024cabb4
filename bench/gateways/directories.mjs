// The same large directory in a data folder and in PostgreSQL: what `directory` measures, and the first request of a key after a change.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { measureDirectory, many, prepare } from "../directory.mjs";
import { command } from "../gateway.mjs";
import { printTable } from "../measure.mjs";
import { startPostgres } from "../scale/postgres.mjs";
import { startEngine } from "./fleet.mjs";

export async function measureDirectories() {
  const { home, keys } = await prepare(many);
  const inFolder = await measureDirectory({ home, keys, users: many, keep: true });
  const postgres = await startPostgres(30);
  const engine = await startEngine();
  try {
    const begun = performance.now();
    const words = ["migrate-directory", "--data", join(home, "data"), "--database", postgres.serveUrl];
    execFileSync(process.execPath, [command, ...words], { stdio: ["ignore", "ignore", "inherit"] });
    console.log(`moved into PostgreSQL in ${((performance.now() - begun) / 1000).toFixed(0)} s\n`);
    const args = ["--database", postgres.serveUrl, ...engine.args];
    const inPostgres = await measureDirectory({ home, keys, users: many, args });
    for (const [name, value] of Object.entries(inFolder)) {
      const [title, unit] = name.split(/, (?=CPU ms|MiB|ms$)/);
      printTable(`${many.toLocaleString("en")} users: ${title}`, unit, { SQLite: value, PostgreSQL: inPostgres[name] });
    }
  } finally {
    await engine.stop();
    await postgres.stop();
  }
}
