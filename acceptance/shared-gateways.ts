import { randomBytes } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { selfSigned } from "../packages/gateway/test/self-signed.ts";
import { administer } from "../packages/gateway/test/stores/postgres-items.ts";
import { type PostgresServer, startPostgres } from "../packages/gateway/test/stores/postgres-server.ts";
import { freePorts } from "./free-ports.ts";
import { writeTargets } from "../packages/gateway/test/notification-files.ts";
import { type Keys, type RunningGateway, startGateway } from "./gateway.ts";
import { keysFile } from "./upstream-runs.ts";

/** A PostgreSQL, and gateways over it and over one engine, set up as the guide of many gateways says. */
export interface SharedGateways {
  readonly folder: string;
  readonly password: string;
  readonly postgres: PostgresServer;
  /** Of `serve`. */
  options(database?: string): readonly string[];
  /** A home folder with an empty data folder. */
  homeOf(name: string): string;
  /** The first one makes the account; each other gets its key file. One that is started again has its folder and its ports again. */
  start(name: string, program?: readonly [node: string, file: string]): Promise<RunningGateway>;
  /** After all gateways have ended. */
  stop(): Promise<void>;
}

export const leaseSeconds = 2;

/** The objects of the bucket `shared` are on the engine, and no others. */
export async function prepareSharedGateways(engine: {
  readonly endpoint: string;
  readonly admin: Keys;
}): Promise<SharedGateways> {
  const folder = mkdtempSync(join(tmpdir(), "s3-credentials-many-"));
  const password = randomBytes(12).toString("hex");
  const certificate = selfSigned();
  writeFileSync(join(folder, "ca.pem"), certificate.cert);
  writeFileSync(join(folder, "password"), `${password}\n`, { mode: 0o600 });
  const postgres = await startPostgres(certificate);
  // As the guide says: a user who owns the database and may do nothing else.
  const statements = [`CREATE USER gateway PASSWORD '${password}'`, "CREATE DATABASE iam OWNER gateway"];
  for (const statement of statements) await administer(postgres.address, "public", statement);
  const upstreams = [{ name: "engine", url: engine.endpoint, credentials: keysFile(folder, engine.admin) }];
  const buckets = [{ name: "shared", home: "engine" }, { home: "local" }];
  writeFileSync(join(folder, "upstreams.json"), JSON.stringify({ upstreams, buckets }));
  const options = (database = "iam"): readonly string[] => {
    const given = {
      database: `postgres://gateway@127.0.0.1:${postgres.address.port}/${database}`,
      "database-ca": join(folder, "ca.pem"),
      "database-password-file": join(folder, "password"),
      lease: String(leaseSeconds),
      upstreams: join(folder, "upstreams.json"),
      "metrics-port": "0",
    };
    return Object.entries(given).flatMap(([name, value]) => [`--${name}`, value]);
  };
  const homeOf = (name: string): string => {
    const home = join(folder, name);
    mkdirSync(join(home, "data"), { recursive: true, mode: 0o700 });
    return home;
  };
  let first: RunningGateway | undefined;
  const ports = new Map<string, readonly number[]>();
  return {
    folder,
    password,
    postgres,
    options,
    homeOf,
    async start(name, program) {
      const home = homeOf(name);
      const own = ports.get(name) ?? (await freePorts(2));
      ports.set(name, own);
      if (first !== undefined) copyKeys(first.dataDir, join(home, "data"));
      // An earlier version has no targets.
      const targets = program === undefined ? { "notification-targets": eventsFile(home) } : {};
      const at = { port: own[0], "metrics-port": own[1], "drain-delay": 1, ...targets };
      const args = [...options(), ...Object.entries(at).flatMap(([option, value]) => [`--${option}`, `${value}`])];
      const gateway = await startGateway({ home, args, ...(program === undefined ? {} : { program }) });
      first ??= gateway;
      return gateway;
    },
    async stop() {
      await postgres.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** `keyfile`, and what `startGateway` of the tests reads. */
function copyKeys(from: string, to: string): void {
  for (const name of ["keyfile", "root-credentials", "admin-credentials"])
    if (!existsSync(join(to, name))) copyFileSync(join(from, name), join(to, name));
}

/** The target `events` of a gateway is `events.jsonl` in its home. */
function eventsFile(home: string): string {
  return writeTargets(home, [{ name: "events", accounts: "all", file: "events.jsonl" }]);
}
