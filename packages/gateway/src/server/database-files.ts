import { readFileSync, statSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { errorCode, StoreError } from "../ports/store-error.ts";
import type { PostgresAddress } from "../stores/postgres/connections.ts";
import { fileFault } from "./file-fault.ts";
import type { DatabasePlace } from "./config.ts";
import { refuseOpenFile, Unfit } from "./private-file.ts";

/** Where PostgreSQL is, as the operator wrote it; it has no secret. */
export function databaseName({ user, host, port, database }: DatabasePlace): string {
  const where = host.startsWith("/") ? `the socket in ${host}` : host.includes(":") ? `[${host}]` : host;
  return `${database} of ${user} at ${where}, port ${port}`;
}

/** Throws when a file that an option names cannot be used. */
export function databaseAddress(config: DatabasePlace): PostgresAddress {
  const { host, port, database, user, tls, passwordFile } = config;
  if (passwordFile !== undefined) readPasswordNow(passwordFile);
  const authorities = tls?.ca === undefined ? undefined : authoritiesIn(tls.ca);
  return {
    host,
    port,
    database,
    user,
    password: () => (passwordFile === undefined ? passwordFromList(config) : passwordIn(passwordFile)),
    ...(tls === undefined ? {} : { tls: authorities === undefined ? {} : { authorities } }),
  };
}

function unfit(file: string, why: string): StoreError {
  return new StoreError("conflict", `cannot use the password of the database in ${file}: ${why}`);
}

function unreadable(file: string, error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  return unfit(file, error instanceof Unfit ? error.message : `${fileFault(error)}; give a file`);
}

function passwordOf(file: string, text: string): string {
  const password = text.replace(/\r?\n$/, "");
  if (password === "" || /[\n\0]/.test(password)) throw unfit(file, "it is not one line with a password");
  return password;
}

/** At the start, so that a mistake is told before anything is done. */
function readPasswordNow(file: string): void {
  try {
    refuseOpenFile(statSync(file), file);
    passwordOf(file, readFileSync(file, "utf8"));
  } catch (error) {
    throw unreadable(file, error);
  }
}

async function passwordIn(file: string): Promise<string> {
  try {
    refuseOpenFile(await stat(file), file);
    return passwordOf(file, await readFile(file, "utf8"));
  } catch (error) {
    throw unreadable(file, error);
  }
}

/** Where a socket is by default, whose passwords are those of `localhost`. */
const usualSockets = ["/var/run/postgresql", "/run/postgresql", "/tmp"];

/** Empty where there is no list. An empty one, such as `/dev/null`, may be anybody's. */
async function textOfList(file: string): Promise<string> {
  try {
    const text = await readFile(file, "utf8");
    if (text !== "") refuseOpenFile(await stat(file), file);
    return text;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return "";
    throw unreadable(file, error);
  }
}

/** Of the first line that fits: https://www.postgresql.org/docs/15/libpq-pgpass.html */
async function passwordFromList({ host, port, database, user, passFile }: DatabasePlace): Promise<string> {
  const text = await textOfList(passFile);
  const hosts = usualSockets.includes(host) ? [host, "localhost"] : [host];
  const wanted = [hosts, [String(port)], [database], [user]];
  for (const line of text.split(/\r?\n/)) {
    if (line.startsWith("#")) continue;
    const fields = [...line.matchAll(/((?:\\.|[^\\:])*)(?::|$)/g)].map(([, field = ""]) =>
      field.replaceAll(/\\(.)/g, "$1"),
    );
    const password = fields[4];
    if (password !== undefined && wanted.every((some, at) => fields[at] === "*" || some.includes(fields[at] ?? "")))
      return password;
  }
  throw new StoreError(
    "unavailable",
    `PostgreSQL asks for a password, and ${passFile} has none for it; give a file with --database-password-file`,
  );
}

/** The file is read for each connection, as that of the password is; while it cannot be used, what it had before counts. */
function authoritiesIn(file: string): () => string {
  let known = readAuthorities(file);
  return () => {
    try {
      known = readAuthorities(file);
    } catch {
      // it is being replaced
    }
    return known;
  };
}

function readAuthorities(file: string): string {
  const fail = (why: string): never => {
    throw new StoreError("conflict", `cannot use ${file}, the certificates for the database: ${why}`);
  };
  let pem = "";
  try {
    pem = readFileSync(file, "utf8");
  } catch (error) {
    return fail(`${fileFault(error)}; give a file in PEM`);
  }
  return pem.includes("-----BEGIN CERTIFICATE-----") ? pem : fail("it has no certificate in PEM");
}
