import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createHash } from "node:crypto";
import { expect, onTestFailed, test } from "vitest";
import { auditIndex, blobNames } from "../../../test/audit-local-plane.ts";
import { itemsOf, listAll, md5, bytesOf } from "../../../test/contract/plane-under-test.ts";
import { seededRandom, testSeed } from "../../../test/seeded-random.mjs";
import { temporaryFolder } from "../../../test/temporary-folder.ts";
import { testGrant } from "../../../test/test-grant.ts";
import { randomIds } from "../../server/random-ids.ts";
import { systemClock } from "../../server/system-clock.ts";
import type { ObjectVersion } from "../../ports/object-version.ts";
import { type LocalPlane, openLocalPlane } from "./local-plane.ts";

const loops = Number(process.env["KILL_LOOPS"] ?? 3);
const grant = testGrant();
const program = fileURLToPath(new URL("../../../test/crash-writer.mjs", import.meta.url));

/** What a killed writer reported: by key, what it may hold now; by version, what it must hold. */
class WriterReport {
  readonly acknowledged = new Map<string, string>();
  readonly tried = new Map<string, string>();
  readonly versions = new Map<string, string>();
  acknowledgements = 0;

  line(line: string): void {
    const [what, key = "", first = "", second = ""] = line.split(" ");
    if (what === "try") this.tried.set(key, first);
    if (what === "version") this.versions.set(`${key} ${first}`, second);
    if (what !== "ack") return;
    this.acknowledged.set(key, first);
    this.tried.delete(key);
    this.acknowledgements += 1;
  }

  /** A write that was not acknowledged may have been made, whole, or not at all. */
  mayBe(key: string): readonly (string | undefined)[] {
    return [this.acknowledged.get(key) ?? "-", this.tried.get(key)];
  }

  settle(key: string, etag: string): void {
    this.acknowledged.set(key, etag);
    this.tried.delete(key);
  }
}

async function writeUntilKilled(dataDir: string, round: number, report: WriterReport): Promise<void> {
  const child = spawn(process.execPath, [program, dataDir, String(round)], {
    env: { ...process.env, TEST_SEED: String(testSeed) },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout });
  const ready = once(lines, "line");
  lines.on("line", (line) => report.line(line));
  const ended = once(child, "exit");
  const closed = once(lines, "close");
  await Promise.race([ready, ended]);
  // However slow the machine is, each round has written something before it is killed.
  const enough = report.acknowledgements + 6;
  while (report.acknowledgements < enough && child.exitCode === null) await Promise.race([once(lines, "line"), ended]);
  await delay(seededRandom("crash", round)(500));
  child.kill("SIGKILL");
  const [, signal] = (await ended) as [number | null, string | null];
  await closed;
  expect(signal, "the writer ended by itself").toBe("SIGKILL");
}

async function checkWhole(plane: LocalPlane, version: ObjectVersion): Promise<void> {
  const bytes = await bytesOf(await plane.read(grant, "b", version, undefined));
  expect(bytes.length).toBe(version.size);
  if (version.parts.length === 0) {
    expect(md5(bytes)).toBe(version.etag);
    return;
  }
  const hash = createHash("md5");
  let at = 0;
  for (const { size } of version.parts) {
    hash.update(
      createHash("md5")
        .update(bytes.subarray(at, at + size))
        .digest(),
    );
    at += size;
  }
  expect(`${hash.digest("hex")}-${version.parts.length}`).toBe(version.etag);
}

async function check(plane: LocalPlane, report: WriterReport): Promise<void> {
  for (const key of new Set([...report.acknowledged.keys(), ...report.tried.keys()])) {
    const version = await plane.find(grant, "b", key, undefined);
    const etag = version?.kind === "object" ? version.etag : "-";
    expect(report.mayBe(key), key).toContain(etag);
    report.settle(key, etag);
  }
  for (const [name, etag] of report.versions) {
    const [key = "", versionId] = name.split(" ");
    const version = await plane.find(grant, "b", key, versionId);
    expect(version, name).toMatchObject({ kind: "object", etag });
  }
  for (const { key, versionId } of itemsOf(await plane.listVersions(grant, "b", { ...listAll, limit: 100_000 }))) {
    const version = await plane.find(grant, "b", key, versionId);
    if (version?.kind === "object") await checkWhole(plane, version);
  }
}

test(
  `kill -9 during writes, ${loops} times: what was acknowledged is whole, nothing is half-written`,
  async () => {
    onTestFailed(() => console.error(`the same choices once more: TEST_SEED=${testSeed}`));
    const dataDir = await temporaryFolder();
    const report = new WriterReport();
    let orphans = 0;
    for (let round = 0; round < loops; round += 1) {
      await writeUntilKilled(dataDir, round, report);
      const plane = await openLocalPlane({ dataDir, clock: systemClock, ids: randomIds, garbageDelay: 0 });
      const sweeps = round % 2 === 1; // else the next writer sweeps, while it writes
      try {
        await check(plane, report);
        if (sweeps) orphans += (await plane.sweep()).orphans;
      } finally {
        await plane.close();
      }
      const referenced = await auditIndex(dataDir);
      const files = await blobNames(dataDir);
      expect(files).toEqual(sweeps ? referenced : expect.arrayContaining([...referenced]));
      if (round % 5 === 4) await forgetVersions(dataDir, report);
    }
    expect(report.acknowledgements).toBeGreaterThan(loops * 5);
    if (loops >= 10) expect(orphans, "no kill hit a write under way").toBeGreaterThan(0);
  },
  30_000 + loops * 10_000,
);

/** Keeps the folder small; permanent deletes on the way. */
async function forgetVersions(dataDir: string, report: WriterReport): Promise<void> {
  const plane = await openLocalPlane({ dataDir, clock: systemClock, ids: randomIds });
  for (const name of report.versions.keys()) {
    const [key = "", versionId] = name.split(" ");
    await plane.delete(grant, { bucketId: "b", key, versioning: "enabled", owner: "1", versionId });
  }
  report.versions.clear();
  await plane.close();
}
