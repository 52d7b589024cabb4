import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../test/temporary-folder.ts";
import { createBucketHomes } from "./bucket-homes.ts";
import type { DatabaseConfig } from "./config.ts";
import { databaseAddress } from "./database-files.ts";
import { parseConfig } from "./parse-config.ts";

const engine = ["--upstream", "http://127.0.0.1:1", "--upstream-credentials", "/keys"];

function parsed(...argv: string[]): DatabaseConfig | string | undefined {
  const config = parseConfig(argv, { HOME: "/home/a" });
  if (config.kind === "usage-error") return config.message;
  return config.kind === "config" ? config.config.database : config.kind;
}

const common = { passwordFile: undefined, passFile: "/home/a/.pgpass", lease: 5000, user: "gw", database: "iam" };

test.each([
  ["postgres://gw@db.example.com/iam", { host: "db.example.com", port: 5432, tls: { ca: undefined } }],
  ["postgresql://gw@10.0.0.1:6000/iam", { host: "10.0.0.1", port: 6000, tls: { ca: undefined } }],
  ["postgres://gw@[::1]/iam", { host: "::1", port: 5432, tls: undefined }],
  ["postgres://gw@localhost/iam", { host: "localhost", port: 5432, tls: undefined }],
  ["postgres://gw@%2Fvar%2Frun%2Fpostgresql/iam", { host: "/var/run/postgresql", port: 5432, tls: undefined }],
  ["postgres:///iam?host=/run/pg&user=gw", { host: "/run/pg", port: 5432, tls: undefined }],
])("%s is where the database is, with TLS beyond this machine", (url, where) => {
  expect(parsed(...engine, "--database", url)).toEqual({ ...common, ...where });
});

test.each([
  [["--database", "postgres://gw:planted-PASSWORD@db/iam"], "it has a password, which everybody"],
  [["--database", "postgres://gw@db/iam?password=planted-PASSWORD"], "it has a password, which everybody"],
  [["--database", "postgres://gw:planted-PASSWORD@db:no/iam"], "not the URL of a PostgreSQL"],
  [["--database", "mysql://gw@db/iam"], "not the URL of a PostgreSQL"],
  [["--database", "postgres://gw@db/iam?sslmode=disable"], "the parameter sslmode is not known"],
  [["--database", "postgres://db/iam"], "it names no user"],
  [["--database", "postgres://gw@db"], "it names no database"],
  [["--database", "postgres:///iam?user=gw"], "it names no host"],
  [["--database", "postgres://g%ffw@db/iam"], "a % in it is no character"],
  [["--database", "postgres://gw@%2Frun/iam", "--database-ca", "/ca"], "a socket of this machine does not have"],
  [["--database", "postgres://gw@db/iam", "--lease", "31"], 'invalid --lease "31": not 1 to 30 seconds'],
  [["--database", "postgres://gw@db/iam", "--workers", "2"], "start several gateways on the --database instead"],
  [["--database", "postgres://gw@db/iam", "--encrypt"], "--encrypt is for objects in the data folder"],
  [["--database", "postgres://gw@db/iam", "--database-password-file", ""], "--database-password-file is empty"],
  [["--lease", "5"], "--lease needs a PostgreSQL; add --database"],
])("%j is refused, and no password is told", (argv, why) => {
  const message = parsed(...engine, ...argv);
  expect(message).toContain(why);
  expect(message).not.toMatch(/planted/);
});

test("without an engine there is no place for objects", () => {
  expect(parsed("--database", "postgres://gw@db/iam")).toMatch(/add --upstream or --upstreams$/);
  const homes = createBucketHomes({ upstreams: [], buckets: [] }, () => Promise.reject(new Error("not asked")), {
    hasLocal: false,
  });
  expect(homes.choose({ id: "id", name: "photos", owner: "1".repeat(12) })).toEqual({
    refused: "No S3 engine of this gateway is for buckets of this name, and it keeps no objects itself.",
  });
});

function write(folder: string, name: string, text: string, mode = 0o600): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  chmodSync(file, mode);
  return file;
}

const config: DatabaseConfig = { ...common, host: "db", port: 5432, tls: undefined };

test("the password is that of its file, read each time, which nobody else may read", async () => {
  const folder = await temporaryFolder();
  const passwordFile = write(folder, "password", "first\n");
  const address = databaseAddress({ ...config, passwordFile });
  expect(await address.password?.()).toBe("first");
  write(folder, "password", "second");
  expect(await address.password?.()).toBe("second");
  chmodSync(passwordFile, 0o640);
  const open = /others than its owner may read or write it; run: chmod 600/;
  await expect(address.password?.()).rejects.toThrow(open);
  expect(() => databaseAddress({ ...config, passwordFile })).toThrow(open);
  expect(() => databaseAddress({ ...config, passwordFile: join(folder, "none") })).toThrow(
    "there is no such file; give a file",
  );
  expect(() => databaseAddress({ ...config, tls: { ca: passwordFile } })).toThrow("it has no certificate in PEM");
});

test("else it is that of the first line that fits in PostgreSQL's own file", async () => {
  const folder = await temporaryFolder();
  const lines = [
    "# a comment:5432:iam:gw:no",
    "other:5432:iam:gw:no",
    "db:6000:iam:gw:no",
    "db:*:iam:gw:wi\\:th\\\\colons",
    "localhost:5432:*:gw:of a socket",
    "*:*:*:*:last",
  ];
  const passFile = write(folder, "pgpass", `${lines.join("\n")}\n`);
  const passwordOf = (more: Partial<DatabaseConfig>) => databaseAddress({ ...config, passFile, ...more }).password?.();
  expect(await passwordOf({})).toBe("wi:th\\colons");
  expect(await passwordOf({ host: "/var/run/postgresql" })).toBe("of a socket");
  expect(await passwordOf({ host: "/elsewhere" })).toBe("last");
  await expect(passwordOf({ passFile: join(folder, "none") })).rejects.toThrow("give a file with --database-password");
  chmodSync(passFile, 0o644);
  await expect(passwordOf({})).rejects.toThrow(/run: chmod 600/);
});
