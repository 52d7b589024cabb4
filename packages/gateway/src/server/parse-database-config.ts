import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { isLoopback } from "../http/cidr.ts";
import type { Config, DatabaseConfig, DatabasePlace } from "./config.ts";
import { UsageError } from "./parse-console-config.ts";

/** A PostgreSQL that many gateways share. */
export const databaseOptions = {
  database: {
    type: "string",
    value: "URL",
    summary: "PostgreSQL that gateways share, postgres://USER@HOST/NAME; needs an engine (the data folder)",
  },
  "database-password-file": {
    type: "string",
    value: "FILE",
    summary: "the user's password, mode 0600; read again for each connection ($PGPASSFILE)",
  },
  "database-ca": { type: "string", value: "FILE", summary: "certificate authorities to trust for it, PEM" },
  lease: {
    type: "string",
    value: "SECONDS",
    summary: "how long a gateway that is cut off may hold up changes of rights (5)",
  },
} as const;

type DatabaseValues = { readonly [Option in keyof typeof databaseOptions]?: string | undefined };

const companions = ["database-password-file", "database-ca", "lease"] as const;
const example = "give one such as postgres://gateway@db.example.com/s3credentials";
/** ms. */
export const defaultLease = 5000;
/** Longer ones would make a change wait longer than clients do. */
const maxLeaseSeconds = 30;

/** Undefined: the directory is in the data folder. `passFile`: where passwords are that no option names. */
export function parseDatabase(
  values: DatabaseValues,
  { workers, upstreams, encrypts }: Pick<Config, "workers" | "upstreams" | "encrypts">,
  passFile: string,
): DatabaseConfig | undefined {
  if (values.database === undefined) {
    const lonely = companions.find((name) => values[name] !== undefined);
    if (lonely !== undefined) throw new UsageError(`--${lonely} needs a PostgreSQL; add --database with its URL`);
    return undefined;
  }
  if (upstreams === undefined)
    throw new UsageError(
      "--database needs an S3 engine, because gateways that share a database share no folder for objects; add --upstream or --upstreams",
    );
  if (workers > 1)
    throw new UsageError(
      "--workers is for a directory in the data folder; start several gateways on the --database instead, each with a --data folder of its own",
    );
  if (encrypts)
    throw new UsageError(
      "--encrypt is for objects in the data folder, and with --database there are none; leave it out",
    );
  return {
    ...parseDatabasePlace({ ...values, database: values.database }, passFile),
    lease: values.lease === undefined ? defaultLease : parseLease(values.lease),
  };
}

/** For what works on the database and is no gateway. */
function parseDatabasePlace(values: DatabaseValues & { readonly database: string }, passFile: string): DatabasePlace {
  const { database: url, "database-ca": ca, "database-password-file": passwordFile } = values;
  for (const name of companions) if (values[name] === "") throw new UsageError(`--${name} is empty; give a value`);
  const where = readUrl(url);
  const isHere = where.host.startsWith("/") || isLoopback(where.host);
  if (ca !== undefined && where.host.startsWith("/"))
    throw new UsageError("--database-ca is for TLS, which a socket of this machine does not have; leave it out");
  return {
    ...where,
    tls: isHere && ca === undefined ? undefined : { ca: ca === undefined ? undefined : resolve(ca) },
    passwordFile: passwordFile === undefined ? undefined : resolve(passwordFile),
    passFile,
  };
}

/** Of a command that is no gateway. */
export interface DatabaseRequest {
  readonly url: string | undefined;
  readonly passwordFile: string | undefined;
  readonly ca: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export function parseDatabaseRequest({ url, passwordFile, ca, env }: DatabaseRequest): DatabasePlace {
  if (url === undefined)
    throw new UsageError(`the database is missing; give --database with its URL, ${example.slice(5)}`);
  const values = { database: url, "database-password-file": passwordFile, "database-ca": ca };
  return parseDatabasePlace(values, passFileOf(env, env["HOME"] || homedir()));
}

export function passFileOf(env: Readonly<Record<string, string | undefined>>, home: string): string {
  return env["PGPASSFILE"] || join(home, ".pgpass");
}

/** INVARIANT: no message has a part of the URL, because it may have a password. */
function readUrl(text: string): Pick<DatabaseConfig, "host" | "port" | "database" | "user"> {
  const fault = (why: string): never => {
    throw new UsageError(`invalid --database: ${why}; ${example}`);
  };
  if (!/^postgres(?:ql)?:\/\//.test(text) || !URL.canParse(text)) return fault("not the URL of a PostgreSQL");
  const url = new URL(text);
  if (url.password !== "" || url.searchParams.has("password"))
    throw new UsageError(
      "invalid --database: it has a password, which everybody on this machine can read; put it into a file with mode 0600, and name that with --database-password-file",
    );
  const unknown = [...url.searchParams.keys()].find((name) => name !== "host" && name !== "user");
  if (unknown !== undefined) return fault(`the parameter ${/^\w+$/.test(unknown) ? unknown : "it has"} is not known`);
  let parts: readonly string[] = [];
  try {
    parts = [url.hostname.replace(/^\[(.*)\]$/, "$1"), url.username, url.pathname.slice(1)].map(decodeURIComponent);
  } catch {
    return fault("a % in it is no character");
  }
  const [inUrl = "", before = "", database = ""] = parts;
  const host = url.searchParams.get("host") ?? inUrl;
  const user = url.searchParams.get("user") ?? before;
  if (host === "") return fault("it names no host, and no folder of a socket");
  if (user === "") return fault("it names no user");
  if (database === "" || database.includes("/")) return fault("it names no database");
  return { host, port: Number(url.port || "5432"), database, user };
}

/** Seconds, as milliseconds. */
function parseLease(text: string): number {
  const seconds = Number(text);
  if (!/^[1-9]\d?$/.test(text) || seconds > maxLeaseSeconds)
    throw new UsageError(`invalid --lease "${text}": not 1 to ${maxLeaseSeconds} seconds; give one such as 5`);
  return seconds * 1000;
}
