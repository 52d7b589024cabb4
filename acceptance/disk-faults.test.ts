/** A disk that fails, and comes back: what clients are told, what is lost (nothing), and what of a refused write is seen (nothing). */
import { CreateUserCommand } from "@aws-sdk/client-iam";
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { auditIndex, blobNames } from "../packages/gateway/test/audit-local-plane.ts";
import { makeReadOnly, smallDisk } from "../packages/gateway/test/small-disk.ts";
import { cliHere, iam, s3 } from "./clients.ts";
import { type Call, type Failure, faultyDisk } from "./faulty-disk.ts";
import { type RunningGateway, startGateway } from "./gateway.ts";
import { startGatewayHere } from "./gateway-here.ts";

const Bucket = "kept";
const [small, large] = [100, 300_000];

/** How requests end while a call fails: the names of their errors, or `done`. */
interface Ends {
  readonly read: string;
  readonly readLarge: string;
  readonly put: string;
  readonly putLarge: string;
  readonly remove: string;
  readonly change: string;
}

const allDone: Ends = {
  read: "done",
  readLarge: "done",
  put: "done",
  putLarge: "done",
  remove: "done",
  change: "done",
};

const unavailable = { put: "503 SlowDown", putLarge: "503 SlowDown", remove: "503 SlowDown" };

/** Objects that are in memory are read all the same, and so are rights. */
const faults: readonly (readonly [Call, Failure, Partial<Ends>])[] = [
  [
    "rw/pread",
    "EIO",
    {
      read: "500 InternalError",
      readLarge: "500 InternalError",
      put: "500 InternalError",
      putLarge: "500 InternalError",
      remove: "500 InternalError",
    },
  ],
  // The calls of SQLite alone: blob files are written by others.
  ["rw/pwrite", "EIO", { change: "503 ServiceUnavailable", ...unavailable }],
  ["rw/pwrite", "EROFS", { change: "503 ServiceUnavailable", ...unavailable }],
  [
    "rw/pwrite",
    "ENOSPC",
    {
      change: "503 ServiceUnavailable",
      put: "507 InsufficientStorage",
      putLarge: "507 InsufficientStorage",
      remove: "507 InsufficientStorage",
    },
  ],
  ["sync/fdatasync", "EIO", { putLarge: "503 SlowDown" }],
  ["sync/fsync", "EIO", { change: "503 ServiceUnavailable", ...unavailable }],
  ["dir/unlink", "EIO", {}],
];

interface SdkError extends Error {
  readonly $metadata?: { readonly httpStatusCode?: number };
}

async function end(sent: Promise<unknown>): Promise<string> {
  try {
    await sent;
    return "done";
  } catch (error) {
    const { name, message, $metadata } = error as SdkError;
    expect(message, "nothing of the machine is told").not.toMatch(/[/\\]|EIO|SQL|disk I/);
    return `${$metadata?.httpStatusCode ?? "connection"} ${name}`;
  }
}

/** Objects as they were acknowledged, by key. */
class Kept {
  readonly #bodies = new Map<string, string>();
  readonly #client: () => S3Client;
  #count = 0;

  constructor(client: () => S3Client) {
    this.#client = client;
  }

  get some(): string {
    return [...this.#bodies.keys()][0] ?? "";
  }

  /** Over an object that is there, so that half of a write would be seen. */
  async put(size: number): Promise<string> {
    const Key = `${size}-${this.#count++ % 3}`;
    const Body = String(this.#count).padEnd(size, ".");
    const ended = await end(this.#client().send(new PutObjectCommand({ Bucket, Key, Body })));
    if (ended === "done") this.#bodies.set(Key, Body);
    return ended;
  }

  async remove(): Promise<string> {
    const Key = `${large}-0`;
    const ended = await end(this.#client().send(new DeleteObjectCommand({ Bucket, Key })));
    if (ended === "done") this.#bodies.delete(Key);
    return ended;
  }

  async read(Key: string): Promise<string> {
    const { Body } = await this.#client().send(new GetObjectCommand({ Bucket, Key }));
    return (await Body?.transformToString()) ?? "";
  }

  async check(): Promise<void> {
    for (const [key, body] of this.#bodies) expect((await this.read(key)) === body, key).toBe(true);
  }
}

test("every failure of the disk has its error, nothing is lost, and the gateway goes on when it is mended", async () => {
  const home = mkdtempSync(join(tmpdir(), "s3-credentials-faults-"));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const disk = faultyDisk();
  let gateway = await startGateway({ home, through: disk.through });
  onTestFinished(async () => void (await gateway.stop("SIGKILL")));
  let client = s3(gateway, gateway.admin);
  await client.send(new CreateBucketCommand({ Bucket }));
  const kept = new Kept(() => client);
  const fill = async (): Promise<void> => {
    for (const size of [small, large, small, large, small, large]) expect(await kept.put(size)).toBe("done");
  };
  let users = 0;
  const endsOf = async ({ admin }: RunningGateway): Promise<Ends> => {
    const change = iam(gateway, admin).send(new CreateUserCommand({ UserName: `user-${users++}` }));
    return {
      change: await end(change),
      read: await end(kept.read(`${small}-1`)),
      readLarge: await end(kept.read(`${large}-2`)),
      put: await kept.put(small),
      putLarge: await kept.put(large),
      remove: await kept.remove(),
    };
  };
  for (const [call, failure, ends] of faults) {
    await fill();
    expect(await disk.fail(gateway.pid, call, failure, () => endsOf(gateway)), `${call} ${failure}`).toEqual({
      ...allDone,
      ...ends,
    });
    await kept.check();
    expect(await endsOf(gateway), `after ${call} ${failure}`).toEqual(allDone);
  }
  expect(gateway.log(), "whoever runs it is told").toMatch(/"level":50.*EIO: i\/o error, fdatasync/);
  await gateway.stop("SIGKILL");
  gateway = await startGateway({ home });
  client = s3(gateway, gateway.admin);
  await kept.check();
  expect(await gateway.stop()).toBe(0);
  expect(await blobNames(gateway.dataDir)).toEqual(await auditIndex(gateway.dataDir));
}, 120_000);

test("a disk that is read-only is no place for a gateway, and its folder is copied as it is", async () => {
  const [made, home] = [mkdtempSync(join(tmpdir(), "s3-credentials-faults-")), smallDisk(64)];
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  await (await startGatewayHere({ home: made })).stop();
  cpSync(join(made, "data"), join(home, "data"), { recursive: true });
  makeReadOnly(home);
  await expect(startGatewayHere({ home })).rejects.toThrow(
    `cannot make ${home}/data/lock.db private: the file system is read-only`,
  );
  const words = ["backup", "--data", join(home, "data"), "--to", join(tmpdir(), "never-made")];
  expect(await cliHere({ home }, words)).toEqual({
    code: 1,
    stdout: "",
    stderr: `Error: the file system of ${home}/data is read-only: copy the folder as it is, with cp -a\n`,
  });
});
