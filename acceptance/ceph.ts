import { type ChildProcess, execFile, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { freePorts } from "./free-ports.ts";
import type { Keys } from "./gateway.ts";

/** A real Ceph with its S3 gateway: one monitor, one storage daemon in memory, on loopback. */
export interface Ceph {
  readonly endpoint: string;
  readonly admin: Keys;
  /** Of its processes. */
  readonly pids: readonly number[];
  /** The S3 gateway alone, radosgw: what it had acknowledged is in the storage daemon. */
  readonly s3: { signal(name: NodeJS.Signals): void; restart(): Promise<void> };
  /** A folder for its clients' own files. */
  readonly home: string;
  stop(): Promise<void>;
}

const execute = promisify(execFile);

function configuration(home: string, fsid: string, [v2, v1, s3]: readonly number[]): string {
  return `
[global]
fsid = ${fsid}
mon initial members = a
mon host = [v2:127.0.0.1:${v2},v1:127.0.0.1:${v1}]
auth cluster required = none
auth service required = none
auth client required = none
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 8
osd pool default pgp num = 8
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
run dir = ${home}
admin socket = ${home}/$name.asok
log file = ${home}/$name.log
pid file =
[mon.a]
mon data = ${home}/mon
[osd.0]
osd data = ${home}/osd
osd objectstore = memstore
memstore device bytes = 2147483648
osd class load list = *
osd class default list = *
[client.rgw]
rgw frontends = beast endpoint=127.0.0.1:${s3} tcp_nodelay=1
ms mon client mode = crc
rgw enable apis = s3, admin, sts, iam
rgw s3 auth use sts = true
rgw sts key = ${randomUUID().slice(0, 16)}
`;
}

/** Objects by which the processes of radosgw tell each other of changes: its default. */
const controlObjects = 8;

/** Takes 10 to 30 seconds. */
export async function startCeph({
  storageClasses = [],
}: { readonly storageClasses?: readonly string[] } = {}): Promise<Ceph> {
  const home = mkdtempSync(join(tmpdir(), "ceph-"));
  const ports = await freePorts(3);
  const [v2, v1, s3] = ports;
  const fsid = randomUUID();
  const file = join(home, "ceph.conf");
  for (const folder of ["mon", "osd"]) mkdirSync(join(home, folder));
  writeFileSync(file, configuration(home, fsid, ports));
  const daemons: ChildProcess[] = [];
  const run = (program: string, ...args: string[]) => execute(program, args, { cwd: home, timeout: 60_000 });
  const daemon = (program: string, ...args: string[]): ChildProcess => {
    const out = openSync(join(home, `${program}.out`), "a");
    const child = spawn(program, ["-c", file, "-f", ...args], { cwd: home, stdio: ["ignore", out, out] });
    daemons.push(child);
    return child;
  };
  const stop = async (): Promise<void> => {
    for (const child of daemons) await kill(child);
    rmSync(home, { recursive: true, force: true });
  };
  try {
    const addresses = `[v2:127.0.0.1:${v2},v1:127.0.0.1:${v1}]`;
    await run("monmaptool", "--create", "--fsid", fsid, "--enable-all-features", "--addv", "a", addresses, "monmap");
    await run("ceph-mon", "-c", file, "-i", "a", "--mkfs", "--monmap", "monmap");
    daemon("ceph-mon", "-i", "a");
    const storage = randomUUID();
    await run("ceph", "-c", file, "osd", "new", storage);
    await run("ceph-osd", "-c", file, "-i", "0", "--mkfs", "--osd-uuid", storage);
    daemon("ceph-osd", "-i", "0");
    const admin = { accessKeyId: "CEPHADMINKEY", secretAccessKey: randomUUID() };
    const caps = "users=*;buckets=*;roles=*;user-policy=*";
    const asGateway = ["-c", file, "-n", "client.rgw", "--no-mon-config"];
    const keys = ["--access-key", admin.accessKeyId, "--secret-key", admin.secretAccessKey, "--caps", caps];
    await run("radosgw-admin", ...asGateway, "user", "create", "--uid", "admin", "--display-name", "admin", ...keys);
    const place = ["--placement-id", "default-placement", "--storage-class"];
    for (const name of storageClasses) {
      await run(
        "radosgw-admin",
        ...asGateway,
        "zonegroup",
        "placement",
        "add",
        "--rgw-zonegroup",
        "default",
        ...place,
        name,
      );
      const pool = ["--data-pool", `default.rgw.${name}.data`];
      await run(
        "radosgw-admin",
        ...asGateway,
        "zone",
        "placement",
        "add",
        "--rgw-zone",
        "default",
        ...place,
        name,
        ...pool,
      );
    }
    const startS3 = (): ChildProcess => daemon("radosgw", "-n", "client.rgw", "--no-mon-config");
    let radosgw = startS3();
    const endpoint = `http://127.0.0.1:${s3}`;
    await untilAnswers(endpoint);
    const pids = daemons.flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
    const restart = async (): Promise<void> => {
      await kill(radosgw);
      radosgw = startS3();
      await untilAnswers(endpoint);
      for (let number = 0; number < controlObjects; number += 1) await untilWatchedOnce(`notify.${number}`);
    };
    /** Until the process that was killed is forgotten, half a minute later: requests wait for it to confirm what bucket was made. */
    const untilWatchedOnce = async (object: string): Promise<void> => {
      for (let attempt = 0; attempt < 120; attempt += 1) {
        const { stdout } = await run("rados", "-c", file, "-p", "default.rgw.control", "listwatchers", object);
        if (stdout.match(/^watcher=/gm)?.length === 1) return;
        await sleep(500);
      }
      throw new Error(`Ceph's ${object} is not watched by one process`);
    };
    return { endpoint, admin, pids, s3: { signal: (name) => void radosgw.kill(name), restart }, home, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill("SIGKILL");
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
}

async function untilAnswers(endpoint: string): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    try {
      await fetch(endpoint);
      return;
    } catch {
      await sleep(200);
    }
  }
  throw new Error("the Ceph gateway did not start");
}
