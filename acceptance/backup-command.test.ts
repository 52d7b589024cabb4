/** What `backup` makes of a data folder that is still, and what it refuses. */
import { spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { lockFolder } from "../packages/gateway/src/stores/sqlite/folder-lock.ts";
import { auditIndex, blobNames } from "../packages/gateway/test/audit-local-plane.ts";
import { smallDisk } from "../packages/gateway/test/small-disk.ts";
import { cliHere, type Ended, s3 } from "./clients.ts";
import { makeBucket } from "./fixtures.ts";
import { cleanEnvironment, command } from "./gateway.ts";
import { startGatewayHere } from "./gateway-here.ts";

const large = Buffer.alloc(2_000_000, "large");

let home: string;
let dataDir: string;
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "s3-credentials-backup-"));
  dataDir = join(home, "data");
  const gateway = await startGatewayHere({ home });
  await makeBucket(gateway, "kept", ["small"]);
  await s3(gateway, gateway.admin).send(new PutObjectCommand({ Bucket: "kept", Key: "large", Body: large }));
  await gateway.stop();
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** A home folder of this test. */
function otherHome(): string {
  const made = mkdtempSync(join(tmpdir(), "s3-credentials-backup-"));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

function backup(to: string, ...more: readonly string[]): Promise<Ended> {
  return cliHere({ home }, ["backup", "--data", dataDir, "--to", to, ...more]);
}

async function refusal(to: string, ...more: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await backup(to, ...more);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  return stderr;
}

async function read(at: string): Promise<string> {
  const gateway = await startGatewayHere({ home: at });
  try {
    const got = await s3(gateway, gateway.admin).send(new GetObjectCommand({ Bucket: "kept", Key: "large" }));
    return (await got.Body?.transformToString()) ?? "";
  } finally {
    await gateway.stop();
  }
}

test("a backup is a data folder: a gateway starts on it, and a backup of that one too", async () => {
  const [one, two] = [otherHome(), otherHome()];
  expect(await backup(join(one, "data"))).toEqual({
    code: 0,
    stdout: `${join(one, "data")}\n`,
    stderr: "Copied 3 databases and 0 blob files; 1 blob files are hard links\n",
  });
  expect((statSync(join(one, "data")).mode & 0o777).toString(8)).toBe("700");
  for (const name of ["keyfile", "directory.db", "objects.db", "record.db", "admin-credentials"])
    expect([name, (statSync(join(one, "data", name)).mode & 0o777).toString(8)]).toEqual([name, "600"]);
  const again = await cliHere({ home }, ["backup", "--data", join(one, "data"), "--to", join(two, "data")]);
  expect(again.code).toBe(0);
  expect(await read(two)).toBe(large.toString());
});

test("on another disk bytes are copied, and shared with the backup before", async () => {
  const disk = smallDisk(64);
  expect((await backup(join(disk, "one"))).stderr).toContain(" and 1 blob files; 0 ");
  expect((await backup(join(disk, "two"), "--previous", join(disk, "one"))).stderr).toContain(" and 0 blob files; 1 ");
  const [blob = ""] = await blobNames(join(disk, "two"));
  expect(statSync(join(disk, "one/blobs", blob)).ino).toBe(statSync(join(disk, "two/blobs", blob)).ino);
  expect(readFileSync(join(disk, "two/blobs", blob)).equals(large)).toBe(true);
});

test("a backup in the place of the folder of a gateway that runs stays as it is", async () => {
  const at = otherHome();
  expect(await backup(join(at, "data"))).toMatchObject({ code: 0 });
  expect(await backup(join(at, "again"))).toMatchObject({ code: 0 });
  const gateway = await startGatewayHere({ home: at });
  const put = () =>
    s3(gateway, gateway.admin).send(new PutObjectCommand({ Bucket: "kept", Key: "large", Body: "newer" }));
  await put();
  renameSync(gateway.dataDir, join(at, "before"));
  renameSync(join(at, "again"), gateway.dataDir);
  await expect(put()).rejects.toMatchObject({ $metadata: { httpStatusCode: 503 } });
  await gateway.stop();
  expect(await read(at)).toBe(large.toString());
});

test("without the key file there is no file with a key in it", async () => {
  const at = join(otherHome(), "data");
  const { stderr } = await backup(at, "--without-key-file");
  expect(stderr).toContain("The key file and the files with keys are not in it");
  expect(readdirSync(at).toSorted()).toEqual([
    "access-logs",
    "blobs",
    "directory.db",
    "events",
    "lock.db",
    "objects.db",
    "record.db",
  ]);
});

test("a part of a backup in the place of the folder's own is refused, of the same run too", async () => {
  const at = otherHome();
  await backup(join(at, "backup"));
  cpSync(dataDir, join(at, "data"), { recursive: true });
  for (const name of ["directory.db", "objects.db"]) {
    cpSync(join(at, "backup", name), join(at, "data", name));
    await expect(startGatewayHere({ home: at })).rejects.toThrow("they are of two copies of one data folder");
    cpSync(join(dataDir, name), join(at, "data", name));
  }
  expect(await read(at)).toBe(large.toString());
});

test.each([
  ["nothing", () => {}],
  ["a folder", (path: string) => mkdirSync(path)],
  ["a pipe", (path: string) => spawnSync("mkfifo", [path])],
] as const)("what has %s in the place of a blob is backed up, and said to", async (_, make) => {
  const at = otherHome();
  cpSync(dataDir, join(at, "data"), { recursive: true });
  const [blob = ""] = await blobNames(join(at, "data"));
  rmSync(join(at, "data/blobs", blob));
  make(join(at, "data/blobs", blob));
  const { code, stdout, stderr } = await cliHere({ home }, [
    "backup",
    "--data",
    join(at, "data"),
    "--to",
    join(at, "to"),
  ]);
  expect({ code, stdout, stderr }).toEqual({
    code: 1,
    stdout: `${join(at, "to")}\n`,
    stderr: expect.stringContaining(`lacks 1 blob files that objects need, or cannot read them, such as ${blob}`),
  });
  const checked = await cliHere({ home }, ["fsck", "--data", join(at, "to")]);
  expect(checked.stdout).toMatch(/^damage blob-missing \S+\/large: .*\n1 damaged, \d notes\n$/);
});

test("a folder of 0.1.0 is copied as it is", async () => {
  const at = otherHome();
  mkdirSync(join(at, "old"), { mode: 0o700 });
  const archive = "acceptance/fixtures/data-0.1.0/stopped.tar.gz";
  expect(spawnSync("tar", ["-xzf", archive, "--no-same-owner", "-C", join(at, "old")]).status).toBe(0);
  const made = await cliHere({ home }, ["backup", "--data", join(at, "old"), "--to", join(at, "data")]);
  expect(made).toMatchObject({ code: 0 });
  await (await startGatewayHere({ home: at })).stop();
});

test("refusals are one line, and nothing is left", async () => {
  const at = otherHome();
  const to = join(at, "to");
  expect(await refusal(at)).toBe(`Error: ${at} exists: give a name with --to that is not there yet\n`);
  expect(await refusal(join(at, "a/b"))).toBe(`Error: ${at}/a does not exist: make it first, or give another --to\n`);
  expect(await refusal(join(dataDir, "x"))).toBe(`Error: ${dataDir}/x is in the data folder: give another --to\n`);
  expect(await refusal(to, "--previous", at)).toBe(
    `Error: ${at} is no backup, because it has no objects.db: give another --previous\n`,
  );
  const lock = await lockFolder(`${to}.incomplete`);
  expect(await refusal(to)).toBe(`Error: another backup to ${to} is under way: give another --to\n`);
  lock.release();
  const disk = smallDisk(1);
  expect(await refusal(join(disk, "to"))).toBe(
    `Error: the disk of ${disk}/to is full: free space there, or give another --to\n`,
  );
  expect(readdirSync(disk)).toEqual([]);
  const own = dataDir;
  dataDir = at;
  expect(await refusal(to)).toMatch(/is not the data folder of a gateway, because it has no directory\.db/);
  chownSync(at, 12_345, 12_345);
  expect(await refusal(to)).toMatch(/belongs to the user with id 12345/);
  dataDir = own;
  for (const words of [
    ["--data", dataDir],
    ["--to", to],
  ])
    expect(await cliHere({ home }, ["backup", ...words])).toMatchObject({ code: 2, stdout: "" });
});

test("a folder in the way that no backup left is neither emptied nor given secrets", async () => {
  const at = otherHome();
  const to = join(at, "to");
  const others: readonly ((folder: string) => void)[] = [
    (folder) => mkdirSync(folder, { mode: 0o700 }),
    (folder) => symlinkSync(join(at, "elsewhere"), folder),
    (folder) => {
      mkdirSync(folder);
      chmodSync(folder, 0o777);
      writeFileSync(join(folder, "lock.db"), "");
    },
  ];
  mkdirSync(join(at, "elsewhere"), { mode: 0o700 });
  for (const make of others) {
    make(`${to}.incomplete`);
    writeFileSync(join(`${to}.incomplete`, "of somebody"), "");
    expect(await refusal(to)).toBe(
      `Error: ${to}.incomplete is in the way, and is not what a backup left: move it away, or give another --to\n`,
    );
    expect(readdirSync(`${to}.incomplete`)).toContain("of somebody");
    rmSync(`${to}.incomplete`, { recursive: true });
  }
});

test("kill -9 leaves a whole backup or none, and the next one to the same place is made", async () => {
  const at = otherHome();
  const to = join(at, "data");
  const words = [command, "backup", "--data", dataDir, "--to", to];
  const child = spawn(process.execPath, words, { env: cleanEnvironment(home), stdio: "ignore" });
  const ended = new Promise((resolve) => child.once("close", resolve));
  while (!existsSync(`${to}.incomplete`) && !existsSync(to)) await sleep(1);
  child.kill("SIGKILL");
  await ended;
  if (existsSync(to)) rmSync(to, { recursive: true }); // it was quicker
  writeFileSync(join(at, "x"), "");
  (await lockFolder(`${to}.incomplete`)).release(); // as every backup begins
  mkdirSync(join(`${to}.incomplete`, "blobs/left"), { recursive: true });
  expect(await backup(to)).toMatchObject({ code: 0 });
  expect(readdirSync(at).toSorted()).toEqual(["data", "x"]);
  expect(await blobNames(to)).toEqual(await auditIndex(to));
  expect(await read(at)).toBe(large.toString());
});
