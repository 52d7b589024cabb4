// A PostgreSQL of Debian's package for a bench: its own data folder, and a socket in it instead of a port. It syncs, as a real one does.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chownSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** The client that the gateway has. */
const pg = createRequire(new URL("../../packages/gateway/package.json", import.meta.url))("pg");

const root = "/usr/lib/postgresql";

/** PostgreSQL refuses to run as root; its package makes a user for it. */
function identity() {
  if (process.getuid() !== 0) return {};
  const idOf = (flag) => Number(spawnSync("id", [flag, "postgres"], { encoding: "utf8" }).stdout);
  return { uid: idOf("-u"), gid: idOf("-g") };
}

export async function startPostgres(connections) {
  const newest = readdirSync(root).toSorted((left, right) => Number(right) - Number(left))[0];
  const bin = join(root, newest, "bin");
  const folder = mkdtempSync(join(tmpdir(), "pg-bench-"));
  const user = identity();
  if (user.uid !== undefined) chownSync(folder, user.uid, user.gid);
  const data = join(folder, "data");
  const options = { ...user, cwd: folder };
  const init = ["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C"];
  const made = spawnSync(join(bin, "initdb"), init, { ...options, encoding: "utf8" });
  if (made.status !== 0) throw new Error(`initdb: ${made.stderr}`);
  const settings = ["listen_addresses=", `max_connections=${connections + 10}`].flatMap((one) => ["-c", one]);
  const server = spawn(join(bin, "postgres"), ["-D", data, "-k", folder, ...settings], { ...options, stdio: "ignore" });
  const ended = once(server, "exit");
  const connect = async () => {
    const client = new pg.Client({ host: folder, user: "postgres", database: "postgres" });
    await client.connect();
    return client;
  };
  for (let attempt = 0; ; attempt += 1) {
    const client = await connect().catch(() => undefined);
    await client?.end();
    if (client !== undefined) break;
    if (attempt === 100 || server.exitCode !== null) throw new Error("PostgreSQL did not start");
    await sleep(100);
  }
  return {
    pid: server.pid,
    url: `postgresql://postgres@/postgres?host=${encodeURIComponent(folder)}`,
    /** As `serve --database` takes it. */
    serveUrl: `postgres:///postgres?host=${folder}&user=postgres`,
    connect,
    async stop() {
      server.kill("SIGINT");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
