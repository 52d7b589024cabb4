import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import type { SigningKeys } from "@s3-credentials/protocol";
import { expect, onTestFinished, test } from "vitest";
import type { Config } from "../src/server/config.ts";
import { parseConfig } from "../src/server/parse-config.ts";
import { type Gateway, startGateway } from "../src/server/main.ts";
import { openConnection } from "../src/stores/sqlite/connection.ts";
import { createRequestLog } from "../src/server/request-log.ts";
import { call } from "./pipeline-gateway.ts";
import { keepRecordsUnder } from "./kept-records.ts";
import { temporaryFolder } from "./temporary-folder.ts";

function configOf(home: string, ...more: string[]): Config {
  const parsed = parseConfig(["--port", "0", "--data", join(home, "data"), ...more], { HOME: home });
  if (parsed.kind !== "config") throw new Error(JSON.stringify(parsed));
  return parsed.config;
}

interface Running extends Gateway {
  readonly log: readonly string[];
}

async function start(config: Config): Promise<Running> {
  const log: string[] = [];
  const gateway = await startGateway(config, {
    log: createRequestLog("info", { write: (line) => void log.push(line) }),
  });
  let closed: Promise<void> | undefined;
  const close = () =>
    (closed ??= gateway.close().then(() => keepRecordsUnder(join(config.dataDir, ".."), log.join(""))));
  onTestFinished(close);
  return { ...gateway, close, log };
}

function keysIn(file: string): SigningKeys {
  const text = readFileSync(file, "utf8");
  const value = (name: string) => new RegExp(`^${name}=(.*)$`, "m").exec(text)?.[1] ?? "";
  return { accessKeyId: value("aws_access_key_id"), secretAccessKey: value("aws_secret_access_key") };
}

const whoAmI = {
  method: "POST",
  target: "/",
  body: "Action=GetCallerIdentity&Version=2011-06-15",
  service: "sts",
} as const;

test("a first start makes an account with keys that work; the next start finds it again", async () => {
  const home = await temporaryFolder();
  const first = await start(configOf(home, "--account-id", "210987654321"));
  expect(first).toMatchObject({ accountId: "210987654321", endpoint: `http://127.0.0.1:${first.port}` });
  const admin = keysIn(first.adminCredentialsFile);
  for (const file of [
    first.adminCredentialsFile,
    first.rootCredentialsFile,
    join(home, "data", "directory.db"),
    join(home, "data", "keyfile"),
  ]) {
    expect([file, statSync(file).mode & 0o777]).toEqual([file, 0o600]);
  }
  expect((await call(first, { ...whoAmI, keys: admin })).body).toContain(
    "<Arn>arn:aws:iam::210987654321:user/admin</Arn>",
  );
  expect((await call(first, { ...whoAmI, keys: keysIn(first.rootCredentialsFile) })).body).toContain(
    "<Arn>arn:aws:iam::210987654321:root</Arn>",
  );
  await first.close();

  const second = await start(configOf(home));
  expect(second.accountId).toBe("210987654321");
  expect((await call(second, { ...whoAmI, keys: admin })).status).toBe(200);
  for (const secret of [admin.secretAccessKey, keysIn(second.rootCredentialsFile).secretAccessKey]) {
    expect(secret).toHaveLength(40);
    expect([...first.log, ...second.log].join("")).not.toContain(secret);
  }
});

test("two first starts have nothing in common", async () => {
  const [one, other] = [await start(configOf(await temporaryFolder())), await start(configOf(await temporaryFolder()))];
  expect(one.accountId).not.toBe(other.accountId);
  expect(keysIn(one.adminCredentialsFile).secretAccessKey).not.toBe(keysIn(other.adminCredentialsFile).secretAccessKey);
  expect(await call(other, { ...whoAmI, keys: keysIn(one.adminCredentialsFile) })).toMatchObject({
    status: 403,
    code: "InvalidClientTokenId",
  });
});

test("a folder in use, another account's folder and a port in use are refused, and leave nothing open", async () => {
  const home = await temporaryFolder();
  const running = await start(configOf(home));
  await expect(startGateway(configOf(home))).rejects.toMatchObject({ kind: "conflict" });
  expect((await call(running, { ...whoAmI, keys: keysIn(running.adminCredentialsFile) })).status).toBe(200);
  await running.close();

  await expect(startGateway(configOf(home, "--account-id", "000000000001"))).rejects.toThrow("belongs to account");
  const blocker = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => void blocker.close());
  await new Promise((resolve) => blocker.once("listening", resolve));
  const address = blocker.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  await expect(startGateway({ ...configOf(home), port })).rejects.toMatchObject({ code: "EADDRINUSE" });
  expect((await start(configOf(home))).accountId).toBe(running.accountId);
});

test("a key file that is gone is a refusal to start, never a new one over old secrets", async () => {
  const home = await temporaryFolder();
  await (await start(configOf(home))).close();
  renameSync(join(home, "data", "keyfile"), join(home, "kept"));
  await expect(startGateway(configOf(home))).rejects.toThrow("key file");
  renameSync(join(home, "kept"), join(home, "data", "keyfile"));
  expect((await start(configOf(home))).port).toBeGreaterThan(0);
});

// A new account there would own nothing of what is in the folder, and nobody else would either.
test.each(["gone", "empty"])("a folder in use whose directory is %s is refused, and left as it is", async (how) => {
  const home = await temporaryFolder();
  const config = configOf(home);
  await (await start(config)).close();
  const directory = join(home, "data", "directory.db");
  const admin = readFileSync(join(home, "data", "admin-credentials"), "utf8");
  renameSync(directory, join(home, "copy"));
  if (how === "empty") writeFileSync(directory, "");
  await expect(startGateway(config)).rejects.toThrow(`directory.db is ${how}, but keyfile is there: put it back`);
  expect(readFileSync(join(home, "data", "admin-credentials"), "utf8")).toBe(admin);
  rmSync(directory, { force: true });
  renameSync(join(home, "copy"), directory);
  await (await start(config)).close();
});

test("a directory with a text that is none is refused by its place, not met by a crash", async () => {
  const home = await temporaryFolder();
  const config = configOf(home);
  await (await start(config)).close();
  const connection = openConnection(join(home, "data", "directory.db"));
  connection.run("UPDATE principals SET path = CAST(? AS TEXT)", [Buffer.from([0x2f, 0xff, 0x2f])]);
  connection.close();
  await expect(startGateway(config)).rejects.toThrow("principals.path holds bytes that are not text");
});

test("a start settles the creations of accounts that the last one left", async () => {
  const home = await temporaryFolder();
  const first = await start(configOf(home));
  await first.close();
  const accounts = join(home, "data", "accounts");
  for (const id of [first.accountId, "100000000001"]) {
    mkdirSync(join(accounts, `${id}.unsettled`), { recursive: true });
    writeFileSync(join(accounts, `${id}.unsettled`, "root-credentials"), "keys");
  }
  await start(configOf(home));
  expect(readdirSync(accounts)).toEqual([first.accountId]);
  expect(readFileSync(join(accounts, first.accountId, "root-credentials"), "utf8")).toBe("keys");
});
