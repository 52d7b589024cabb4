/** A PostgreSQL of Debian's package for one test file: its own data folder, and a socket in it instead of a port. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import pg from "pg";
import { errorCode } from "../../src/ports/store-error.ts";
import type { PostgresAddress } from "../../src/stores/postgres/connections.ts";

export interface PostgresServer {
  readonly address: PostgresAddress;
  /** Every process of the server stands still until `resume`. */
  pause(): void;
  resume(): void;
  /** SIGKILL for every process of the server. `start` then recovers what was committed. */
  kill(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Not in the PATH: Debian keeps several versions beside each other. */
function programs(): string {
  const root = "/usr/lib/postgresql";
  const versions = existsSync(root) ? readdirSync(root).toSorted((left, right) => Number(right) - Number(left)) : [];
  const folder = versions.map((version) => join(root, version, "bin")).find((bin) => existsSync(join(bin, "initdb")));
  if (folder === undefined) throw new Error("PostgreSQL is missing: install Debian's package postgresql");
  return folder;
}

/** PostgreSQL refuses to run as root; its package makes a user for it. */
function identity(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const idOf = (flag: string): number => Number(spawnSync("id", [flag, "postgres"], { encoding: "utf8" }).stdout);
  return { uid: idOf("-u"), gid: idOf("-g") };
}

/** `tls`: also on a port of all addresses of loopback, with TLS and the password `secret` of the user `postgres`. */
export async function startPostgres(tls?: { readonly cert: string; readonly key: string }): Promise<PostgresServer> {
  const bin = programs();
  const folder = mkdtempSync(join(tmpdir(), "pg-"));
  const user = identity();
  if (user !== undefined) chownSync(folder, user.uid, user.gid);
  const data = join(folder, "data");
  const options = { ...user, cwd: folder, encoding: "utf8" } as const;
  const init = ["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"];
  const made = spawnSync(join(bin, "initdb"), init, options);
  if (made.status !== 0) throw new Error(`initdb: ${made.stderr}`);
  const port = tls === undefined ? 5432 : await freePort();
  if (tls !== undefined) {
    for (const [name, text] of Object.entries({ "server.crt": tls.cert, "server.key": tls.key })) {
      writeFileSync(join(data, name), text, { mode: 0o600 });
      if (user !== undefined) chownSync(join(data, name), user.uid, user.gid);
    }
    writeFileSync(join(data, "pg_hba.conf"), "local all all trust\nhostssl all all 127.0.0.0/8 scram-sha-256\n");
  }
  const overTcp = tls === undefined ? ["listen_addresses="] : ["listen_addresses=127.0.0.1,127.0.0.2", "ssl=on"];
  const settings = [...overTcp, `port=${port}`, "fsync=off", "max_connections=900"].flatMap((one) => ["-c", one]);
  const address = { host: folder, port, database: "postgres", user: "postgres" };
  const launch = async (): Promise<ChildProcess> => {
    const child = spawn(join(bin, "postgres"), ["-D", data, "-k", folder, ...settings], {
      ...user,
      cwd: folder,
      stdio: "ignore",
    });
    await untilReady(address, () => child.exitCode !== null);
    return child;
  };
  let server = await launch();
  const signal = (name: NodeJS.Signals): void => {
    server.kill(name); // which makes no more children then
    for (const pid of childrenOf(server.pid ?? 0)) signalIfThere(pid, name);
  };
  return {
    address,
    pause: () => signal("SIGSTOP"),
    resume: () => signal("SIGCONT"),
    async kill() {
      server.kill("SIGSTOP"); // its children would be another process's when it has ended
      const children = childrenOf(server.pid ?? 0);
      for (const pid of children) signalIfThere(pid, "SIGKILL");
      server.kill("SIGKILL");
      await hasEnded(server);
      while (children.some(isRunning)) await wait(10);
    },
    async start() {
      server = await launch();
    },
    async stop() {
      // It ends its connections and does not wait for them.
      server.kill("SIGINT");
      await hasEnded(server);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function hasEnded(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** One whose connection has just ended may be gone. */
function signalIfThere(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (errorCode(error) !== "ESRCH") throw error;
  }
}

/** Each connection has a process of its own, in a process group of its own. */
function childrenOf(pid: number): readonly number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  return text === "" ? [] : text.split(" ").map(Number);
}

/** One that nobody has waited for yet is still listed, as a zombie. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

async function untilReady(address: PostgresAddress, hasEnded: () => boolean): Promise<void> {
  for (;;) {
    const client = new pg.Client({ ...address } as pg.ClientConfig);
    try {
      await client.connect();
      return await client.end();
    } catch (error) {
      if (hasEnded()) throw error;
      await wait(50);
    }
  }
}
