/** `fsck`: every kind of damage is found, and after a repair the folder is clean and a gateway serves what was not damaged. */
import { spawnSync } from "node:child_process";
import { existsSync, lstatSync, mkdirSync, readFileSync, renameSync, rmdirSync, rmSync, symlinkSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { CopyObjectCommand } from "@aws-sdk/client-s3";
import { fsckFolder } from "@s3-credentials/gateway";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { Finding } from "../packages/gateway/src/fsck/finding.ts";
import { type FindingKind, findingKinds, rowOf } from "../packages/gateway/src/fsck/finding-kinds.ts";
import { cliHere, s3 } from "./clients.ts";
import { damages } from "./fsck-damages.ts";
import { contentsOf, CopiedFolder, makeFolder, type MadeFolder } from "./fsck-folder.ts";
import { cleanEnvironment, command } from "./gateway.ts";
import { startGatewayHere } from "./gateway-here.ts";

const runs = process.env["TEST_RUNS"];

let made: MadeFolder;
beforeAll(async () => {
  made = await makeFolder();
});
afterAll(() => rmSync(made.home, { recursive: true, force: true }));

function copy(): CopiedFolder {
  const folder = new CopiedFolder(made.home);
  onTestFinished(() => folder.remove());
  return folder;
}

const reading = { repairs: false, dropsDamaged: false, readsBodies: false, progress: () => {} };

async function fsck(folder: CopiedFolder, options: Partial<typeof reading> = {}) {
  const findings: Finding[] = [];
  const hear = async (finding: Finding): Promise<void> => void findings.push(finding);
  const report = await fsckFolder({ ...reading, ...options, dataDir: folder.data, hear });
  return { findings: findings.filter(({ kind }) => kind !== "not-read"), report };
}

const kindsOf = (findings: readonly Finding[]): readonly FindingKind[] => findings.map(({ kind }) => kind).toSorted();
const kinds = Object.keys(damages) as FindingKind[];
const isNote = (kind: FindingKind): boolean => rowOf(kind).note === true;
const isRepairable = (kind: FindingKind): boolean => rowOf(kind).repair !== undefined;
const findsOf = (kind: FindingKind): readonly FindingKind[] => damages[kind].finds ?? [kind];

test("a folder that a gateway left is clean, and its bodies are too, but for those of a customer's key", async () => {
  const { findings, report } = await fsck(copy(), { readsBodies: true });
  expect(findings).toEqual([]);
  expect(report).toEqual({ kind: "checked", left: 0, repaired: 0, notes: 1 });
  expect(Object.keys(findingKinds).toSorted(), "kinds that a damage is made of").toEqual(kinds.toSorted());
});

/** Damages it, and holds what is found and what a repair leaves against the table. */
async function damageAndRepair(folder: CopiedFolder, chosen: readonly FindingKind[]): Promise<void> {
  const expected = chosen.flatMap(findsOf);
  const readsBodies = chosen.some((kind) => damages[kind].read === true);
  for (const kind of chosen) damages[kind].make(folder);
  const { findings, report } = await fsck(folder, { readsBodies });
  expect(report).toMatchObject({ kind: "checked" });
  expect(kindsOf(findings)).toEqual(expected.toSorted());
  const damage = expected.filter((kind) => !isNote(kind));
  expect(report).toMatchObject({ left: damage.length, repaired: 0 });
  const left = damage.filter((kind) => !isRepairable(kind));
  const repair = await fsck(folder, { readsBodies, repairs: true });
  expect(repair.report).toMatchObject({ left: left.length, repaired: damage.length - left.length });
  const after = await fsck(folder, { readsBodies });
  expect(kindsOf(after.findings.filter(({ state }) => state === "damage"))).toEqual(left.toSorted());
}

const together = kinds.filter((kind) => damages[kind].alone !== true);

/** All versions answer what they did before, but for those of the damages, which answer an error or are not there. */
async function expectContents(folder: CopiedFolder, chosen: readonly FindingKind[]): Promise<void> {
  const gateway = await startGatewayHere({ home: folder.home });
  try {
    const spoiled = new Set(chosen.flatMap((kind) => damages[kind].spoils ?? []));
    const client = s3(gateway, gateway.admin);
    const contents = await contentsOf(client);
    for (const [version, before] of made.contents) {
      const now = contents.get(version);
      if (spoiled.has(version)) expect([undefined, "error InternalError"], version).toContain(now);
      else expect(now, version).toBe(before);
      if (now !== "error InternalError") continue;
      const copied = { Bucket: "checked", Key: "no copy", CopySource: `checked/${encodeURIComponent(version)}` };
      const message = expect.stringContaining("bytes of this object are damaged");
      await expect(client.send(new CopyObjectCommand(copied)), version).rejects.toMatchObject({ message });
    }
  } finally {
    await gateway.stop();
  }
}

test("all damages together are found, and after a repair a gateway serves every other object byte for byte", async () => {
  const folder = copy();
  await damageAndRepair(folder, together);
  expect(existsSync(folder.path("set-aside.jsonl"))).toBe(true);
  expect(lstatSync(folder.blob("linked")).isSymbolicLink(), "nobody knows whose bytes it leads to").toBe(true);
  await expectContents(folder, together);
});

test.each(kinds.filter((kind) => damages[kind].alone === true && !findsOf(kind).includes("parts-mixed")))(
  "%s, which hides other damages",
  (kind) => damageAndRepair(copy(), [kind]),
);

test.each(["parts-mixed", "database-damaged"] as const)("%s: nothing is repaired", async (kind) => {
  const folder = copy();
  damages[kind].make(folder);
  const { findings } = await fsck(folder);
  expect(kindsOf(findings)).toEqual(findsOf(kind).toSorted());
  const { report } = await fsck(folder, { repairs: true });
  expect(report).toMatchObject({ kind: "refused", message: expect.stringContaining("back from") });
});

/** In a process of its own, which is stopped when it waits for a writer that never comes. */
function fsckWithPipes(folder: CopiedFolder, names: readonly string[]) {
  for (const name of names) {
    rmSync(folder.path(name), { force: true });
    expect(spawnSync("mkfifo", ["-m", "600", folder.path(name)]).status).toBe(0);
  }
  const words = [command, "fsck", "--data", folder.data];
  return spawnSync(process.execPath, words, { env: cleanEnvironment(folder.home), encoding: "utf8", timeout: 30_000 });
}

test("a pipe under the name of a file is a finding, and nobody waits for what comes out of it", () => {
  const stores = [
    "objects.db",
    "record.db-wal",
    "keyfile",
    "record-reads.log",
    "blobs/store-identity",
    "blobs/lock.db",
  ];
  const found = fsckWithPipes(copy(), stores);
  expect(found).toMatchObject({ status: 1, stdout: expect.stringMatching(/\n6 damaged, 0 notes\n$/) });
  for (const name of stores) expect(found.stdout).toContain(`damage other-kind ${name}: `);
  const line = "events/000000000000001-111122223333.jsonl";
  expect(fsckWithPipes(copy(), [line]).stdout).toMatch(
    new RegExp(`^damage other-kind ${line}: .*\n1 damaged, 0 notes\n$`),
  );
  const refused = fsckWithPipes(copy(), ["database.json", "lock.db"]);
  expect(refused).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(/^Error: \S+\/database\.json is not a file: /),
  });
});

test("a link that leads to itself is a finding, and the rest is checked", async () => {
  const folder = copy();
  for (const name of ["events/000000000000001-111122223333.jsonl", "blobs/round"])
    symlinkSync(folder.path(name), folder.path(name));
  expect(kindsOf((await fsck(folder)).findings)).toEqual(["blob-stray", "other-kind"]);
  const keyfile = folder.path("keyfile");
  rmSync(keyfile);
  symlinkSync(keyfile, keyfile);
  expect(kindsOf((await fsck(folder)).findings)).toEqual(["other-kind"]);
});

test("versions that are damaged go only when that is asked for, into set-aside, and never those that a lock keeps", async () => {
  const folder = copy();
  for (const key of ["missing", "held"]) rmSync(folder.blob(key));
  const run = (...more: readonly string[]) => cliHere(folder, ["fsck", "--data", folder.data, ...more]);
  const found = await run();
  expect(found).toMatchObject({ code: 1, stdout: expect.stringMatching(/\n2 damaged, 0 notes\n$/) });
  expect(found.stdout).toMatch(
    /^damage blob-missing checked\/missing: the file with its bytes is missing; lost: .*; --repair: .*$/m,
  );
  expect(await run("--repair")).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/\n0 damaged, 2 repaired, 0 notes\n$/),
  });
  const known = await run("--json");
  expect(known).toMatchObject({ code: 0, stderr: "0 damaged, 2 notes\n" });
  const notes = known.stdout.trimEnd().split("\n");
  const place = { bucket: "checked", key: "missing", detail: "blob-missing" };
  expect(notes.map((line) => JSON.parse(line) as unknown)).toContainEqual(
    expect.objectContaining({ state: "note", kind: "damaged-known", ...place }),
  );
  expect(await run("--repair", "--drop-damaged")).toMatchObject({ code: 0 });
  expect((await run()).stdout).toMatch(/^note damaged-known locked\/held version [^\n]*\n0 damaged, 1 notes\n$/);
  expect(readFileSync(folder.path("set-aside.jsonl"), "utf8")).toContain(Buffer.from("missing").toString("base64"));
});

test("a version whose bytes are put back is one again when they were read", async () => {
  const folder = copy();
  const [path, elsewhere] = [folder.blob("unreadable"), folder.path("elsewhere")];
  renameSync(path, elsewhere);
  mkdirSync(path, { mode: 0o700 });
  const repaired = await fsck(folder, { repairs: true });
  expect(repaired.findings).toMatchObject([{ kind: "blob-unreadable", state: "repaired" }]);
  expect(repaired.report).toMatchObject({ left: 0 });
  rmdirSync(path);
  renameSync(elsewhere, path);
  expect(kindsOf((await fsck(folder, { repairs: true })).findings)).toEqual(["damaged-known"]);
  const { findings } = await fsck(folder, { repairs: true, readsBodies: true });
  expect(findings).toMatchObject([{ kind: "mark-outdated", state: "repaired", key: "unreadable" }]);
  expect((await fsck(folder)).findings).toEqual([]);
});

test("a link in the place of a folder of blobs stays: objects have their bytes behind it", async () => {
  const folder = copy();
  const writer = dirname(dirname(folder.blob("linked")));
  renameSync(writer, join(folder.home, "elsewhere"));
  symlinkSync(join(folder.home, "elsewhere"), writer);
  const { findings, report } = await fsck(folder, { repairs: true, readsBodies: true });
  expect(findings).toMatchObject([{ kind: "blob-link", at: `blobs/${basename(writer)}`, state: "damage" }]);
  expect(report).toMatchObject({ left: 1, repaired: 0 });
  expect(kindsOf((await fsck(folder)).findings)).toEqual(["blob-link"]);
});

test("what cannot be checked is refused in one line", async () => {
  const folder = copy();
  const run = (...args: readonly string[]) => cliHere(folder, ["fsck", ...args]);
  expect(await run()).toMatchObject({ code: 2, stderr: expect.stringContaining("--data DIR") });
  const without = await run("--data", folder.data, "--drop-damaged");
  expect(without).toMatchObject({ code: 2, stderr: expect.stringContaining("add --repair") });
  expect(await run("--data", folder.home)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("no directory.db"),
  });
  const gateway = await startGatewayHere({ home: folder.home });
  onTestFinished(() => void gateway.stop());
  const busy = await run("--data", folder.data);
  expect(busy).toMatchObject({ code: 1, stderr: expect.stringContaining("in use by another gateway") });
});

describe.runIf(runs !== undefined)("in long runs", () => {
  test.each(together)("%s", (kind) => damageAndRepair(copy(), [kind]));

  test("any damages together", async () => {
    const some = fc.subarray(together, { minLength: 1 });
    const property = fc.asyncProperty(some, async (chosen) => {
      const folder = new CopiedFolder(made.home);
      try {
        await damageAndRepair(folder, chosen);
        await expectContents(folder, chosen);
      } finally {
        folder.remove();
      }
    });
    await fc.assert(property, { numRuns: Math.min(Number(runs), 200) });
  });
});
