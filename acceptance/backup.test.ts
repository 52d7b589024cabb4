/** Copies of data folders: what is a backup, what is refused, and that nothing is deleted which the index never knew. */
import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { StoreError } from "../packages/gateway/src/ports/store-error.ts";
import { blobNames } from "../packages/gateway/test/audit-local-plane.ts";
import { cliHere, s3 } from "./clients.ts";
import { makeBucket } from "./fixtures.ts";
import { cleanEnvironment, command, type RunningGateway } from "./gateway.ts";
import { startGatewayHere } from "./gateway-here.ts";

const large = Buffer.alloc(40_000, "large");

/** Two data folders: one as it was at a first stop, at a second one, and another gateway's. */
interface Folders {
  readonly home: string;
  readonly older: string;
  readonly newer: string;
  readonly foreign: string;
}

async function write(gateway: RunningGateway, key: string): Promise<void> {
  await s3(gateway, gateway.admin).send(new PutObjectCommand({ Bucket: "kept", Key: key, Body: large }));
}

async function read(gateway: RunningGateway, Key: string): Promise<string> {
  const { Body } = await s3(gateway, gateway.admin).send(new GetObjectCommand({ Bucket: "kept", Key }));
  return (await Body?.transformToString()) ?? "";
}

/** Runs a gateway for a while on `home`, and gives a copy of its folder after the stop. */
async function copyAfter(home: string, name: string, use: (gateway: RunningGateway) => Promise<void>): Promise<string> {
  const gateway = await startGatewayHere({ home });
  await use(gateway);
  expect(await gateway.stop()).toBe(0);
  const copy = join(home, name);
  cpSync(gateway.dataDir, copy, { recursive: true });
  return copy;
}

let folders: Folders;
beforeAll(async () => {
  const [home, other] = [0, 1].map(() => mkdtempSync(join(tmpdir(), "s3-credentials-backup-")));
  if (home === undefined || other === undefined) throw new Error("two folders");
  const fill = async (gateway: RunningGateway): Promise<void> => {
    await makeBucket(gateway, "kept");
    await write(gateway, "first");
  };
  const older = await copyAfter(home, "older", fill);
  const newer = await copyAfter(home, "newer", (gateway) => write(gateway, "second"));
  folders = { home, older, newer, foreign: await copyAfter(other, "foreign", fill) };
});
afterAll(() => {
  for (const folder of [folders.home, join(folders.foreign, "..")]) rmSync(folder, { recursive: true, force: true });
});

/** A home folder whose data is a copy of `from`. */
function homeWith(from: string): string {
  const home = mkdtempSync(join(tmpdir(), "s3-credentials-backup-"));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  cpSync(from, join(home, "data"), { recursive: true });
  return home;
}

async function start(home: string): Promise<RunningGateway> {
  const gateway = await startGatewayHere({ home });
  onTestFinished(async () => void (await gateway.stop()));
  return gateway;
}

const inData = (home: string, line: string): string => line.replaceAll(join(home, "data"), "DATA");

/** What a start says that must not succeed. */
async function refusal(home: string): Promise<string> {
  const started = await startGatewayHere({ home }).catch((error: unknown) => error);
  if (!(started instanceof StoreError)) throw new Error("it was not refused");
  expect(started.kind).toBe("conflict");
  return inData(home, started.message);
}

/** The same of the command: its exit code and its one line. */
function refusalOfCommand(home: string): string {
  const argv = [command, "serve", "--port", "0", "--data", join(home, "data")];
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, {
    env: cleanEnvironment(home),
    encoding: "utf8",
    timeout: 170_000,
  });
  expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
  expect(stderr).toMatch(/^Error: [^\n]+\n$/);
  return inData(home, stderr.slice("Error: ".length, -1));
}

const advice =
  ": put directory.db, objects.db, blobs and keyfile back from one copy, or use them as they are with: s3-credentials recover --data DATA --accept-parts";

test("after a stop the *.db files, the blobs and the key file are a whole backup", async () => {
  for (const name of readdirSync(folders.newer).filter((one) => one.endsWith("-wal")))
    expect([name, statSync(join(folders.newer, name)).size]).toEqual([name, 0]);
  const home = homeWith(folders.newer);
  for (const name of readdirSync(join(home, "data")))
    if (!["directory.db", "objects.db", "blobs", "keyfile", "admin-credentials", "root-credentials"].includes(name))
      rmSync(join(home, "data", name), { recursive: true });
  const gateway = await start(home);
  expect(await read(gateway, "first")).toBe(large.toString());
  expect(await read(gateway, "second")).toBe(large.toString());
});

test("an index that was copied while the gateway ran, and put back after the stop, is older than the blobs", async () => {
  const home = homeWith(folders.newer);
  const data = join(home, "data");
  const indexFiles = (folder: string): readonly string[] =>
    readdirSync(folder).filter((name) => name.startsWith("objects.db"));
  const gateway = await start(home);
  const copy = join(home, "index");
  mkdirSync(copy);
  for (const name of indexFiles(data)) cpSync(join(data, name), join(copy, name));
  await write(gateway, "after-the-copy");
  expect(await gateway.stop()).toBe(0);
  const blobs = await blobNames(data);
  for (const name of indexFiles(data)) rmSync(join(data, name));
  for (const name of indexFiles(copy)) cpSync(join(copy, name), join(data, name));
  expect(await refusal(home)).toBe(
    `DATA/objects.db and DATA/blobs do not belong together: objects.db is an older copy${advice}`,
  );
  expect(await blobNames(data)).toEqual(blobs);
});

describe("a part that is missing, foreign or older is refused, and nothing is changed", () => {
  const replace = (part: string, from: keyof Folders | undefined) => (home: string) => {
    rmSync(join(home, "data", part), { recursive: true });
    if (from !== undefined) cpSync(join(folders[from], part), join(home, "data", part), { recursive: true });
  };
  const apart = (part: string, why: string): string =>
    `DATA/${part} and DATA/directory.db do not belong together: ${why}${advice}`;
  test.each([
    ["objects.db", undefined, `DATA/objects.db is gone, but DATA/directory.db knows it${advice}`],
    ["blobs", undefined, `DATA/blobs is gone, but DATA/directory.db knows it${advice}`],
    ["objects.db", "older", apart("objects.db", "objects.db is an older copy")],
    ["directory.db", "older", apart("objects.db", "directory.db is an older copy")],
    ["blobs", "older", apart("blobs", "blobs is an older copy")],
    ["objects.db", "foreign", apart("objects.db", "they are of two data folders")],
    ["blobs", "foreign", apart("blobs", "they are of two data folders")],
    ["directory.db", "foreign", apart("objects.db", "they are of two data folders")],
    [
      "keyfile",
      "foreign",
      "the key file DATA/keyfile is not the one that DATA/directory.db was sealed with: put that one back from a copy, or see what is lost without it with: s3-credentials recover --data DATA",
    ],
    [
      "keyfile",
      undefined,
      "the key file DATA/keyfile is missing: put it back from a copy, or see what is lost without it with: s3-credentials recover --data DATA",
    ],
  ] as const)("%s, %s", async (part, from, message) => {
    const home = homeWith(folders.newer);
    replace(part, from)(home);
    const before = existsSync(join(home, "data/blobs")) ? await blobNames(join(home, "data")) : undefined;
    expect(await refusal(home)).toBe(message);
    if (part === "objects.db") expect(refusalOfCommand(home), "the second time too").toBe(message);
    expect(existsSync(join(home, "data/blobs")) ? await blobNames(join(home, "data")) : undefined).toEqual(before);
    expect(existsSync(join(home, "data", part))).toBe(from !== undefined);
  });

  test("with the right part put back, the folder that was refused starts, and is whole", async () => {
    const home = homeWith(folders.newer);
    const parts = readdirSync(join(home, "data")).filter((name) => name.startsWith("objects.db"));
    replace("objects.db", "older")(home);
    expect(await refusal(home)).toMatch(/objects\.db is an older copy/);
    for (const name of parts) cpSync(join(folders.newer, name), join(home, "data", name));
    expect(await read(await start(home), "second")).toBe(large.toString());
  });
});

test("with an older index that was accepted, newer blobs are set aside and reported, none is deleted", async () => {
  const home = homeWith(folders.newer);
  const dataDir = join(home, "data");
  cpSync(join(folders.older, "objects.db"), join(dataDir, "objects.db"));
  const blobs = await blobNames(dataDir);
  expect(blobs).toHaveLength(2);
  expect(await cliHere({ home }, ["recover", "--data", dataDir, "--accept-parts"])).toMatchObject({ code: 0 });
  const gateway = await start(home);
  expect(await read(gateway, "first")).toBe(large.toString());
  while (!gateway.log().includes("set aside")) await sleep(20);
  const reported =
    gateway
      .log()
      .split("\n")
      .find((line) => line.includes("set aside")) ?? "";
  expect(JSON.parse(reported)).toMatchObject({ files: 1, folder: join(dataDir, "blobs/set-aside") });
  const [kept = "", aside = ""] = [...blobs].sort((one) => (existsSync(join(dataDir, "blobs", one)) ? -1 : 1));
  expect(await blobNames(dataDir)).toEqual([kept]);
  expect(readFileSync(join(dataDir, "blobs/set-aside", aside))).toEqual(large);
  expect(await gateway.stop()).toBe(0);
  // Accepted once: the folder is checked again from now on.
  rmSync(join(dataDir, "objects.db"));
  expect(await refusal(home)).toMatch(/objects\.db is gone/);
});

test("a lost index is accepted on demand; every blob is then set aside", async () => {
  const home = homeWith(folders.newer);
  const dataDir = join(home, "data");
  const blobs = await blobNames(dataDir);
  rmSync(join(dataDir, "objects.db"));
  expect(await cliHere({ home }, ["recover", "--data", dataDir, "--accept-parts"])).toMatchObject({ code: 0 });
  const gateway = await start(home);
  while (!gateway.log().includes("set aside")) await sleep(20);
  for (const blob of blobs) expect(readFileSync(join(dataDir, "blobs/set-aside", blob))).toEqual(large);
  expect((await cliHere(gateway, ["list-buckets", "--local", "--nl"])).stdout).toContain('"kept"');
});

describe("a folder of 0.1.0, whose stores do not know each other", () => {
  const unpacked = (): string => {
    const home = mkdtempSync(join(tmpdir(), "s3-credentials-backup-"));
    onTestFinished(() => rmSync(home, { recursive: true, force: true }));
    mkdirSync(join(home, "data"), { mode: 0o700 });
    const archive = "acceptance/fixtures/data-0.1.0/stopped.tar.gz";
    expect(spawnSync("tar", ["-xzf", archive, "-C", join(home, "data")]).status).toBe(0);
    return home;
  };

  test.each(["objects.db", "blobs"])("without its %s it is refused", async (part) => {
    const home = unpacked();
    for (const name of readdirSync(join(home, "data")).filter((one) => one.startsWith(part)))
      rmSync(join(home, "data", name), { recursive: true });
    expect(await refusal(home)).toMatch(new RegExp(`^DATA/${basename(part)} is .*${advice.slice(0, 30)}`));
  });

  test("is adopted once; after that a store of another moment is refused", async () => {
    const home = unpacked();
    const dataDir = join(home, "data");
    const old = readdirSync(dataDir).filter((name) => name.startsWith("objects.db"));
    for (const name of old) writeFileSync(join(home, name), readFileSync(join(dataDir, name)));
    expect(await (await start(home)).stop()).toBe(0);
    for (const name of old) cpSync(join(home, name), join(dataDir, name));
    expect(await refusal(home)).toMatch(
      /do not belong together: objects\.db is an older copy, or of another data folder/,
    );
  });
});
